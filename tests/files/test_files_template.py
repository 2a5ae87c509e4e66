"""Templates are filled with a case's values, quickly and exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt.domain import Message, MessageTemplate, Place, Variant
from llmopt.domain.prompts import TemplateFormat
from llmopt.errors import TemplateError
from llmopt.files.template import compile_template, compile_variant
from llmopt.files.templates.bare import compile_bare
from llmopt.files.templates.filling import Compiled, Need
from llmopt.files.templates.jinja import compile_jinja

HERE = Place("p.yaml", 1, 1)


def filled(text: str, format: TemplateFormat = "jinja", /, **values: Any) -> str:  # noqa: A002
    variant = Variant("a", (MessageTemplate("user", text, HERE),), {}, HERE)
    (message,) = compile_variant(variant, format).render(values)
    return message.content


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("no variables, 100 %", "no variables, 100 %"),
        ("{{ text }}", "hi"),
        ("{{text}}! 100 % {{ text }}", "hi! 100 % hi"),
        ("{# a remark #}{{ text }}", "hi"),
        ("{% raw %}{{ text }}{% endraw %}", "{{ text }}"),
        ("{{ n }} {{ share }} {{ none }} {{ yes }}", "3 0.5 None True"),
        ("{{ user.name }} {{ user['name'] }} {{ xs[0] }} {{ xs[-1] }}", "Ann Ann a c"),
        ("{{ user.items }} {{ user.name.first }}", None),
        (
            "{% for x in xs %}{{ loop.index }}{{x}}{{ ',' if not loop.last else '' }}{% endfor %}",
            "1a,2b,3c",
        ),
        ("{% for x in xs if x != 'b' %}{{ x }}{% else %}none{% endfor %}", "ac"),
        ("{% for key, value in user.items() %}{{ key }}={{ value }}{% endfor %}", "name=Ann"),
        ("{% if n > 2 and text %}yes{% elif n %}maybe{% else %}no{% endif %}", "yes"),
        ("{{ 'many' if n > 2 else 'few' }}", "many"),
        ("{% set greeting = 'Hello ' ~ text %}{{ greeting }}", "Hello hi"),
        ("{{ text | upper }} {{ text|length }} {{ xs|join(', ') }}", "HI 2 a, b, c"),
        ("{{ gone | default('-') }}{{ gone | d('-') }}", "--"),
        ("{% if gone is defined %}x{% endif %}", ""),
        ("{{ text.upper() }} {{ text.replace('h', 'H') }} {{ 'a,b'.split(',')|last }}", "HI Hi b"),
        ("{{ ', '.join(xs) }} {{ text.startswith('h') }}", "a, b, c True"),
        ("{{ n + 1 }} {{ n * 2 }} {{ n // 2 }} {{ n % 2 }} {{ n / 2 }} {{ -n }}", "4 6 1 1 1.5 -3"),
        ("{{ 'a' + text }} {{ '%.2f' % share }} {{ '%s-%s'|format(text, n) }}", "ahi 0.50 hi-3"),
        ("{{ range(3)|list }} {{ range(1, 4)|sum }}", "[0, 1, 2] 6"),
        ("{{ rows|map(attribute='v')|join('+') }} {{ rows|sum(attribute='v') }}", "1+2 3"),
        ("{{ xs|map('upper')|join }} {{ rows|selectattr('v', 'gt', 1)|list }}", "ABC [{'v': 2}]"),
        ("{{ user|tojson }} {{ accents|tojson }}", '{"name": "Ann"} "<é&\'>"'),
        ("{{ lines|indent(2) }}|{{ lines|indent(2, true) }}", "a\n  b|  a\n  b"),
        (
            "{{ n in [1, 3] }} {{ 'b' in xs }} {{ n is odd }} {{ text is string }}",
            "True True True True",
        ),
        ("{{ xs[1:] }} {{ text[::-1] }} {{ xs|reverse|list|first }}", "['b', 'c'] ih c"),
        ("{{ 2.567|round(1) }} {{ '7'|int + 1 }} {{ '7'|float }}", "2.6 8 7.0"),
        ("a\n{%- if text %}\n b{% endif %}", "a\n b"),
        ("ends\n", "ends"),
        ("ends\n\n", "ends\n"),
        ("{{ text }}\n", "hi"),
        ("{{ text|e }} {{ accents|escape }}", "hi &lt;é&amp;&#39;&gt;"),
    ],
)
def test_the_language_of_templates(text: str, result: str | None) -> None:
    values = {
        "text": "hi",
        "n": 3,
        "share": 0.5,
        "none": None,
        "yes": True,
        "user": {"name": "Ann"},
        "xs": ["a", "b", "c"],
        "rows": [{"v": 1}, {"v": 2}],
        "accents": "<é&'>",
        "lines": "a\nb",
    }
    if result is None:
        with pytest.raises(TemplateError):
            filled(text, **values)
    else:
        assert filled(text, **values) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{text}", "hi"),
        ("{{text}} {text}", "{text} hi"),
        ("{{{text}}}", "{hi}"),
        ('{{"a": {n}}}', '{"a": 3}'),
        ("{{ text }} {% if %} %s", "{ text } {% if %} %s"),
        ("{text}\n", "hi"),
    ],
)
def test_the_language_of_fstring_templates(text: str, result: str) -> None:
    if "{%" in text:
        text = text.replace("{%", "{{%").replace("%}", "%}}")
    assert filled(text, "fstring", text="hi", n=3) == result


@settings(deadline=None)
@given(st.text())
def test_values_are_never_templates(value: str) -> None:
    assert filled("{{ text }}", text=value) == value
    assert filled("{% if true %}{{ text }}{% endif %}", text=value) == value
    assert filled("{text}", "fstring", text=value) == value


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_text_without_marks_stays_as_it_is(text: str) -> None:
    if "{{" in text or "{%" in text or "{#" in text:
        return
    assert filled(text + "|") == text + "|"
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert filled(escaped + "|", "fstring") == text + "|"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ city }}", "variable 'city' is not given"),
        ("{{ city|upper }}", "variable 'city' is not given"),
        ("{% if city %}{% endif %}", "variable 'city' is not given"),
        ("{% for x in city %}{% endfor %}", "variable 'city' is not given"),
        ("{{ city.name }}", "variable 'city' is not given"),
        ("{{ user.age }}", "a mapping has no 'age' in it"),
        ("{{ user.age.years }}", "a mapping has no 'age' in it"),
        ("{{ xs[9] }}", "a list has no '9' in it"),
        ("{{ text.name }}", "text has no part 'name'"),
        ("{{ none.name }}", "a null value has no part 'name'"),
        (
            "{{ text + 1 }}",
            (
                "'+' cannot join text and a number; '~' joins text, numbers are added after"
                " |int or |float"
            ),
        ),
        (
            "{{ text > 1 }}",
            "'>' cannot compare text with a number; convert it with |int or |float",
        ),
        ("{% for x in n %}{% endfor %}", "a loop needs a list, found a number"),
        ("{{ n / 0 }}", "the template fails on these values: division by zero"),
        ("{{ text|round(1, 2, 3, 4) }}", "a filter or a method does not take these arguments"),
        ("{{ xs|select('callable')|list }}", "there is no test 'callable'"),
    ],
)
def test_values_that_do_not_fit_are_told_plainly(text: str, message: str) -> None:
    values = {"text": "hi", "user": {"name": "Ann"}, "xs": [1], "n": 3, "none": None}
    with pytest.raises(TemplateError) as caught:
        filled(text, **values)
    assert caught.value.message == message


def test_a_plain_template_tells_what_is_missing() -> None:
    with pytest.raises(TemplateError) as caught:
        filled("{text} {city}", "fstring", text="hi")
    assert caught.value.message == "variable 'city' is not given"
    assert caught.value.hint == "add it to the case's 'vars'"


_PIECES = st.sampled_from(
    ["{{ a }}", "{{b}}", "{{", "}}", "{", "}", "%", "%s", " ", "\n", "text", "{{ not }}", "{{ é }}"]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=8).map("".join))
def test_the_short_way_for_bare_variables_is_the_long_way(text: str) -> None:
    short = compile_bare(text)
    if short is None:
        return
    long = compile_jinja(text)
    values = {"a": "1", "b": [2], "é": None, "text": 0.5}

    def outcome(template: Compiled) -> str:
        assert template.fill is not None
        try:
            return template.fill(values)
        except TemplateError as error:  # pieces may join to a name that has no value
            return error.message

    assert outcome(short) == outcome(long)
    assert short.uses == long.uses


def uses(text: str, format: TemplateFormat = "jinja") -> list[tuple[str, str, Need]]:  # noqa: A002
    """Each variable, what stands at its offset, and whether it is needed."""
    return [
        (use.name, text[use.offset : use.offset + len(use.name)], use.need)
        for use in compile_template(text, format).uses
    ]


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("city: {{ city }}", {"city": "always"}),
        ("{{ a.b }} {{ c[d] }} {{ e|join(f) }}", dict.fromkeys("acdef", "always")),
        (
            "{% if a %}{{ b }}{% elif c %}{{ d }}{% else %}{{ e }}{% endif %}",
            {"a": "always", "b": "sometimes", "c": "sometimes", "d": "sometimes", "e": "sometimes"},
        ),
        (
            "{% for a in b %}{{ a }}{{ c }}{{ loop.index }}{% endfor %}",
            {"b": "always", "c": "sometimes"},
        ),
        ("{% for a, b in c %}{{ a ~ b }}{% endfor %}{{ a }}", {"c": "always", "a": "always"}),
        ("{{ a|default(b) }}", {"b": "always", "a": "never"}),
        ("{% if a is defined %}{{ a }}{% endif %}", {"a": "never"}),
        ("{% if a is undefined %}x{% else %}{{ a }}{% endif %}", {"a": "never"}),
        (
            "{% if not a is defined or not b %}x{% else %}{{ a }}{% endif %}",
            {"a": "never", "b": "sometimes"},
        ),
        (
            "{{ a if a is defined and b else c }}",
            {"a": "never", "b": "sometimes", "c": "sometimes"},
        ),
        ("{% set a = b %}{{ a }}", {"b": "always"}),
        ("{{ a }}{% set a = 1 %}{{ a }}", {"a": "always"}),
        ("{% if a %}{% set b = 1 %}{% endif %}{{ b }}", {"a": "always"}),
        ("{{ a and b or c }}", {"a": "always", "b": "sometimes", "c": "sometimes"}),
        ("'{{ text }}' text.text|text {{ 'text' }}", {"text": "always"}),
        ("line\n\n {{ a\n ~ b }}", {"a": "always", "b": "always"}),
        (
            "{%- if a -%}  {{- b -}} {%- endif -%}\n{{ c }}",
            {"a": "always", "b": "sometimes", "c": "always"},
        ),
    ],
)
def test_variables_are_found_with_their_places_and_needs(text: str, needs: dict[str, Need]) -> None:
    found = uses(text)
    strongest = {"never": 0, "sometimes": 1, "always": 2}
    assert {
        name: max((n for k, _, n in found if k == name), key=strongest.get)  # type: ignore[arg-type]
        for name, _, _ in found
    } == needs
    assert all(word == name for name, word, _ in found)


@pytest.mark.parametrize(
    "text", ["{{ a.upper }}{{ upper }}", "{{ a|upper }}{{ upper }}", "{{ a is upper }}{{ upper }}"]
)
def test_the_place_of_a_variable_is_not_that_of_an_equal_word(text: str) -> None:
    (_, upper) = compile_template(text, "jinja").uses
    assert text[upper.offset - 3 : upper.offset] == "{{ "


def test_placeholders_are_found_with_their_places() -> None:
    assert uses("{{a}} {b} {c}{b}", "fstring") == [
        ("b", "b", "always"),
        ("c", "c", "always"),
        ("b", "b", "always"),
    ]


@pytest.mark.parametrize(
    ("text", "at", "message", "hint"),
    [
        ("a\n {{ x | uper }}", "uper }}", "there is no filter 'uper'", "did you mean 'upper'?"),
        ("{{ x is defned }}", "defned }}", "there is no test 'defned'", "did you mean 'defined'?"),
        ("a\n{% if x %}b", "{% if x %}b", "'if' is never closed", "add {% endif %}"),
        ("a\n\n{% for x in y %}b\n", "{% for", "'for' is never closed", "add {% endfor %}"),
        ("{% endif %}", "{% endif", "'{% endif %}' does not fit here", "check what it closes"),
        ("{% iff x %}", "{% iff", "templates have no tag 'iff'", "did you mean 'if'?"),
        ("a {# b", "{# b", "the comment '{#' is never closed", "to write {#, say {{ '{#' }}"),
        (
            "a {{ x y }}",
            "{{ x y",
            "the template cannot be read: expected token '}}', got 'y'",
            "to write braces that stay",
        ),
        (
            "{{ x",
            "{{ x",
            "the template cannot be read: unexpected end of template, expected '}}'",
            "to write braces that stay",
        ),
        ("{{ x.split().pop() }}", "pop()", "'pop' cannot be called here", "what can be called"),
        ("{{ self }}", "self }}", "'self' cannot name a variable", "rename it"),
        (
            "{{ [x, 1] }}",
            "[x",
            "lists and mappings in templates hold constants only",
            "give the list as a variable of the case",
        ),
    ],
)
def test_flaws_are_told_at_their_place(text: str, at: str, message: str, hint: str) -> None:
    (flaw,) = compile_template(text, "jinja").flaws
    assert text[flaw.offset :].startswith(at)
    assert flaw.message == message
    assert (flaw.hint or "").startswith(hint)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("a { b", "{ b", "a '{' without its partner"),
        ("a } b", "} b", "a '}' without its partner"),
        ("a {} b", "{}", "'{}' is no placeholder; {name} is all that this format knows"),
        ("{a.b}", "{a", "'{a.b}' is no placeholder; {name} is all that this format knows"),
        ("{a!r}", "{a", "'{a!r}' is no placeholder; {name} is all that this format knows"),
        ("{a:>9}", "{a", "'{a:>9}' is no placeholder; {name} is all that this format knows"),
        ("{0}", "{0", "'{0}' is no placeholder; {name} is all that this format knows"),
    ],
)
def test_fstring_flaws_are_told_at_their_place(text: str, at: str, message: str) -> None:
    (flaw,) = compile_template(text, "fstring").flaws
    assert text[flaw.offset :].startswith(at)
    assert (flaw.message, flaw.hint) == (message, "write {{ and }} for braces that stay")


def with_examples(text: str, example: str, *rows: dict[str, Any]) -> Variant:
    return Variant(
        "a",
        (MessageTemplate("system", "Rules", HERE), MessageTemplate("user", text, HERE)),
        {},
        HERE,
        MessageTemplate("user", example, HERE),
        rows,
    )


@pytest.mark.parametrize("format", ["jinja", "fstring"])
def test_examples_stand_where_they_are_named(format: TemplateFormat) -> None:  # noqa: A002
    text, example = "{{ examples }}\n{{ text }} ->", "{{ text }} -> {{ label }}\n"
    if format == "fstring":
        text, example = (t.replace("{{ ", "{").replace(" }}", "}") for t in (text, example))
    rows = ({"text": "{{ x }}", "label": "pos"}, {"text": "b", "label": "neg"})
    renderer = compile_variant(with_examples(text, example, *rows), format)
    assert renderer.render({"text": "c", "examples": "ignored"}) == (
        Message("system", "Rules"),
        Message("user", "{{ x }} -> pos\nb -> neg\nc ->"),
    )
    assert renderer.variables == {"text"}


def test_without_examples_their_name_is_a_variable_like_others() -> None:
    variant = Variant("a", (MessageTemplate("user", "{{ examples }}", HERE),), {}, HERE)
    renderer = compile_variant(variant, "jinja")
    assert renderer.variables == {"examples"}
    assert renderer.render({"examples": "x"}) == (Message("user", "x"),)


def test_an_example_that_lacks_a_value_cannot_be_compiled() -> None:
    with pytest.raises(TemplateError, match="variable 'label' is not given"):
        compile_variant(with_examples("{{ examples }}", "{{ label }}", {"text": "a"}), "jinja")


def test_a_wrong_template_cannot_be_compiled() -> None:
    variant = Variant("a", (MessageTemplate("user", "{{ x | uper }}", HERE),), {}, HERE)
    with pytest.raises(TemplateError) as caught:
        compile_variant(variant, "jinja")
    assert caught.value.message == "there is no filter 'uper'"


def test_a_template_of_megabytes_is_refused() -> None:
    (flaw,) = compile_template("x" * 2_000_001, "jinja").flaws
    assert flaw.message == "the template is longer than 2,000,000 characters"

"""Templates cannot reach Python, other files, or more time and memory than is sensible."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt.errors import TemplateError
from llmopt.files.template import compile_template

VALUES: dict[str, Any] = {
    "x": "abc",
    "n": 7,
    "xs": [1, 2, "z"],
    "zeros": [0] * 50,
    "d": {"a": 1, "b": {"c": 2}},
    "big": "a" * 100_000,
    "word": "__class__",
    "none": None,
    "many": list(range(100_000)),
}


def run(text: str) -> str:
    """Fill a template as a case would.

    Raises:
        TemplateError: it is refused, before or while it runs.
    """
    compiled = compile_template(text, "jinja")
    if compiled.fill is None:
        raise TemplateError(compiled.flaws[0].message)
    return compiled.fill(VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x.__class__ }}",
        "{{ x['__class__'] }}",
        "{{ x[word] }}",
        "{{ d[word] }}",
        "{{ none.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ (1).__class__.__base__ }}",
        "{{ ().__class__ }}",
        "{{ {}.__class__ }}",
        "{{ xs.__class__.__init__.__globals__ }}",
        "{{ x|attr('__class__') }}",
        "{{ x|attr(word) }}",
        "{{ xs|map(attribute='__class__')|list }}",
        "{{ xs|map(attribute=word)|first }}",
        "{{ xs|map('attr', '__class__')|list }}",
        "{{ xs|map(word)|list }}",
        "{{ xs|sort(attribute='__class__') }}",
        "{{ xs|sum(attribute='__class__') }}",
        "{{ xs|selectattr('__class__')|list }}",
        "{{ x.upper.__self__ }}",
        "{{ x.upper }}",
        "{{ d.items }}",
        "{{ x.format(1) }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ '{0.__class__}'.format_map(d) }}",
        "{{ x.encode() }}",
        "{{ x.translate(d) }}",
        "{{ xs.append(1) }}",
        "{{ xs.pop() }}",
        "{{ d.update(d) }}",
        "{{ d.pop('a') }}",
        "{{ d.clear() }}",
        "{{ d.setdefault('z', 1) }}",
        "{{ x() }}",
        "{{ d.a() }}",
        "{{ xs[0]() }}",
        "{{ ('a')() }}",
        "{{ range.__class__ }}",
        "{{ range }}",
        "{{ range() }}",
        "{{ range(*xs) }}",
        "{{ x.split(**d) }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ caller() }}",
        "{{ super() }}",
        "{{ varargs }}",
        "{{ kwargs }}",
        "{{ loop }}",
        "{% for i in xs %}{{ loop.__class__ }}{% endfor %}",
        "{% for i in xs %}{{ loop._iterable }}{% endfor %}",
        "{% for i in xs %}{{ loop[word] }}{% endfor %}",
        "{% for i in xs %}{{ loop(xs) }}{% endfor %}",
        "{% for i in xs %}{{ loop.cycle(1, 2) }}{% endfor %}",
        "{% for i in xs recursive %}{{ loop(xs) }}{% endfor %}",
        "{{ lipsum() }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler('a').__init__ }}",
        "{{ joiner() }}",
        "{{ namespace(a=1) }}",
        "{{ dict(a=1) }}",
        "{{ config }}",
        "{{ get_flashed_messages() }}",
        "{{ request }}",
        "{{ x|pprint }}",
        "{{ x|xmlattr }}",
        "{{ x|urlize }}",
        "{{ x|safe }}",
        "{{ x|random }}",
        "{{ x|filesizeformat }}",
        "{% include 'etc/passwd' %}",
        "{% include word %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1) }}",
        "{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}x{% endcall %}",
        "{% filter upper %}a{% endfilter %}",
        "{% set a %}b{% endset %}",
        "{% set a, b = xs %}",
        "{% set d.a = 1 %}",
        "{% set ns = namespace() %}{% set ns.a = 1 %}",
        "{% with a = 1 %}{% endwith %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% do xs.append(1) %}",
        "{% debug %}",
        "{% trans %}a{% endtrans %}",
        "{% break %}",
        "{{ _('a') }}",
    ],
)
def test_what_leads_out_of_the_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        run(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * 'a' }}",
        "{{ xs * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 10 ** n }}",
        "{{ range(1000000000)|list }}",
        "{{ range(1000000000)|length }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%0*d' % (1000000000, 1) }}",
        "{{ '%.1000000000f'|format(1) }}",
        "{{ '%(a)9999d'|format(a=1) }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'.zfill(1000000000) }}",
        "{{ 'a'.expandtabs(1000000000) }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'a'|indent(1000000000) }}",
        "{{ x|wordwrap(1, true, big) }}",
        "{{ xs|batch(1000000000, 'a')|list }}",
        "{{ xs|slice(1000000000)|list }}",
        "{{ n|round(-1000000000) }}",
        "{{ n|round(1000000000, 'ceil') }}",
        "{{ x|tojson(indent=1000000000) }}",
        "{{ big|replace('a', big) }}",
        "{{ big|replace('a', big, -1) }}",
        "{{ big|replace('', big) }}",
        "{{ big.replace('a', big) }}",
        "{{ x|replace('a', big, -1000000)|replace('a', big) }}",
        "{{ range(40000)|join(big) }}",
        "{{ big.join(range(40000)) }}",
        "{{ big.join(big) }}",
        "{% for a in range(50000) %}{% for b in range(50000) %}x{% endfor %}{% endfor %}",
        "{% for a in big %}x{% endfor %}",
        "{% for a in range(40000) %}{{ big }}{% endfor %}",
        "{% for a in range(40000) %}{% set c = big|upper %}{% endfor %}",
        "{% for a in range(40000) %}{% if big|length and big|wordcount %}{% endif %}{% endfor %}",
        "{% for a in range(40000) %}{% if -1 in many %}{% endif %}{% endfor %}",
        "{% for a in range(40000) %}{% if many == many %}{% endif %}{% endfor %}",
        "{% for a in range(40000) %}{% if many[1:] %}{% endif %}{% endfor %}",
        "{% for a in range(40000) %}{% if big is lower %}{% endif %}{% endfor %}",
        "{{ many|select('in', many)|list }}",
        "{% set a = big ~ big %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = big + big %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = x %}" + "{% set a = a|replace('a', a) %}" * 60 + "{{ a }}",
        "{% set a = 99999 * 99999 %}" + "{% set a = a * a %}" * 60 + "{{ a }}",
        "{% set a = [x, x] %}",
        "{% set a = [x] %}{{ a }}",
        "{% set a = xs + xs %}",
        "{% set a = zeros %}" + "{% set a = a|map('default', a, true)|list %}" * 9 + "{{ a }}",
        "{% set a = zeros|map(attribute='a', default=zeros)|list %}",
        "{{ xs|sum(start=zeros) }}",
        "{{ xs|groupby('a', default=xs) }}",
        "{{ " + "x" + "|list" * 3000 + " }}",
        "{{ " + "(" * 300 + "x" + ")" * 300 + " }}",
        "{{ " + "x + " * 3000 + "x }}",
        "{{ " + "not " * 3000 + "x }}",
        "{{ " + "[" * 3000 + "]" * 3000 + " }}",
        "{% if x %}" * 200 + "{% endif %}" * 200,
        "{% for i in xs %}" * 25 + "{% endfor %}" * 25,
    ],
)
def test_what_would_grow_without_bounds_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        run(text)


def test_long_values_that_are_only_inserted_are_no_bombs() -> None:
    assert len(run("{{ big }}{{ big|trim }}" * 20)) == 4_000_000


def test_ordinary_loops_are_no_bombs() -> None:
    assert len(run("{% for a in range(40000) %}x{% endfor %}")) == 40_000


def test_a_meter_starts_anew_for_every_case() -> None:
    for _ in range(3):
        assert run("{% for a in range(40000) %}{% endfor %}") == ""


def test_a_failing_case_leaves_the_template_usable() -> None:
    compiled = compile_template("{{ 10 // n }}", "jinja")
    assert compiled.fill is not None
    with pytest.raises(TemplateError):
        compiled.fill({"n": 0})
    assert compiled.fill({"n": 5}) == "2"


def test_values_are_not_changed() -> None:
    before = repr(VALUES)
    run("{{ xs|sort(attribute='a')|list if false else xs|reverse|list }}{{ d.items()|list }}")
    assert repr(VALUES) == before


_PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", " ", "x", "xs", "d", ".", "|", "(", ")", "[", "]", "if ",
     "for ", " in ", "endif", "endfor", "set ", "=", "~", "+", "*", "1", "'a'", "upper", "join",
     "__class__", "range", "loop", "\n", "-", ",", "{", "}", "is ", "not ", "else", "raw", ":"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_no_template_fails_otherwise_than_as_a_template(text: str) -> None:
    try:
        result = run(text)
    except TemplateError as error:
        result = error.message
    assert "object at 0x" not in result


def test_bare_variables_cannot_grow_without_bounds_either() -> None:
    with pytest.raises(TemplateError, match="more than 20,000,000 characters"):
        run("{{ big }}" * 300)

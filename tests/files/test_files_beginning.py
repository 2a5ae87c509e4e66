from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import MessageTemplate, Place, Variant
from llmopt.domain.prompts import TemplateFormat
from llmopt.files.template import compile_variant

HERE = Place("p.yaml", 1, 1)


def statics(*texts: str, format: TemplateFormat = "jinja", **values: object) -> list[str]:  # noqa: A002
    """What of each rendered message is marked as the same in every case."""
    variant = Variant(
        "a",
        tuple(MessageTemplate("user", text, HERE) for text in texts),
        {},
        HERE,
        example=MessageTemplate("user", "{x}" if format == "fstring" else "{{ x }}", HERE),
        examples=({"x": "one"}, {"x": "two"}),
        cache=True,
    )
    rendered = compile_variant(variant, format).render(values)
    return [message.content[: message.static] for message in rendered]


@pytest.mark.parametrize(
    ("texts", "marked"),
    [
        (["Rules.", "Review: {{ text }}"], ["Rules.", "Review:"]),
        (["Rules. {{ text }}", "More rules."], ["Rules.", ""]),
        (["{{ text }}"], [""]),
        (["{{ examples }}\n{{ text }} ->"], ["one\ntwo"]),
        (["Rules:\n{{ examples }}", "{{ text }}"], ["Rules:\none\ntwo", ""]),
        (["Rules {%- if text %} a{% endif %}"], ["Rules"]),
        (["Rules. {# a note #} More. {{ text }}"], ["Rules."]),
        (["A { brace } {{ text }}"], ["A { brace }"]),
    ],
)
def test_what_all_cases_share_at_the_beginning_is_marked(
    texts: list[str], marked: list[str]
) -> None:
    assert statics(*texts, text="works") == marked


def test_fstring_templates_are_marked_likewise() -> None:
    marked = statics("{examples} Rules: {text}", format="fstring", text="works")
    assert marked == ["one\ntwo Rules:"]


@given(st.text(alphabet="ab {}%#-\n"), st.text(), st.text())
def test_the_mark_never_reaches_into_what_varies(before: str, one: str, two: str) -> None:
    texts = [f"{before}{{{{ text }}}}"]
    try:
        first, second = statics(*texts, text=one), statics(*texts, text=two)
    except Exception:  # noqa: BLE001 - no template after all
        return
    assert first == second


def test_nothing_is_marked_unasked() -> None:
    variant = Variant("a", (MessageTemplate("user", "Rules.", HERE),), {}, HERE)
    assert compile_variant(variant, "jinja").render({})[0].static == 0

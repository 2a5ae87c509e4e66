from __future__ import annotations

import pytest

from llmopt.tokens.content import content_class


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "english"),
        ("Came two days late, works perfectly.", "english"),
        ("Die Lieferung kam zwei Tage zu spät, läuft aber tadellos.", "european"),
        ("Llegó dos días tarde, pero funciona a la perfección.", "european"),
        ("def total(xs): return sum(x['price'] * x['qty'] for x in xs)", "code"),
        ('{"id": 7, "paid": true, "items": [{"sku": "A-1", "qty": 2}]}', "code"),
        ("<ul><li>one</li><li>two</li></ul>", "code"),
        ("配達は二日遅れましたが、問題なく動きます。", "cjk"),
        ("迟到了两天，但运行良好。", "cjk"),
        ("이틀 늦었지만 잘 작동합니다.", "cjk"),
        ("Доставили с опозданием, но работает отлично.", "other"),
        ("दो दिन देर से आया, पर ठीक चलता है।", "other"),
        ("وصل متأخرا يومين لكنه يعمل جيدا", "other"),
    ],
)
def test_a_text_is_known_by_its_characters(text: str, kind: str) -> None:
    assert content_class(text) == kind


def test_an_emoji_does_not_make_english_another_language() -> None:
    assert content_class("Great sound, comfy for hours 🎧🔥") == "english"


def test_only_the_beginning_decides() -> None:
    assert content_class("plain words " * 400 + "{};" * 10_000) == "english"

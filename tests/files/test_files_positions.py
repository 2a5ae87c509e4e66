"""An offset in a text leads back to its character in the file, in every YAML style."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt.files.positions import inside
from llmopt.files.problems import Report
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import Scalar, compose


def scalar_in(text: str) -> tuple[Source, Scalar]:
    source = Source(Path("f.yaml"), "f.yaml", text)
    root = compose(source, Report())
    assert root is not None
    (entry,) = root.entries.values()
    assert isinstance(entry.value, Scalar)
    return source, entry.value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("k: say X\n", "1:8"),
        ("k: say\n  some X\n", "2:8"),
        ("k: 'it''s X'\n", "1:11"),
        ("k: 'on\n\n  the X'\n", "3:7"),
        ('k: "tab\\t \\"\\u00e9\\x41\\U0001F600 X"\n', "1:34"),
        ('k: "a\\\n   b X"\n', "2:6"),
        ("k: |\n  one\n\n    X\n", "4:5"),
        ("k: |2-\n    one X\n", "2:9"),
        ("k: > # remark X\n  one\n  two X\n", "3:7"),
        ("k: >+\n\n  one\n\n  two X\n\n", "5:7"),
        ("k: &a !!str |\n  X\n", "2:3"),
        ("k: &a\n  # remark X\n  word X\n", "3:8"),
        ("k: |\r\n  one\r\n  X\r\n", "3:3"),
    ],
)
def test_the_letter_is_found(text: str, place: str) -> None:
    source, scalar = scalar_in(text)
    assert str(inside(source, scalar, scalar.text.rindex("X"))) == f"f.yaml:{place}"


def test_beyond_the_text_its_beginning_is_meant() -> None:
    source, scalar = scalar_in("k: abc\n")
    assert str(inside(source, scalar, 99)) == "f.yaml:1:4"


_TEXT = st.text(
    st.sampled_from(" \n\t'\"\\:#-é{}%|>&*!😀aX") | st.characters(codec="utf-8"), min_size=1
).filter(lambda text: "\r" not in text)


@settings(deadline=None)
@given(_TEXT, st.sampled_from([None, '"', "'", "|", ">"]), st.sampled_from([15, 80]))
def test_every_visible_character_is_found(text: str, style: str | None, width: int) -> None:
    document = yaml.safe_dump({"k": text}, default_style=style, width=width, allow_unicode=True)
    report = Report()
    source = Source(Path("f.yaml"), "f.yaml", document)
    root = compose(source, report)
    if root is None or not isinstance(scalar := root.entries["k"].value, Scalar):
        return
    lines = document.split("\n")
    for offset, character in enumerate(scalar.text):
        if character.isalpha() or character in "{}%":
            place = inside(source, scalar, offset)
            found = lines[place.line - 1][place.column - 1 :]
            # In double quotes a character may stand as its escape.
            assert found.startswith((character, "\\"))

"""Lines of a recording that JSON allows and no run could use are named, with their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmopt.errors import InputError
from llmopt.providers import recorded
from llmopt.providers._wire import tokens

GOOD = {"prompt": "triage", "variant": "brief", "model": "a/model", "case": "one"}


def problem(path: Path, line: bytes) -> str:
    """Return what is said of a line that stands below a good one."""
    path.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    with pytest.raises(InputError) as caught:
        recorded.read(path)
    (only,) = caught.value.problems
    assert only.line == 2
    return only.message


@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_a_line_nested_past_reading_is_named(tmp_path: Path, opening: bytes) -> None:
    assert "nested too deeply" in problem(tmp_path / "r.jsonl", opening * 200_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input_tokens", 10**30),  # past the 64 bits of the store
        ("output_tokens", 2**62),  # two of them are past it
        ("repeat", 10**40),
        ("cost", 1e308),  # two of them are infinite
        ("cost", 10**400),  # no float at all
        ("latency_ms", 1e300),
    ],
)
def test_a_figure_whose_sum_overflows_is_named(tmp_path: Path, name: str, value: Any) -> None:
    line = json.dumps(GOOD | {name: value}).encode()
    assert f"'{name}' must be" in problem(tmp_path / "r.jsonl", line)


@pytest.mark.parametrize("name", ["prompt", "variant", "model", "case"])
def test_half_an_emoji_is_no_name(tmp_path: Path, name: str) -> None:
    line = json.dumps(GOOD | {name: "\ud83d"}).encode()
    assert f"'{name}' must be a text" in problem(tmp_path / "r.jsonl", line)


def test_a_provider_s_count_past_belief_is_unknown() -> None:
    assert tokens({"prompt_tokens": 10**12 - 1}, "prompt_tokens") == 10**12 - 1
    assert tokens({"prompt_tokens": 10**12}, "prompt_tokens") is None

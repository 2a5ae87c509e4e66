from __future__ import annotations

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llmopt.providers.embedded as package
from llmopt.providers.embedded.responder import Reply, respond

PROMPTS = [
    "Sentiment (positive/negative): a rude but lovely crew",
    "Labels: art, law, other. Reply with the label only.\n\nText: a verdict on a painting",
    "Extract the name, date and total as JSON.\n\nText: Ana Wu paid $5 on 3 May 2024.",
    "Summarize in at most 9 words:\n\nBees decline. Farmers plant flowers. Apples need bees.",
    "Tom has 48 apples and sells 25% of them. How many are left?",
    "Write a friendly e-mail about tea. Mention milk, sugar and lemon.",
    "Context: Ana Wu runs a farm in Bern.\nQuestion: Who runs a farm?",
]
WORDS = """
    classify summarize extract json answer question write one word or and not but positive
    negative / | ( ) [ ] { } < > <a> </a> ``` \"\"\" ' " -> => : Text: Label: Q: A: - * 1. # 25% $5
    3 12 how many ? . ! , ; Anna has gives each of half is the in at most words avoid mention
    name email 2024-01-01 a@b.example é ß İ ٣ ½ \x00 \ud800
"""
PIECES = st.sampled_from([*WORDS.split(), "\u2028"])
PROSE = st.lists(PIECES | st.text(max_size=6), max_size=60).flatmap(
    lambda parts: st.sampled_from([" ", "\n", "", "\n\n"]).map(lambda joint: joint.join(parts))
)
SLICES = st.tuples(st.sampled_from(PROMPTS), st.integers(0, 60), st.integers(0, 99)).map(
    lambda cut: cut[0][cut[1] : cut[2]]
)
MIXED = st.lists(PROSE | SLICES, max_size=4).map("\n".join)
MESSAGES = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), MIXED), max_size=4)


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_any_conversation_gets_the_same_reply_twice(messages: list[tuple[str, str]]) -> None:
    reply = respond(messages)
    assert reply == respond(list(messages))
    assert reply.finish_reason == "stop"


@settings(deadline=None)
@given(st.sampled_from(PROMPTS), st.integers(0, 12))
def test_no_reply_is_longer_than_max_tokens(prompt: str, limit: int) -> None:
    whole = respond([("user", prompt)]).text
    reply = respond([("user", prompt)], max_tokens=limit)
    assert len(reply.text.split()) <= limit
    assert whole.startswith(reply.text)
    assert (reply.finish_reason == "length") == (reply.text != whole)


@settings(deadline=None)
@given(st.sampled_from(PROMPTS), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_no_reply_holds_a_stop_sequence(prompt: str, stop: list[str]) -> None:
    whole = respond([("user", prompt)]).text
    reply = respond([("user", prompt)], stop=stop)
    assert not any(mark in reply.text for mark in stop)
    assert whole.startswith(reply.text)
    assert reply.finish_reason == "stop"


def test_an_empty_stop_sequence_stops_nothing() -> None:
    prompt = [("user", PROMPTS[0])]
    assert respond(prompt, stop=[""]) == respond(prompt)


def test_the_tokenizer_handed_in_does_the_cutting() -> None:
    def letters(text: str, limit: int) -> tuple[str, bool]:
        return text[:limit], len(text) > limit

    assert respond([("user", PROMPTS[0])], max_tokens=3, truncate=letters) == Reply("pos", "length")
    assert respond([("user", PROMPTS[0])], max_tokens=99, truncate=letters).finish_reason == "stop"


@pytest.mark.parametrize("messages", [[], [("user", "")], [("system", "Be brief.")]])
def test_an_empty_conversation_gets_the_plain_refusal(messages: list[tuple[str, str]]) -> None:
    assert respond(messages) == Reply("I cannot tell from the text.", "stop")


@pytest.mark.parametrize(
    "prompt",
    [
        "Extract (a) b, c (d), (e) as JSON.",
        "Extract the \x000 name and \x007 date as JSON.",
        "Extract the date as JSON.\n!!: 5\n...: 6",
        'Return JSON {"": 1, "?": [}',
        "What is 1 / (2 - 2)?",
        "Rate from 5 to 1 stars: fine",
        "Summarize in 0 words: a b c.",
        f"Summarize in {'9' * 30} words: a b c.",
        f"What is {'9' * 5000} + 1?",
    ],
)
def test_an_awkward_prompt_gets_some_reply(prompt: str) -> None:
    assert respond([("user", prompt)]).finish_reason == "stop"


def test_a_dictated_reply_is_repeated() -> None:
    assert respond([("user", 'Reply with "pong"')]).text == "pong"


def test_replies_do_not_hang_on_the_hash_seed() -> None:
    code = (
        "from llmopt.providers.embedded.responder import respond\n"
        f"for prompt in {PROMPTS!r}: print(respond([('user', prompt)]))"
    )
    seen = set()
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1


# --- Time grows with length alone: patterns repeat a bounded number of times, and the number of
# calls grows as the text does.


def patterns() -> Iterator[re.Pattern[str]]:
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "model":
            held = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
            for value in held.values():
                for part in value if isinstance(value, tuple) else (value,):
                    yield from (x for x in (part if isinstance(part, tuple) else (part,))
                                if isinstance(x, re.Pattern))  # fmt: skip


def most_repeats(tree: Any) -> int:
    """The greatest number of steps that nested repeats of a parsed pattern multiply to."""
    most = 1
    for op, argument in tree:
        if str(op) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            most = max(most, int(argument[1]) * most_repeats(argument[2]))
        elif str(op) == "SUBPATTERN":
            most = max(most, most_repeats(argument[-1]))
        elif str(op) == "BRANCH":
            most = max(most, *(most_repeats(branch) for branch in argument[1]))
        elif str(op) in {"ASSERT", "ASSERT_NOT"}:
            most = max(most, most_repeats(argument[1]))
    return most


def test_no_pattern_repeats_without_bound() -> None:
    parser: Any = importlib.import_module("re._parser")
    found = list(patterns())
    assert len(found) > 100
    for pattern in found:
        assert most_repeats(parser.parse(pattern.pattern, pattern.flags)) <= 5000, pattern.pattern


def calls(prompt: str) -> int:
    """How many functions, C functions included, are called for a reply."""
    seen = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal seen
        seen += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        respond([("user", prompt)])
    finally:
        sys.setprofile(before)
    return seen


@pytest.mark.parametrize(
    "order",
    [
        "",
        "Classify as positive or negative:\n",
        "Summarize in 20 words:\n\n",
        "Extract name, date, total as JSON.\n\nText: ",
        "Context: x.\nQuestion: ",
        "Write an e-mail about ",
    ],
)
@pytest.mark.parametrize(
    "piece",
    [
        "<a>", "<a></a>", '"', '"""', "a->", "a -> b\n", "x: y\n", "Classify:\n", "- a\n", "a or ",
        "a/b ", "not ", "but ", '"k": 1, ', "? ", "$1 ", "Aa ", "a. ", "Text: a\nLabel: b\n", "(",
        "Answer with: ", "\n", "12 ", "word ", "Reply with a word.\n\na b\n\n", "key x (key y) ",
    ],
)  # fmt: skip
def test_work_grows_no_faster_than_the_text(order: str, piece: str) -> None:
    short, long = 2_000, 8_000
    calls(order + piece * (short // len(piece)))  # caches are warm
    few = calls(order + piece * (short // len(piece)))
    many = calls(order + piece * (long // len(piece)))
    assert many <= 4.5 * few + 500


@pytest.mark.parametrize("piece", ["a", "<a>", '"', "Label: a\nText: b\n", "a or b ", "1 ", "\n"])
def test_a_message_of_a_megabyte_is_answered(piece: str) -> None:
    reply = respond(
        [("user", "Classify as positive or negative: " + piece * (10**6 // len(piece)))]
    )
    assert reply.text

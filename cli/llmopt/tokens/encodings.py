"""tiktoken's encodings, built from ranks that ship with llmopt: nothing is ever downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

from llmopt.errors import MissingError
from llmopt.tokens.ranks import unpack

if TYPE_CHECKING:
    import tiktoken

EncodingName = Literal["cl100k_base", "o200k_base"]

_DATA = Path(__file__).parent / "data"
_building = Lock()

# What `\s` means to tiktoken's regex engine (Unicode White_Space) without the line ends, which
# its patterns treat apart. Python's own `\s` would add \x1c-\x1f.
_BLANK = "\t\x0b\x0c \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# The engine's backtracking stack overflows, as a panic that no `except Exception` stops, on a
# run of blanks near a million characters long. A tenth of that leaves room for other versions.
_LONGEST_RUN = 100_000
_LONG_RUN = re.compile(f"[{_BLANK}]{{{_LONGEST_RUN},}}")


def encoding(name: EncodingName) -> tiktoken.Encoding:
    """Return the encoding, building it on first use (about 0.2 s) and once for all threads.

    It is put where `tiktoken.get_encoding` looks, so a program that uses tiktoken
    beside llmopt shares it.

    Raises:
        MissingError: the installed tiktoken wants other ranks than those that ship with llmopt.
    """
    from tiktoken.registry import ENCODINGS

    found = ENCODINGS.get(name)
    if found is None:
        with _building:
            found = ENCODINGS.get(name) or ENCODINGS.setdefault(name, _build(name))
    return found


def encode(name: EncodingName, text: str) -> list[int]:
    """Return the ids of `text` as stock tiktoken gives them, special tokens read as plain text.

    Unlike stock, it also survives runs of a million blanks.
    """
    stock = encoding(name)
    if len(text) < _LONGEST_RUN:
        return stock.encode_ordinary(text)
    ids: list[int] = []
    for part, whole in _cut(text):
        # Public `encode_*` methods all go through the engine that overflows.
        ids += stock._encode_single_piece(part) if whole else stock.encode_ordinary(part)  # noqa: SLF001
    return ids


def _cut(text: str) -> Iterator[tuple[str, bool]]:
    r"""Cut long runs of blanks out of a text; True marks a run that is one piece of the pattern.

    Both patterns split a run by `\s+(?!\S)`: before a word its last blank goes with the
    word, at the end of the text it is one piece. Before a line end other, safe
    branches take it.
    """
    start = 0
    for run in _LONG_RUN.finditer(text):
        end = run.end()
        if text[end : end + 1] in {"\r", "\n"}:
            continue
        if end < len(text):
            end -= 1
        yield text[start : run.start()], False
        yield text[run.start() : end], True
        start = end
    yield text[start:], False


def _build(name: EncodingName) -> tiktoken.Encoding:
    import tiktoken
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    ranks = unpack((_DATA / f"{name}.bin").read_bytes())

    def load(_url: str, expected_hash: str | None = None) -> dict[bytes, int]:
        if expected_hash not in (None, ranks.sha256):
            raise MissingError(
                f"the installed tiktoken {tiktoken.__version__} wants other ranks for {name}",
                hint="install the tiktoken version that llmopt asks for",
            )
        return dict(zip(ranks.tokens, range(len(ranks.tokens)), strict=True))

    # The stock constructor knows pattern and special tokens; only its loader must not go to the
    # network. Running its code over a copy of its globals changes nothing for anybody else.
    constructor: Any = openai_public.ENCODING_CONSTRUCTORS[name]
    scope = {**vars(openai_public), "load_tiktoken_bpe": load}
    return tiktoken.Encoding(**FunctionType(constructor.__code__, scope)())

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from llmopt.errors import MissingError
from llmopt.tokens import encodings
from llmopt.tokens.encodings import EncodingName, encode, encoding
from llmopt.tokens.ranks import Ranks

NAMES: tuple[EncodingName, ...] = ("cl100k_base", "o200k_base")
Stock = dict[str, tiktoken.Encoding]

each_encoding = pytest.mark.parametrize("name", NAMES)

SNIPPETS = (
    *("<|endoftext|>", "<|im_start|>", "<|fim_prefix|>", "I'll", "WE'VE", "don't", "’s", "\r\n"),
    *("\n\n", " \t ", "   ", "\u3000", "\xa0", "\x85", "\x1c", "\u2028", "0", "1234567", "３", "½"),
    *(
        "é",
        "e\u0301",
        "ß",
        "中文",
        "日本語",
        "한국어",
        "ไทย",
        "हिन्दी",
        "עברית",
        "👩‍👩‍👧",
        "🇩🇪",
        "\u200d",
    ),
    *("\ufeff", "\x00", "\U0010ffff", "\ud800", "\udc00x", "camelCase", "SCREAMING_CASE", "ʰ", "ǅ"),
    *("{{ text }}", "://", "///", "=>", "-----", "```python", "\\n", "İ"),
)


def adversarial() -> Iterator[str]:
    dice = random.Random(20_261_122)  # noqa: S311 - test data, the same every time
    codepoints = [c for c in range(0x110000) if unicodedata.category(chr(c)) != "Cn"]
    for _ in range(1_500):
        yield "".join(dice.choices(SNIPPETS, k=dice.randint(1, 12)))
        yield "".join(map(chr, dice.choices(codepoints, k=dice.randint(1, 40))))
        yield "".join(dice.choices(" \t\n\r\u3000aA1!/'", k=dice.randint(1, 60)))
    yield from ("a" * 20_000, "!" * 20_000, "\n" * 20_000, "9" * 20_000, "中" * 20_000, "")


@each_encoding
def test_ids_are_those_of_stock_tiktoken_on_hostile_texts(name: EncodingName, stock: Stock) -> None:
    for text in adversarial():
        assert encode(name, text) == stock[name].encode_ordinary(text), repr(text)


@each_encoding
def test_ids_are_those_of_stock_tiktoken_on_real_files(name: EncodingName, stock: Stock) -> None:
    sources = sorted(Path(json.__file__).parent.glob("*.py"))
    for path in [*sources, Path("cli/llmopt/tokens/families.py")]:
        text = path.read_text(encoding="utf-8")
        assert encode(name, text) == stock[name].encode_ordinary(text)


@each_encoding
def test_special_tokens_in_a_text_are_plain_text(name: EncodingName) -> None:
    ids = encode(name, "a <|endoftext|> b")
    assert encoding(name).eot_token not in ids
    assert encoding(name).decode(ids) == "a <|endoftext|> b"


@each_encoding
@given(text=st.text(max_size=200))
def test_decoding_gives_the_text_back(name: EncodingName, text: str) -> None:
    assert encoding(name).decode(encode(name, text)) == text


@each_encoding
@pytest.mark.parametrize("blank", [" ", "\u3000\t"])
@pytest.mark.parametrize("end", ["x", ""])
def test_a_million_blanks_are_counted(name: EncodingName, blank: str, end: str) -> None:
    text = "x" + blank * (1_000_000 // len(blank)) + end
    assert encoding(name).decode(encode(name, text)) == text


@each_encoding
def test_long_runs_that_stock_survives_get_the_same_ids(name: EncodingName, stock: Stock) -> None:
    run = " " * 120_000
    for text in (run, f"a{run}b", f"a\n{run}!", f"{run}\nb", f"a{run}", f"{run}b\n \n{run}中"):
        assert encode(name, text) == stock[name].encode_ordinary(text)


@each_encoding
@given(text=st.text(alphabet=" \t\n\r\u3000\xa0\x1caZ1!/é中", max_size=60))
def test_where_a_run_is_cut_makes_no_difference(
    name: EncodingName, text: str, stock: Stock
) -> None:
    short = re.compile(encodings._LONG_RUN.pattern.replace("100000", "2"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "_LONGEST_RUN", 0)
        patch.setattr(encodings, "_LONG_RUN", short)
        assert encode(name, text) == stock[name].encode_ordinary(text)


def test_an_encoding_is_shared_with_programs_that_use_tiktoken() -> None:
    assert tiktoken.get_encoding("o200k_base") is encoding("o200k_base")


def test_threads_that_ask_at_once_get_one_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    start = threading.Barrier(8)
    answers: list[object] = []

    def build(_name: EncodingName) -> object:
        for _ in range(20_000):  # the others get their turns here, and find nothing yet
            pass
        built.append(object())
        return built[-1]

    def ask() -> None:
        start.wait()
        answers.append(encoding("o200k_base"))

    monkeypatch.setattr("tiktoken.registry.ENCODINGS", {})
    monkeypatch.setattr(encodings, "_build", build)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    turn = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(turn)
    assert len(built) == 1
    assert answers == built * 8


def test_a_tiktoken_with_other_ranks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "unpack", lambda _packed: Ranks("0" * 64, [b"a"]))
    monkeypatch.setattr("tiktoken.registry.ENCODINGS", {})
    with pytest.raises(MissingError, match="wants other ranks for o200k_base"):
        encoding("o200k_base")


def in_fresh_python(code: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_importing_the_room_does_not_import_tiktoken() -> None:
    in_fresh_python("import llmopt.tokens, sys; assert 'tiktoken' not in sys.modules")


def test_counting_needs_neither_network_nor_download_cache(tmp_path: Path) -> None:
    in_fresh_python(
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from llmopt.tokens import counter_for\n"
        "assert counter_for('openai/gpt-4o').text('hello world').tokens == 2\n"
        "assert counter_for('openai/gpt-4').text('hello world').tokens == 2\n"
        "assert 'requests' not in sys.modules\n",
        TIKTOKEN_CACHE_DIR=str(tmp_path),
    )
    assert not list(tmp_path.iterdir())

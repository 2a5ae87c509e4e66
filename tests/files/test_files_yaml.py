"""YAML becomes nodes with places; whatever is in a file, what is wrong is told, not raised."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmopt.errors import Problem
from llmopt.files import yaml_nodes
from llmopt.files.problems import Report
from llmopt.files.source import Source, decode, read_source
from llmopt.files.yaml_nodes import Mapping, Scalar, compose, plain
from llmopt.files.yaml_scalars import resolve

PATH = Path("f.yaml")


def read(content: str | bytes) -> tuple[Any, tuple[Problem, ...]]:
    report = Report()
    raw = content if isinstance(content, bytes) else content.encode()
    source = decode(raw, PATH, "f.yaml", report)
    node = compose(source, report) if source else None
    return (plain(node) if node else None), report.problems()


def told(content: str | bytes) -> list[str]:
    return [
        f"{problem.where}: {problem.message}" + (f" [{problem.hint}]" if problem.hint else "")
        for problem in read(content)[1]
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("0o17", 15),
        ("0xfF", 255),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("6e3", 6000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        *[
            (word, word)
            for word in (
                *("yes", "no", "on", "off", "y", "Yes", "tRUE", "nil", "None"),
                *("2024-01-31", "12:30", "1_000", "01234", "-012", "0x", "1e", "+", "-", "."),
                *("+0%", "-2pt", "1.2.3", "0b101", "9" * 301, "<<", "="),
            )
        ],
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_not_a_number_is_one() -> None:
    number = resolve(".nan")
    assert isinstance(number, float)
    assert math.isnan(number)


def test_quoted_words_stay_text() -> None:
    assert read("a: 'true'\nb: \"1\"\nc: !!str 5\nd: ! 6\n")[0] == {
        "a": "true",
        "b": "1",
        "c": "5",
        "d": "6",
    }


def test_keys_are_text_as_written() -> None:
    assert read("1: a\ntrue: b\n2024-01-01: c\n1.10: d\n")[0] == {
        "1": "a",
        "true": "b",
        "2024-01-01": "c",
        "1.10": "d",
    }


def test_every_key_and_value_knows_its_place() -> None:
    report = Report()
    source = Source(PATH, "f.yaml", 'é: [x,\n  {k: v}]\n"b":\n  - |\n    text\n')
    root = compose(source, report)
    assert root is not None
    listed = root.entries["é"].value
    assert isinstance(listed, yaml_nodes.Sequence)
    inner = listed.items[1]
    assert isinstance(inner, Mapping)
    entry = inner.entries["k"]
    places = [
        root.entries["é"].key.start,
        listed.start,
        inner.start,
        entry.key.start,
        entry.value.start,
        root.entries["b"].key.start,
    ]
    assert [str(source.place(start)) for start in places] == [
        "f.yaml:1:1",
        "f.yaml:1:4",
        "f.yaml:2:3",
        "f.yaml:2:4",
        "f.yaml:2:7",
        "f.yaml:3:1",
    ]


def test_an_anchored_value_begins_after_its_anchor() -> None:
    report = Report()
    source = Source(PATH, "f.yaml", "a: &name !!str value\nb: *name\n")
    root = compose(source, report)
    assert root is not None
    assert str(source.place(root.entries["a"].value.start)) == "f.yaml:1:16"
    assert root.entries["b"].value is root.entries["a"].value


def test_merged_keys_give_way_to_written_ones() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nboth: {<<: [*b, *m], x: 0}\n"
    assert read(text)[0]["both"] == {"x": 0, "y": 2, "z": 4}
    assert read("a: {'<<': 5}\n")[0] == {"a": {"<<": 5}}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["f.yaml: the file is empty [fill it, or remove it]"]),
        ("# only a comment\n", ["f.yaml: the file is empty [fill it, or remove it]"]),
        ("null\n", ["f.yaml: the file is empty [fill it, or remove it]"]),
        (
            "- a\n",
            [
                (
                    "f.yaml:1:1: the file must be a mapping of keys, found a list"
                    " [write 'key: value' lines]"
                )
            ],
        ),
        (
            "just words\n",
            [
                (
                    "f.yaml:1:1: the file must be a mapping of keys, found text ('just words')"
                    " [write 'key: value' lines]"
                )
            ],
        ),
        (
            "a: 1\nb: 2\na: 3\n",
            ["f.yaml:3:1: key 'a' stands twice in this mapping [the first one is in line 1]"],
        ),
        (
            "a: 1\n---\nb: 2\n",
            [
                (
                    "f.yaml:2:1: a second YAML document begins here; one file holds one"
                    " [remove the '---' line, or split the file]"
                )
            ],
        ),
        ("a:\n\t- b\n", ["f.yaml:2:1: a tab in the indentation [indent with spaces]"]),
        ("a: |\n x\n\ty\n", ["f.yaml:3:1: a tab in the indentation [indent with spaces]"]),
        (
            "user: {{ text }}\n",
            [
                (
                    "f.yaml:1:7: text that begins with '{{' must stand in quotes"
                    ' [write "{{ text }}" with all that follows,'
                    " or put it on its own lines after '|']"
                )
            ],
        ),
        (
            'user: {{ text|d("") }} now\n',
            [
                (
                    "f.yaml:1:7: text that begins with '{{' must stand in quotes"
                    " [write '{{ text|d(\"\") }}' with all that follows,"
                    " or put it on its own lines after '|']"
                )
            ],
        ),
        (
            "a: b: c\n",
            [
                (
                    "f.yaml:1:5: a second ': ' in one line [put text that holds ': ', ' #' or"
                    " quotes into quotes, or write it as a block after '|']"
                )
            ],
        ),
        (
            "a: 1\n  b: 2\n",
            [
                (
                    "f.yaml:2:4: this key continues the text of the line above"
                    " [indent the keys of one mapping alike, with spaces]"
                )
            ],
        ),
        ("a: 1\nb\n", ["f.yaml:2:1: a key without ':' [write 'key: value']"]),
        ("a: [1, 2\nb: 3\n", ["f.yaml:2:2: a '[' is not closed before this [close it with ']']"]),
        ("{a: b\n", ["f.yaml:2:1: a '{' is not closed before this [close it with '}']"]),
        ("[[[", ["f.yaml:1:4: a '[' or '{' is not closed [close it with ']' or '}']"]),
        ("a: [b, %]\n", ["f.yaml:1:8: text cannot begin with '%' [put the text in quotes]"]),
        (
            "a: [b, :]]\n}",
            ["f.yaml:1:8: a value is missing here"],
        ),
        (
            'a: "x\nb: y\n',
            [
                (
                    "f.yaml:1:4: the quote that opens here is never closed"
                    " [close it, or double it to write a quote inside quotes]"
                )
            ],
        ),
        (
            "a: 'it's'\n",
            [
                (
                    "f.yaml:1:8: this does not continue the mapping that it stands in"
                    " [put text that holds ': ', ' #' or quotes into quotes,"
                    " or write it as a block after '|']"
                )
            ],
        ),
        ("a: @x\n", ["f.yaml:1:4: text cannot begin with '@' [put the text in quotes]"]),
        (
            'a: "\\d"\n',
            [
                (
                    "f.yaml:1:5: an unknown escape after '\\' in double quotes"
                    " [write \\\\ for a backslash, or use single quotes]"
                )
            ],
        ),
        ('a: "\\ud800"\n', ["f.yaml:1:7: an escape that is no character"]),
        (
            "a:\n  - b\n  c: d\n",
            [
                (
                    "f.yaml:3:3: a key where the list above needs '- '"
                    " [indent the keys of one mapping alike, with spaces]"
                )
            ],
        ),
        (
            "a: - b\n",
            [
                (
                    "f.yaml:1:4: a list cannot begin on the line of its key"
                    " [begin it on the next line, one '- ' a line, or write [a, b]]"
                )
            ],
        ),
        (
            "%YAML 9.9\n---\na: b\n",
            ["f.yaml:1:1: an unknown %YAML version [remove the %YAML line]"],
        ),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            [
                (
                    "f.yaml:1:4: tag '!!python/object/apply:os.system' is not allowed"
                    " [write the plain value; llmopt reads text, numbers, true/false,"
                    " lists, mappings]"
                )
            ],
        ),
        (
            "a: !env HOME\n",
            [
                (
                    "f.yaml:1:4: tag '!env' is not allowed"
                    " [write the plain value; llmopt reads text, numbers, true/false,"
                    " lists, mappings]"
                )
            ],
        ),
        (
            "a: *b\n",
            [
                (
                    "f.yaml:1:4: '*b' refers to an anchor that is not defined above it"
                    ' [to write a text that begins with *, put it in quotes: "*b"]'
                )
            ],
        ),
        ("a: &a [*a]\n", ["f.yaml:1:8: '*a' refers to a value that contains it"]),
        ("? [a]\n: b\n", ["f.yaml:1:3: a key must be text, found a list or a mapping"]),
        ("a: {<<: 5}\n", ["f.yaml:1:5: '<<' merges mappings; this value is none"]),
        ("a: " + "[" * 101, ["f.yaml:1:103: values are nested more than 100 deep"]),
        ("a: " + "[" * 1_000_000, ["f.yaml:1:103: values are nested more than 100 deep"]),
        (
            "a: \x07\n",
            [
                (
                    "f.yaml:1:4: control character U+0007 cannot stand in YAML"
                    ' [remove it, or write it as an escape in double quotes: "\\u0007"]'
                )
            ],
        ),
        (
            b"a: 1\nb: \xe4\n",
            [
                "f.yaml:2:4: byte 0xe4 is not UTF-8 text [save the file again as UTF-8]",
            ],
        ),
        (
            "a: 1".encode("utf-16"),
            ["f.yaml: the file is UTF-16 text; llmopt reads UTF-8 [save it again as UTF-8]"],
        ),
    ],
)
def test_what_is_no_readable_yaml_is_told_plainly(text: str | bytes, messages: list[str]) -> None:
    assert told(text) == messages


def test_a_byte_order_mark_is_no_content() -> None:
    assert read(b"\xef\xbb\xbfa: 1\n") == ({"a": 1}, ())


def test_a_hundred_levels_are_read() -> None:
    value, problems = read("a: " + "[" * 99 + "]" * 99 + "\n")
    assert not problems
    assert value["a"] == [] or value["a"]


def test_aliases_cannot_nest_deeper_than_what_is_written() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(200))
    assert told(text) == ["f.yaml:99:12: values are nested more than 100 deep"]


@pytest.mark.parametrize(
    "bomb",
    [
        "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{i + 1}: &a{i + 1} [{','.join([f'*a{i}'] * 10)}]\n" for i in range(8)),
        "a0: &a0 {k: x}\n"
        + "".join(
            f"a{i + 1}: &a{i + 1} {{{', '.join(f'k{j}: *a{i}' for j in range(9))}}}\n"
            for i in range(8)
        ),
        f"a: &a {'x' * 100_000}\nb: [{','.join(['*a'] * 100)}]\n",
    ],
    ids=["lists", "mappings", "long texts"],
)
def test_aliases_that_expand_to_too_much_are_refused(bomb: str) -> None:
    (message,) = told(bomb)
    assert message.endswith("the aliases of this file expand to too much data")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024**2)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("the file was read"))
    report = Report()
    assert read_source(path, tmp_path, report) is None
    assert report.problems() == (
        Problem(
            "the file has 100.0 MB; YAML files may have 8 MB",
            "big.yaml",
            hint="move test cases into a CSV or JSONL file and name it under 'data:'",
        ),
    )


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    report = Report()
    assert read_source(tmp_path, tmp_path.parent, report) is None
    assert [p.message for p in report.problems()] == ["this is not a regular file"]


def test_the_slower_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Python(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)

    text = "a: [1, {b: 'c'}]\nd: |\n  e\n   f\ng: &x h\ni: *x\n"
    fast = read(text)
    monkeypatch.setattr(yaml_nodes, "_Parser", Python)
    assert read(text) == fast


# Text that the schemas of YAML 1.1 and 1.2 take for the same; 1e5 and 0o7 are numbers in 1.2 alone.
_NUMBER_IN_ONE = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+|0o[0-7]+")
_SHARED_WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12
).filter(lambda word: not _NUMBER_IN_ONE.fullmatch(word))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10_000, 10_000) | _SHARED_WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_SHARED_WORDS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    value=st.dictionaries(_SHARED_WORDS, _VALUES, min_size=1, max_size=5),
    flow=st.booleans(),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    width=st.sampled_from([20, 80]),
)
def test_what_pyyaml_writes_is_read_as_it_was(
    *, value: dict[str, object], flow: bool, style: str | None, width: int
) -> None:
    text = yaml.safe_dump(
        value, default_flow_style=flow, default_style=style, width=width, allow_unicode=True
    )
    # A forced quote or block style makes PyYAML tag what is not text: `!!int "5"`.
    if "!!" not in text:
        assert read(text) == (yaml.safe_load(text), ())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-,[]{}&*!|>'\"%#?@ \n\t\\<0~é\x85\u2028", max_size=60))
@example("a: \x85b: c")
@example("? ")
@example("- - -\n?\n")
def test_no_text_makes_the_reader_fail(text: str) -> None:
    value, problems = read(text)
    assert value is not None or problems
    assert all(p.severity == "error" and p.file == "f.yaml" for p in problems)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    value, problems = read(content)
    assert value is not None or problems


@settings(deadline=None)
@given(st.text(alphabet="ab:-[]{}'\"\n \\", max_size=40))
def test_what_pyyaml_refuses_is_refused(text: str) -> None:
    try:
        reference = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        reference = None
    value, problems = read(text)
    if value is not None and not problems:
        assert reference is not None


def test_scalars_keep_how_they_are_written() -> None:
    root = compose(Source(PATH, "f.yaml", "a: 1.10\nb: '1.10'\n"), Report())
    assert root is not None
    first, second = (root.entries[key].value for key in "ab")
    assert isinstance(first, Scalar)
    assert isinstance(second, Scalar)
    assert (first.text, first.value, second.value) == ("1.10", 1.1, "1.10")

"""Rows of data files are found again exactly, however they are written."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmopt.domain import Case, ScorerSpec
from llmopt.errors import InputError
from llmopt.files.cases import PromptCases
from llmopt.files.data import Columns, Table, fill_table
from llmopt.files.loading import load
from llmopt.files.problems import Report
from llmopt.files.rows import format_of

Write = Callable[[Mapping[str, str | bytes | None]], Path]

PLAIN = Columns(None, None, None, None, None, ScorerSpec("python", {"function": "a:b"}))
PROMPT = "prompt: p\nvariants: {a: {user: '{{ text }}'}}\n"


def table_of(path: Path, columns: Columns = PLAIN) -> Table:
    rows = format_of(path)
    assert rows is not None
    table = Table(path, path.name, rows, columns)
    report = Report()
    fill_table(table, path, report)
    assert report.problems() == ()
    return table


_CELLS = st.text(
    st.sampled_from("a,;\t\"'\n é😀\u2028\x85") | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(_CELLS, _CELLS), max_size=12),
    ends=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    bom=st.sampled_from(["", "\ufeff"]),
    gaps=st.booleans(),
)
def test_csv_rows_are_those_of_the_standard_reader(
    tmp_path: Path, *, rows: list[tuple[str, str]], ends: str, quoting: int, bom: str, gaps: bool
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=ends, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["one", "two"])
    for row in rows:
        writer.writerow(row)
        if gaps:
            stream.write(ends)
    path = tmp_path / "r.csv"
    path.write_text(bom + stream.getvalue(), encoding="utf-8", newline="")
    with path.open(encoding="utf-8-sig", newline="") as source:
        expected = list(csv.DictReader(source))
    cases = PromptCases([table_of(path)])
    assert [case.vars for case in cases] == expected
    assert [cases[i].vars for i in reversed(range(len(cases)))] == expected[::-1]
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    for case in cases:
        begin = "".join(str(case.vars["one"]).split("\n")[:1])
        assert begin.replace('"', '""').replace("\r", "") in lines[case.place.line - 1]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abc"), _JSON), max_size=8),
    ascii_only=st.booleans(),
    last=st.sampled_from(["", "\n", "\n\n  \n"]),
)
def test_json_rows_are_those_of_the_standard_reader(
    tmp_path: Path, *, rows: list[dict[str, Any]], ascii_only: bool, last: str
) -> None:
    path = tmp_path / "r.jsonl"
    text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows) + last
    path.write_text(text, encoding="utf-8", newline="")
    cases = PromptCases([table_of(path)])
    assert [case.vars for case in cases] == rows
    assert [cases[i].vars for i in reversed(range(len(cases)))] == rows[::-1]


def loaded(project: Write, testcases: str, **files: str) -> list[Case]:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": testcases,
            **{f"testcases/{name.replace('_', '.')}": text for name, text in files.items()},
        }
    )
    suite, problems = load(root)
    assert [p.message for p in problems if p.severity == "error"] == []
    return list(suite.cases["p"])


def test_columns_become_what_they_are_named_for(project: Write) -> None:
    (case,) = loaded(
        project,
        "prompt: p\ndefaults: {tags: [all], group: none, vars: {tone: dry}}\ndata:\n"
        "  - {file: r.csv, id: key, vars: {text: body}, expect: label, tags: t, group: g,\n"
        "     score: {label: {ignore_case: false}}}\n",
        r_csv='key,body,label,t,g\nk1,"hi, there",pos," x, y;all ",doc-1\n',
    )
    assert (case.id, case.vars, case.expect) == ("k1", {"tone": "dry", "text": "hi, there"}, "pos")
    assert (case.tags, case.group) == (("all", "x", "y"), "doc-1")
    assert (case.score.name, case.score.options) == ("label", {"ignore_case": False})
    assert str(case.place) == "testcases/r.csv:2:1"


def test_without_a_mapping_other_columns_are_variables(project: Write) -> None:
    cases = loaded(
        project,
        "prompt: p\ndata:\n  - {file: r.csv, expect: label, group: g}\n",
        r_csv="text,label,g,note\nhi,pos,,n\n",
    )
    assert [(c.id, c.vars, c.group) for c in cases] == [
        ("r.csv:1", {"text": "hi", "note": "n"}, None)
    ]


def test_json_values_keep_their_types_but_expectations_follow_the_scorer(project: Write) -> None:
    row = '{"text": {"a": [1, null]}, "label": 5, "tags": ["x"], "id": 7}\n'
    data = "data:\n  - {file: r.jsonl, id: id, vars: {text: text}, expect: label, tags: tags}\n"
    (as_label,) = loaded(project, f"prompt: p\nscore: label\n{data}", r_jsonl=row)
    (as_number,) = loaded(project, f"prompt: p\nscore: numeric\n{data}", r_jsonl=row)
    assert (as_label.id, as_label.vars, as_label.expect) == ("7", {"text": {"a": [1, None]}}, "5")
    assert as_label.tags == ("x",)
    assert as_number.expect == 5


def test_tabs_separate_the_values_of_tsv(project: Write) -> None:
    (case,) = loaded(
        project,
        "prompt: p\ndata:\n  - {file: r.tsv, expect: label}\n",
        r_tsv="text\tlabel\na,b\tx\n",
    )
    assert (case.vars, case.expect) == ({"text": "a,b"}, "x")


def test_cases_of_several_files_are_one_sequence(project: Write) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/a.yaml": "prompt: p\ncases: [{vars: {text: a}, expect: x}]\n"
            "data: [{file: r.csv, expect: label}]\n",
            "testcases/b.yaml": "prompt: p\ncases: [{vars: {text: b}, expect: y}]\n"
            "data: [{file: r.jsonl, expect: label}]\n",
            "testcases/r.csv": "text,label\nc,z\nd,x\n",
            "testcases/r.jsonl": '{"text": "e", "label": "w"}\n',
        }
    )
    suite = load(root).suite
    cases = suite.cases["p"]
    ids = ["case-1", "case-2", "r.csv:1", "r.csv:2", "r.jsonl:1"]
    assert [(c.id, c.index) for c in cases] == list(zip(ids, range(5), strict=True))
    assert (cases[-1].id, cases[2:4][1].id, len(cases)) == ("r.jsonl:1", "r.csv:2", 5)
    assert suite.labels["p"] == ("x", "y", "z", "w")
    with pytest.raises(IndexError):
        cases[5]
    with pytest.raises(IndexError):
        cases[-6]


def test_labels_are_few_and_distinct(project: Write) -> None:
    rows = "".join(f"t,label {i % 1500}\n" for i in range(3000))
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
            "testcases/r.csv": f"text,label\n{rows}",
        }
    )
    labels = load(root).suite.labels["p"]
    assert len(labels) == len(set(labels)) == 1000


def test_very_long_values_are_read(project: Write) -> None:
    body = "word " * 200_000
    (case,) = loaded(
        project,
        "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
        r_csv=f'text,label\n"{body}",x\n',
    )
    assert case.vars == {"text": body}


def test_rows_too_long_for_rows_are_refused(project: Write) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.jsonl, expect: label}]\n",
            "testcases/r.jsonl": b'{"text": "' + b"x" * (17 * 1024**2) + b'"}\n',
        }
    )
    (problem,) = load(root).problems
    assert (problem.where, problem.message) == (
        "testcases/r.jsonl:1:1",
        "a line is longer than 16 MB",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text,label\n\xffhi,x\n", "2:1: byte 0xff is not UTF-8 text"),
        (b"\xff\xfet\x00", "1:1: the file is UTF-16 text; llmopt reads UTF-8"),
        (b"text,label\rhi,x\r", "1:1: lines end with CR alone"),
    ],
)
def test_files_that_are_no_text_are_told(project: Write, content: bytes, message: str) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
            "testcases/r.csv": content,
        }
    )
    (problem,) = load(root).problems
    assert f"{problem.where}: {problem.message}" == f"testcases/r.csv:{message}"


@pytest.mark.parametrize(
    "row", ["[" * 100_000, '{"text": ' * 100_000, "9" * 10_000, '{"text": ' + "9" * 10_000 + "}"]
)
def test_hostile_json_rows_are_only_wrong_rows(project: Write, row: str) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.jsonl, expect: label}]\n",
            "testcases/r.jsonl": f'{row}\n{{"text": "a", "label": "x"}}\n',
        }
    )
    suite, (problem,) = load(root)
    assert problem.where.startswith("testcases/r.jsonl:1:")
    assert problem.message.startswith("the row ")
    assert len(suite.cases["p"]) == 1


def test_a_link_that_leads_out_of_the_project_is_refused(project: Write, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("text,label\nhi,x\n")
    project(
        {
            "project/prompts/p.yaml": PROMPT,
            "project/testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
        }
    )
    (tmp_path / "project/testcases/r.csv").symlink_to(outside)
    (problem, *_) = load(tmp_path / "project").problems
    assert problem.message == "'r.csv' lies outside the project"


def test_a_project_reached_through_a_link_is_inside_itself(project: Write, tmp_path: Path) -> None:
    project(
        {
            "project/prompts/p.yaml": PROMPT,
            "project/testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
            "project/testcases/r.csv": "text,label\nhi,x\n",
        }
    )
    (tmp_path / "link").symlink_to(tmp_path / "project")
    suite, problems = load(tmp_path / "link")
    assert problems == ()
    assert str(suite.cases["p"][0].place) == "testcases/r.csv:2:1"


def test_a_file_that_changes_after_the_check_is_not_misread(project: Write) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
            "testcases/r.csv": "text,label\nhi,x\n",
        }
    )
    cases = load(root).suite.cases["p"]
    path = root / "testcases/r.csv"
    path.write_text("text,label\nquite another row,x\n")
    with pytest.raises(InputError) as caught:
        cases[0]
    (problem,) = caught.value.problems
    assert problem.message == "the file was changed after it was checked"
    path.unlink()
    with pytest.raises(InputError) as caught:
        cases[0]
    assert caught.value.problems[0].message == "the file cannot be read any more"


def test_a_file_that_is_being_read_stays_readable(project: Write) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, expect: label}]\n",
            "testcases/r.csv": "text,label\nhi,x\nho,y\n",
        }
    )
    cases = load(root).suite.cases["p"]
    assert cases[0].expect == "x"
    other = root / "other.csv"
    other.write_text("text,label\n")
    os.replace(other, root / "testcases/r.csv")  # noqa: PTH105 - as editors save
    assert cases[1].expect == "y"


def test_many_rows_take_little_memory(project: Write) -> None:
    rows = "".join(f"id-{i},some text that is long enough to matter {i},x\n" for i in range(20_000))
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\n"
            "data: [{file: r.csv, id: key, vars: {text: body}, expect: label}]\n",
            "testcases/r.csv": f"key,body,label\n{rows}",
        }
    )
    cases = load(root).suite.cases["p"]
    assert isinstance(cases, PromptCases)
    (table,) = cases._parts
    assert isinstance(table, Table)
    held = sum(a.itemsize * len(a) for a in (table._offsets, table._ends, table._lines, table.ids))
    assert held == 32 * len(cases)
    assert cases[19_999].id == "id-19999"


def test_repeated_ids_are_told_a_few_times_and_counted(project: Write) -> None:
    root = project(
        {
            "prompts/p.yaml": PROMPT,
            "testcases/p.yaml": "prompt: p\ndata: [{file: r.csv, id: key, expect: label}]\n",
            "testcases/r.csv": "key,text,label\n" + "same,hi,x\n" * 31,
        }
    )
    *told, rest = load(root).problems
    assert len(told) == 20
    assert {p.hint for p in told} == {"the first one is at testcases/r.csv:2:1"}
    assert (rest.where, rest.message) == ("testcases/r.csv", "and 10 more repeated ids")

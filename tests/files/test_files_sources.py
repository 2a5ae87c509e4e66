"""What a project was read from, and how a change of it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmopt.files.loading import load_noting
from llmopt.files.sources import Sources

PROMPT = "prompt: {name}\nbaseline: a\nvariants: {{a: {{user: '{{{{ text }}}}'}}}}\n"
CASES = """\
prompt: mood
score: label
data: [{file: ../data/mood.csv, vars: {text: text}, expect: label}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("prompts", "testcases", "data"):
        (tmp_path / folder).mkdir()
    for name in ("mood", "topic"):
        (tmp_path / f"prompts/{name}.yaml").write_text(PROMPT.format(name=name))
    (tmp_path / "testcases/mood.yaml").write_text(CASES)
    (tmp_path / "data/mood.csv").write_text("text,label\nfine,good\n")
    return tmp_path


def sources_of(root: Path) -> Sources:
    return load_noting(root)[1]


def names(root: Path, paths: object) -> list[str]:
    assert isinstance(paths, set | dict)
    return sorted(os.path.relpath(path, root) for path in paths)


def test_a_project_left_alone_has_no_changes(root: Path) -> None:
    assert sources_of(root).changes() == {}


@pytest.mark.parametrize(
    "name", ["llmopt.yaml", "prompts/mood.yaml", "testcases/mood.yaml", "data/mood.csv"]
)
def test_a_file_that_was_written_is_a_change(root: Path, name: str) -> None:
    (root / "llmopt.yaml").write_text("models: [embedded/rules]\n")
    sources = sources_of(root)
    (root / name).write_text("something else")
    assert names(root, sources.changes()) == [name]


def test_a_file_put_in_anothers_place_is_a_change_even_of_the_same_size_and_time(
    root: Path,
) -> None:
    sources = sources_of(root)
    old = root / "prompts/mood.yaml"
    new = root / "new"
    new.write_text(old.read_text())
    os.utime(new, ns=(old.stat().st_atime_ns, old.stat().st_mtime_ns))
    new.replace(old)
    assert names(root, sources.changes()) == ["prompts/mood.yaml"]


def test_files_that_come_and_go_are_changes(root: Path) -> None:
    sources = sources_of(root)
    (root / "prompts/deeper").mkdir()
    (root / "prompts/deeper/new.yml").write_text("")
    (root / "prompts/topic.yaml").unlink()
    assert names(root, sources.changes()) == ["prompts/deeper/new.yml", "prompts/topic.yaml"]
    assert root / "prompts/deeper" in sources.folders()


def test_what_no_command_reads_is_none(root: Path) -> None:
    sources = sources_of(root)
    (root / "prompts/notes.txt").write_text("")
    (root / "prompts/.hidden.yaml").write_text("")
    (root / ".llmopt").mkdir()
    (root / "report.yaml").write_text("")
    assert sources.changes() == {}


def test_files_that_were_missed_are_awaited(root: Path) -> None:
    (root / "data/mood.csv").unlink()
    (root / "prompts/mood.yaml").rename(root / "kept")
    sources = sources_of(root)
    (root / "data/mood.csv").write_text("text,label\nfine,good\n")
    (root / "kept").rename(root / "prompts/mood.yaml")
    (root / "llmopt.yaml").write_text("")
    assert names(root, sources.changes()) == ["data/mood.csv", "llmopt.yaml", "prompts/mood.yaml"]


def test_a_prompt_comes_from_its_file_its_cases_and_their_data(root: Path) -> None:
    sources = sources_of(root)
    assert names(root, sources.of_prompt["mood"]) == [
        "data/mood.csv",
        "prompts/mood.yaml",
        "testcases/mood.yaml",
    ]
    assert names(root, sources.of_prompt["topic"]) == ["prompts/topic.yaml"]


def test_the_folders_are_those_in_which_something_can_change(root: Path) -> None:
    assert names(root, sources_of(root).folders()) == [".", "data", "prompts", "testcases"]


def test_a_folder_that_appears_is_told_by_the_files_in_it(tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    (tmp_path / "prompts").mkdir()
    assert sources.changes() == {}
    (tmp_path / "prompts/mood.yaml").write_text(PROMPT.format(name="mood"))
    assert names(tmp_path, sources.changes()) == ["prompts/mood.yaml"]

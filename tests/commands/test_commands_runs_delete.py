import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import Project

from llmopt.store.running import under_way


class Keyboard(io.StringIO):
    """A person at the terminal, and what they type."""

    def isatty(self) -> bool:
        return True


def store(project: Project) -> Path:
    return project.root / ".llmopt" / "runs.db"


def evaluated(project: Project, *arguments: str) -> str:
    said = project.llmopt("eval", "--quiet", "--format", "json", *arguments)
    run_id: str = json.loads(said.out)["run"]["id"]
    return run_id


def ids(project: Project) -> list[str]:
    listed = json.loads(project.llmopt("runs", "list", "--format", "json").out)
    return [run["id"] for run in listed["runs"]]


def began(project: Project, run_id: str, moment: str) -> None:
    with closing(sqlite3.connect(store(project))) as db, db:
        db.execute("UPDATE runs SET started_at = ? WHERE id = ?", (moment, run_id))


def rows(project: Project) -> list[int]:
    with closing(sqlite3.connect(store(project))) as db:
        tables = ("runs", "calls", "trials")
        return [db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]


def test_a_named_run_goes_with_all_that_is_its_own(project: Project) -> None:
    first, second = evaluated(project), evaluated(project)
    said = project.llmopt("runs", "delete", first, "--yes")
    assert said.code == 0
    assert said.out.startswith("deleted 1 run, 8 trials")
    assert said.err.splitlines()[0].startswith("to delete: 1 run, 8 trials, about ")
    assert said.err.splitlines()[1] == f"  {first}  complete, 8 trials"
    assert "the response cache is left alone" in said.err
    assert ids(project) == [second]
    assert rows(project) == [1, 8, 8]


def test_room_is_given_back(project: Project) -> None:
    evaluated(project, "--repeat", "50")
    evaluated(project)
    before = store(project).stat().st_size
    said = project.llmopt("runs", "delete", "--keep", "1", "--yes", "--format", "json")
    found = json.loads(said.out)
    assert found["deleted"]["trials"] == 400
    assert before - store(project).stat().st_size == found["deleted"]["bytes"] > 40_000


def test_what_is_said_to_go_is_about_what_goes(project: Project) -> None:
    run_id = evaluated(project, "--repeat", "50")
    said = project.llmopt("runs", "delete", run_id, "--yes", "--format", "json")
    freed = json.loads(said.out)["deleted"]["bytes"] / 1000
    about = float(said.err.splitlines()[0].rpartition("about ")[2].split()[0])
    assert 0.7 < about / freed < 1.4


def test_age_and_number_together_delete_what_both_leave(project: Project) -> None:
    old, older, new = (evaluated(project) for _ in range(3))
    for run_id in (old, older):
        began(project, run_id, "2026-01-01T00:00:00+00:00")
    assert project.llmopt("runs", "delete", "--older-than", "1d", "--keep", "2", "--yes").code == 0
    assert ids(project) == [new, older]
    assert project.llmopt("runs", "delete", "--older-than", "1d", "--yes").code == 0
    assert ids(project) == [new]
    said = project.llmopt("runs", "delete", "--older-than", "1d")
    assert (said.code, said.out) == (0, "deleted 0 runs, 0 trials\n")
    assert said.err == "there is nothing to delete\n"


def test_without_a_terminal_nothing_goes_unless_told(project: Project) -> None:
    run_id = evaluated(project)
    said = project.llmopt("runs", "delete", run_id)
    assert (said.code, said.out) == (2, "")
    assert "to delete: 1 run" in said.err
    assert "--yes does it without asking" in said.err
    assert ids(project) == [run_id]


@pytest.mark.parametrize(
    ("typed", "left"), [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)]
)
def test_only_yes_is_yes(
    project: Project, monkeypatch: pytest.MonkeyPatch, typed: str, left: int
) -> None:
    run_id = evaluated(project)
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))
    said = project.llmopt("runs", "delete", run_id)
    assert said.code == 0
    assert "delete them? [y/N] " in said.err
    assert len(ids(project)) == left


def test_a_run_under_way_is_never_deleted(project: Project) -> None:
    first, second = evaluated(project), evaluated(project)
    with under_way(store(project), first):
        said = project.llmopt("runs", "delete", first, second, "--yes", "--format", "json")
        assert said.code == 2
        assert "under way in another process, so nothing was deleted" in said.err
        assert json.loads(said.out)["error"]["kind"] == "UnderWayError"
        assert ids(project) == [second, first]
        said = project.llmopt("runs", "delete", "--keep", "0", "--yes", "--format", "json")
        assert said.code == 0
        assert json.loads(said.out) == {
            "schema_version": 1,
            "deleted": {"runs": [second], "trials": 8, "bytes": None},
            "under_way": [first],
        }
        assert f"under way in another process, so it stays: {first}" in said.err
        assert "the file keeps its size" in said.err
    assert ids(project) == [first]


def test_room_that_a_run_under_way_held_back_comes_with_the_next_deletion(
    project: Project,
) -> None:
    first, held = evaluated(project, "--repeat", "50"), evaluated(project)
    with under_way(store(project), held):
        project.llmopt("runs", "delete", first, "--yes")
    before = store(project).stat().st_size
    said = project.llmopt("runs", "delete", "--keep", "1", "--format", "json")
    assert json.loads(said.out)["deleted"]["bytes"] > 40_000
    assert store(project).stat().st_size < before - 40_000


def test_a_run_under_way_is_not_gone_on_with(project: Project) -> None:
    run_id = evaluated(project)
    with under_way(store(project), run_id):
        said = project.llmopt("eval", "--resume", run_id)
    assert said.code == 2
    assert f"run {run_id} is under way in another process" in said.err


def test_a_run_whose_process_was_killed_can_be_deleted(project: Project) -> None:
    run_id = evaluated(project)
    with closing(sqlite3.connect(store(project))) as db, db:
        db.execute("UPDATE runs SET status = 'running'")
    assert project.llmopt("runs", "delete", run_id, "--yes").code == 0
    assert ids(project) == []


def test_a_run_that_the_baseline_was_taken_from_is_named(project: Project) -> None:
    run_id = evaluated(project)
    project.llmopt("baseline", "update", "--from", run_id)
    said = project.llmopt("runs", "delete", run_id)
    assert f"the baseline file was taken from {run_id}" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name runs, or say which"),
        (("latest", "--keep", "1"), "name runs, or say which"),
        (("nothing",), "no run 'nothing'"),
        (("20",), "'20' fits several runs"),
        (("--older-than", "soon"), "--older-than takes no 'soon'"),
        (("--keep", "-1"), "--keep"),
    ],
)
def test_what_cannot_be_followed_ends_with_2_and_one_document(
    project: Project, arguments: tuple[str, ...], message: str
) -> None:
    kept = {evaluated(project), evaluated(project)}
    said = project.llmopt("runs", "delete", *arguments, "--yes", "--format", "json")
    assert said.code == 2
    assert message in json.loads(said.out)["error"]["message"]
    assert set(ids(project)) == kept


def test_without_a_store_there_is_nothing_to_delete(empty_project: Project) -> None:
    said = empty_project.llmopt("runs", "delete", "--keep", "0", "--yes")
    assert said.code == 2
    assert "no runs are kept here" in said.err
    assert not (empty_project.root / ".llmopt").exists()

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Project

from llmopt.commands import amounts
from llmopt.domain import Completion, Usage
from llmopt.errors import UsageError
from llmopt.store.cache import ResponseCache

NOTHING = {"schema_version": 1, "removed": {"entries": 0, "bytes": 0}}


@pytest.fixture
def kept(empty_project: Project) -> Project:
    with ResponseCache(cache_path(empty_project)) as cache:
        for number in range(3):
            reply = Completion("x" * 20_000, Usage(10, 2), cost=0.5)
            cache.put(number.to_bytes(32), reply, model="openai/small")
        cache.get((0).to_bytes(32))
    return empty_project


def cache_path(project: Project) -> Path:
    return project.root / ".llmopt" / "cache.db"


def age(project: Project, *, stored_at: str) -> None:
    with closing(sqlite3.connect(cache_path(project))) as db, db:
        db.execute("UPDATE entries SET stored_at = ? WHERE number = 1", (stored_at,))


def document(project: Project, *arguments: str) -> dict[str, object]:
    said = project.llmopt("cache", *arguments, "--format", "json")
    assert (said.code, said.err) == (0, "")
    found: dict[str, object] = json.loads(said.out)
    return found


def test_stats_show_what_is_kept_and_saved(kept: Project) -> None:
    age(kept, stored_at="2026-01-31T12:00:00+00:00")
    said = kept.llmopt("cache", "stats")
    assert (said.code, said.err) == (0, "")
    assert f"{cache_path(kept)}: 3 entries" in said.out
    assert "stored from 2026-01-31 12:00 to 20" in said.out
    assert "1 hit, $0.500 saved" in said.out
    assert said.out.splitlines()[-1].split() == ["openai/small", "3", "60.4", "kB", "1", "$0.500"]


def test_stats_are_one_json_document(kept: Project) -> None:
    found = document(kept, "stats")
    assert found["schema_version"] == 1
    assert (found["entries"], found["hits"], found["dollars_saved"]) == (3, 1, 0.5)
    assert found["path"] == str(cache_path(kept))


@pytest.mark.parametrize("command", [("stats",), ("prune", "--older-than", "1d"), ("clear",)])
def test_without_a_cache_there_is_nothing_to_do_and_nothing_is_made(
    empty_project: Project, command: tuple[str, ...]
) -> None:
    said = empty_project.llmopt("cache", *command)
    assert (said.code, said.err) == (0, "")
    assert "0 entries" in said.out
    assert not cache_path(empty_project).parent.exists()


def test_pruning_by_age_removes_the_old_and_says_how_many(kept: Project) -> None:
    age(kept, stored_at="2020-01-31T12:00:00+00:00")
    said = kept.llmopt("cache", "prune", "--older-than", "8w")
    assert said.out.startswith("removed 1 entry, ")
    assert document(kept, "stats")["entries"] == 2


def test_pruning_by_size_leaves_a_file_no_larger(kept: Project) -> None:
    found = document(kept, "prune", "--max-size", "50kB")
    assert found["removed"] != NOTHING["removed"]
    assert cache_path(kept).stat().st_size <= 50_000
    assert document(kept, "prune", "--max-size", "50 kB") == NOTHING


def test_clearing_removes_everything(kept: Project) -> None:
    assert kept.llmopt("cache", "clear").out.startswith("removed 3 entries, ")
    assert document(kept, "stats")["entries"] == 0


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("prune",), "nothing says what to remove", "give --older-than, --max-size, or both"),
        (("prune", "--older-than", "30"), "--older-than takes no '30'", "such as 12h or 30d"),
        (("prune", "--max-size", "lots"), "--max-size takes no 'lots'", "such as 100MB"),
        (("stats", "--format", "csv"), "--format", "see `llmopt cache stats --help`"),
    ],
)
def test_what_cannot_be_followed_ends_with_2_and_says_why(
    kept: Project, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    said = kept.llmopt("cache", *arguments)
    assert said.code == 2
    assert message in said.err
    assert hint in said.err
    assert said.out == ""


def test_a_damaged_cache_is_set_aside_with_a_warning(kept: Project) -> None:
    cache_path(kept).write_bytes(b"this is not a database, it only says so" * 100)
    said = kept.llmopt("cache", "stats")
    assert said.code == 0
    assert said.err.startswith("warning: the response cache was damaged and is set aside as ")
    assert "0 entries" in said.out


@pytest.mark.parametrize("command", ["stats", "prune", "clear"])
def test_help_opens_with_two_examples(
    empty_project: Project, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    empty_project.llmopt("cache", command, "--help")
    head, _, options = capsys.readouterr().out.partition("Options:")
    assert options
    assert head.count(f"  llmopt cache {command}") == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [("12h", timedelta(hours=12)), ("1.5d", timedelta(hours=36)), (" 8 W ", timedelta(weeks=8))],
)
def test_spans_of_time(text: str, value: timedelta) -> None:
    assert amounts.span(text, flag="--older-than") == value


@pytest.mark.parametrize(
    ("text", "value"), [("100MB", 10**8), ("1.5 kb", 1500), ("2GiB", 2**31), ("7B", 7)]
)
def test_amounts_of_bytes(text: str, value: int) -> None:
    assert amounts.size(text, flag="--max-size") == value


@pytest.mark.parametrize("text", ["", "d", "-1d", "1y", "1e3d", "1d2h", "9" * 40 + "w"])
def test_no_spans_of_time(text: str) -> None:
    with pytest.raises(UsageError, match="--older-than"):
        amounts.span(text, flag="--older-than")

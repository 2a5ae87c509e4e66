import subprocess
import sys
from pathlib import Path

import pytest

from llmopt.errors import StoreError, UnderWayError
from llmopt.store.running import any_under_way, is_under_way, under_way

HOLD = """
import sys
from pathlib import Path
from llmopt.store.running import under_way
with under_way(Path(sys.argv[1]), "one"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / ".llmopt" / "runs.db"


def test_a_run_is_under_way_while_it_is_held_and_leaves_nothing(store: Path) -> None:
    assert not is_under_way(store, "one")
    with under_way(store, "one"):
        assert is_under_way(store, "one")
        assert any_under_way(store)
        assert not is_under_way(store, "two")
    assert not any_under_way(store)
    assert list(store.parent.iterdir()) == []


def test_two_cannot_hold_a_run(store: Path) -> None:
    with (
        under_way(store, "one"),
        pytest.raises(UnderWayError, match="run one is under way in another process"),
        under_way(store, "one"),
    ):
        pytest.fail("it was held twice")


def test_a_run_that_failed_is_let_go(store: Path) -> None:
    with pytest.raises(ZeroDivisionError), under_way(store, "one"):
        raise ZeroDivisionError
    assert not is_under_way(store, "one")


def test_a_process_that_was_killed_holds_nothing(store: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert is_under_way(store, "one")
        process.kill()
        process.wait()
    assert store.with_name("one.running").exists()
    assert not is_under_way(store, "one")
    with under_way(store, "one"):
        assert is_under_way(store, "one")


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StoreError, match="cannot use"),
        under_way(tmp_path / "file" / "x.db", "one"),
    ):
        pytest.fail("there is no such folder")

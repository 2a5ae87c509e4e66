"""What a command may import on its way: start-up time is a feature."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.wire.threaded import serving

HEAVY = ("pandas", "numpy", "openai", "anthropic", "jinja2", "tiktoken", "pydantic",
         "genai_prices", "rich.console", "yaml", "sqlite3", "asyncio")  # fmt: skip

PROBE = """
import json, sys
from llmopt.app import run
from llmopt.commands.terminal import Terminal
run({arguments!r}, Terminal.detect())
json.dump([name for name in {heavy!r} if name in sys.modules], sys.stderr)
"""


def heavy_after(*arguments: str) -> list[str]:
    code = PROBE.format(arguments=list(arguments), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    found: list[str] = json.loads(done.stderr)
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("eval", "--help"),
        ("runs", "--help"),
        ("runs", "show", "--help"),
        ("runs", "diff", "--help"),
        ("runs", "export", "--help"),
        ("runs", "delete", "--help"),
        ("tokens", "--help"),
    ],
    ids=" ".join,
)
def test_help_and_version_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert heavy_after(*arguments) == []


def test_importing_the_library_imports_nothing_heavy() -> None:
    code = (
        f"import llmopt, sys, json; print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == []


def test_counting_tokens_takes_no_sdk_and_no_data_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("Works perfectly.")
    found = heavy_after("tokens", "note.txt", "--model", "openai/gpt-4o")
    assert not {"pandas", "numpy", "openai", "anthropic", "jinja2"} & set(found)


@pytest.mark.parametrize(
    ("limits", "loaded"), [("{}", False), ("{tokens_per_minute: 100000}", True)], ids=str
)
def test_the_tokens_of_calls_are_counted_only_where_something_depends_on_it(
    limits: str, *, loaded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/mood.yaml").write_text("prompt: mood\nvariants: {a: {user: '{{ text }}'}}")
    (tmp_path / "testcases").mkdir()
    (tmp_path / "testcases/mood.yaml").write_text(
        "prompt: mood\nscore: label\ncases: [{id: c, vars: {text: good}, expect: positive}]"
    )
    with serving() as server:  # it reports the tokens of every call
        (tmp_path / "llmopt.yaml").write_text(
            f"models: [{{id: openai/m, base_url: '{server.url}/v1', limits: {limits}}}]"
        )
        found = heavy_after("eval", "-q", "--format", "json")
    assert len(server.seen) == 1
    assert ("tiktoken" in found) is loaded

import re
from pathlib import Path

import pytest
from tools.make_readme import ROOT, evaluate, filled, tables

TIMES = re.compile(r" +\d+(\.\d+)?ms")


def test_the_readme_shows_what_make_eval_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMOPT_HOME", str(tmp_path))
    committed = (ROOT / "README.md").read_text(encoding="utf-8")
    made = filled(committed, tables(evaluate()))
    assert TIMES.sub("", made) == TIMES.sub("", committed), "run: python tools/make_readme.py"

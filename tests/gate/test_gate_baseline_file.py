from __future__ import annotations

import errno
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Candidate, Measure, Price
from llmopt.errors import InputError, MissingError, UsageError
from llmopt.gate.baseline import Baseline, CaseSet, Entry, Measured, PromptState, RunFigures
from llmopt.gate.baseline_file import MEASURES, as_text, read_baseline, write_baseline
from llmopt.stats.interval import Interval

CASES = CaseSet(2, "aa", "bb")
NAMES = st.text(alphabet='abz-_.:é "\\', min_size=1, max_size=6)
NUMBERS = st.floats(0, 1e6).map(lambda x: float(f"{x:.6g}"))
MEASUREDS = st.builds(
    lambda a, b, c, n: Measured(sorted((a, b, c))[1], Interval(min(a, b, c), max(a, b, c)), n),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.integers(1, 10**6),
)


@st.composite
def runs(draw: st.DrawFn) -> RunFigures:
    found = draw(st.dictionaries(st.sampled_from(MEASURES), MEASUREDS, min_size=1))
    price = draw(st.none() | st.just(Price(0.25, 2.0)))
    n = max(one.n for one in found.values())
    return RunFigures("r1", "2026-11-22", "2026-11-09", price, "t", CaseSet(n, "aa", "bb"), found)


@st.composite
def baselines(draw: st.DrawFn) -> Baseline:
    names = st.builds(Candidate, NAMES, NAMES, NAMES)
    candidates = draw(st.lists(names, unique=True, max_size=4))
    # A variant has one template, whatever the model.
    entries = {
        candidate: Entry(
            candidate,
            template=f"t-{candidate.variant}",
            message_tokens=tuple(draw(st.lists(st.integers(0, 99), max_size=3))),
            tokenizer=draw(st.sampled_from(["o200k_base", "~ o200k × 1.2"])),
            input_tokens=mean,
            max_input_tokens=math.ceil(mean) + draw(st.integers(0, 9999)),
            static_prefix_tokens=draw(st.integers(0, math.floor(mean))),
            run=draw(st.none() | runs()),
        )
        for candidate in candidates
        for mean in [draw(NUMBERS)]
    }
    return Baseline(
        prompts={c.prompt: PromptState(c.variant, CASES) for c in candidates},
        prices={c.model: draw(st.none() | st.just(Price(1.0, 2.0, 0.1))) for c in candidates},
        entries=entries,
        price_table=draw(st.none() | st.just("2026-11-09")),
    )


@given(baselines())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, one: Baseline
) -> None:
    folder = tmp_path_factory.mktemp("baseline")
    path = folder / "llmopt.baseline.json"
    write_baseline(path, one)
    again = read_baseline(path, folder)
    assert again == one
    assert as_text(again) == path.read_text(encoding="utf-8")
    assert [file.name for file in folder.iterdir()] == [path.name]


SOUND = as_text(
    Baseline(
        prompts={"mood": PromptState("long", CASES)},
        prices={"acme/one": Price(1.0, 2.0)},
        entries={
            Candidate("mood", variant, "acme/one"): Entry(
                Candidate("mood", variant, "acme/one"),
                template="t",
                message_tokens=(3,),
                tokenizer="o200k_base",
                input_tokens=31.5,
                max_input_tokens=44,
                static_prefix_tokens=12,
                run=RunFigures(
                    "r1",
                    "2026-11-22",
                    None,
                    None,
                    "t",
                    CASES,
                    {"accuracy": Measured(0.94, Interval(0.9, 0.97), 200)},
                ),
            )
            for variant in ("long", "short")
        },
    )
)


def test_every_figure_has_a_line_of_its_own() -> None:
    assert '\n              "input_tokens": 31.5,\n' in SOUND
    measured = '"accuracy": {"mean": 0.94, "low": 0.9, "high": 0.97, "n": 200}\n'
    assert SOUND.count(measured) == 2
    assert SOUND.index('"long": {') < SOUND.index('"short": {')


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", None, "the file ends too early"),
        (SOUND[: len(SOUND) // 2], None, "the file ends too early"),
        (SOUND.replace('"cases": 2,', '"cases": 2'), 16, "this is no JSON"),
        ("[]", None, "a mapping"),
        ("null", None, "empty"),
        ("{}", 1, "key 'schema_version' is missing"),
        (SOUND.replace('"schema_version": 1', '"schema_version": 2'), 2, "has version 2"),
        (SOUND.replace('"schema_version": 1', '"schema_version": "1"'), 2, "a whole number"),
        (SOUND.replace("31.5", '"many"'), None, "expected a number, found text 'many'"),
        (SOUND.replace("31.5", "-1"), None, "at least 0"),
        (SOUND.replace("31.5", "NaN"), 24, "NaN is no number"),
        (SOUND.replace("31.5", "-Infinity"), 24, "-Infinity is no number"),
        (SOUND.replace("44", "9" * 5000), 25, "is no number"),
        (SOUND.replace("44", "9" * 30), 25, "at most 1e+12"),
        (SOUND.replace("31.5", "99999"), None, "'input_tokens' is above 'max_input_tokens'"),
        (SOUND.replace(": 12,", ": 32,"), None, "'static_prefix_tokens' is above the mean"),
        (SOUND.replace("[3]", "[-3]"), None, "at least 0"),
        (SOUND.replace('"output": 2.0', '"output": -2.0'), None, "at least 0"),
        (SOUND.replace('"schema_version": 1', '"schema_version": 0'), 2, "at least 1"),
        (SOUND.replace('"mean": 0.94', '"mean": 0.5'), None, "between 'low' and 'high'"),
        (SOUND.replace("31.5", "1e999"), None, "finite"),
        (SOUND.replace('"n": 200', '"n": 0'), None, "at least 1"),
        (SOUND.replace('"n": 200', '"n": 200, "m": 1'), None, "unknown key 'm'"),
        (SOUND.replace('"low": 0.9', '"low": 0.98'), None, "low"),
        (SOUND.replace('"short": {', '"long": {'), None, "twice"),
        (
            SOUND.replace(
                '  "models": {', '<<<<<<< ours\n  "models": {\n=======\n>>>>>>> theirs\n', 1
            ),
            4,
            "a merge conflict stands in this file",
        ),
    ],
)
def test_a_damaged_baseline_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    path = tmp_path / "llmopt.baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_baseline(path, tmp_path)
    first = refused.value.problems[0]
    assert said in first.message
    assert first.file == "llmopt.baseline.json"
    assert line is None or first.line == line


@pytest.mark.parametrize("size", range(0, len(SOUND) - 1, 20))
def test_a_baseline_cut_off_anywhere_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "llmopt.baseline.json"
    path.write_text(SOUND[:size], encoding="utf-8")
    with pytest.raises(InputError):
        read_baseline(path, tmp_path)


def test_a_name_that_reads_like_a_number_that_is_none_stays_a_name(tmp_path: Path) -> None:
    path = tmp_path / "llmopt.baseline.json"
    path.write_text(SOUND.replace('"long"', '"x \\" NaN, -Infinity"'), encoding="utf-8")
    names = {candidate.variant for candidate in read_baseline(path, tmp_path).entries}
    assert 'x " NaN, -Infinity' in names


def test_a_file_that_says_the_same_already_is_left_alone(tmp_path: Path) -> None:
    real, path = tmp_path / "real.json", tmp_path / "llmopt.baseline.json"
    real.write_text(SOUND, encoding="utf-8")
    path.symlink_to(real)
    write_baseline(path, read_baseline(path, tmp_path))
    assert path.is_symlink()


def test_nothing_is_written_through_a_link_nor_in_its_place(tmp_path: Path) -> None:
    real, path = tmp_path / "real.json", tmp_path / "llmopt.baseline.json"
    real.write_text("theirs", encoding="utf-8")
    path.symlink_to(real)
    with pytest.raises(UsageError, match="symbolic link"):
        write_baseline(path, Baseline())
    assert path.is_symlink()
    assert real.read_text(encoding="utf-8") == "theirs"


def test_a_folder_that_takes_no_files_is_said_to_take_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    for name in ("write_text", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(UsageError, match=r"cannot write '.*baseline.json': Read-only file system"):
        write_baseline(tmp_path / "llmopt.baseline.json", Baseline())


def test_a_file_that_is_write_protected_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "llmopt.baseline.json"
    path.write_text(SOUND, encoding="utf-8")
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write whatever its mode is
    with pytest.raises(UsageError, match="permission denied"):
        write_baseline(path, Baseline())
    assert path.read_text(encoding="utf-8") == SOUND


def test_a_missing_baseline_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as missing:
        read_baseline(tmp_path / "llmopt.baseline.json", tmp_path)
    assert "llmopt baseline update" in str(missing.value.hint)


def test_measures_of_the_file_are_those_of_the_house() -> None:
    from llmopt.files.schemas.baseline import RunEntry

    measures: set[Measure] = set(MEASURES)
    assert measures <= set(RunEntry.model_fields)

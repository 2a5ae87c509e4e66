"""Races through the whole program: who is run, who is adopted, and that a pause changes nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conftest import Project

import llmopt
from llmopt.api.evaluation import resume
from llmopt.api.manner import Manner
from llmopt.decide.judgement import Rule
from llmopt.domain import Trial
from llmopt.errors import InterruptedRun
from llmopt.evaluate.sequential import UntilDecided
from llmopt.evaluate.standing import START
from llmopt.report.records import document

CASES = 240
MODEL = "recorded/past.jsonl"


def write(
    project: Project,
    variants: dict[str, tuple[float, int, int]],
    *,
    ladder: tuple[str, ...] = (),
    models: tuple[str, ...] = ("acme/one",),
) -> None:
    """Record variants by the share of cases they lose, their input and their output tokens.

    The first is the baseline, which is always right.
    """
    texts = "\n".join(
        f'  {v}: {{user: "{"step " * row[1]}{{{{ text }}}}"}}' for v, row in variants.items()
    )
    steps = f"ladder: [{', '.join(ladder)}]\n" if ladder else ""
    project.write("prompts/p.yaml", f"prompt: p\n{steps}variants:\n{texts}\n")
    cases = [f"  - {{id: c{n}, vars: {{text: x}}, expect: x}}" for n in range(CASES)]
    project.write("testcases/p.yaml", "\n".join(["prompt: p\nscore: exact\ncases:", *cases]) + "\n")
    draw = random.Random(4)  # noqa: S311 - a simulation
    rows = []
    for model in models:
        for variant, (lost, given, made) in variants.items():
            for n in range(CASES):
                reply = max(1, round(made * draw.uniform(0.8, 1.2)))
                rows.append(
                    {"prompt": "p", "variant": variant, "model": model, "case": f"c{n}",
                     "score": int(draw.random() >= lost), "input_tokens": given,
                     "output_tokens": reply, "cost": given * 1e-6 + reply * 4e-6}
                )  # fmt: skip
    project.write("past.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")


def raced(project: Project, *flags: str, target: str = "suite") -> dict[str, Any]:
    """Race at a margin of 5 points; return the candidates by variant."""
    said = project.llmopt(
        "eval", "-m", MODEL, "--until-decided", "--margin", "5", "--target", target,
        "--concurrency", "1", "--format", "json", *flags,
    )  # fmt: skip
    assert said.code == 0, said.err
    return {row["variant"]: row for row in json.loads(said.out)["candidates"]}


def test_what_replies_briefly_goes_before_what_asks_briefly(empty_project: Project) -> None:
    write(
        empty_project,
        {"long": (0, 200, 40), "brief": (0, 150, 10), "chatty": (0, 60, 70), "same": (0, 199, 38)},
    )
    found = raced(empty_project)
    assert found["brief"]["verdict"]["decision"] == "adopt"
    assert found["chatty"]["trials"] == START
    assert found["chatty"]["verdict"]["reason"] == "not cheaper"
    assert found["same"]["trials"] == START
    assert found["same"]["verdict"]["reason"] == "not needed"


def test_a_bad_one_is_dropped_early_and_the_next_cheapest_adopted(empty_project: Project) -> None:
    write(empty_project, {"long": (0, 200, 5), "short": (0.01, 90, 5), "bare": (0.5, 20, 5)})
    found = raced(empty_project)
    assert found["bare"]["verdict"]["reason"] == "worse"
    assert found["bare"]["trials"] < 30
    assert found["short"]["verdict"]["decision"] == "adopt"


def test_an_accurate_one_that_is_no_cheaper_does_not_end_the_race(empty_project: Project) -> None:
    write(empty_project, {"long": (0, 200, 30), "chatty": (0, 20, 110), "short": (0, 120, 30)})
    found = raced(empty_project)
    assert found["short"]["verdict"]["decision"] == "adopt"
    assert found["chatty"]["verdict"]["reason"] == "not cheaper"


def test_what_the_cases_there_cannot_prove_is_given_up_halfway(empty_project: Project) -> None:
    write(empty_project, {"long": (0, 200, 5), "short": (0.05, 90, 5)})
    found = raced(empty_project, target="traffic")
    assert found["short"]["verdict"]["decision"] == "inconclusive"
    assert found["short"]["trials"] < CASES * 0.7
    assert found["short"]["verdict"]["cases_needed"] > CASES - found["short"]["trials"]
    patient = raced(empty_project, "--all", target="traffic")
    assert patient["short"]["trials"] == CASES


GRID = {
    "long": (0.0, 200, 40),
    "bare": (0.4, 20, 40),
    "worse": (0.12, 60, 30),
    "close": (0.01, 80, 41),
    "closer": (0.01, 82, 40),
    "more": (0.0, 260, 50),
}


@pytest.mark.parametrize("stop", [1, 7, 13, 40, 90, 200])
@pytest.mark.parametrize("width", [1, 5])
def test_a_race_that_was_interrupted_ends_as_if_it_had_not_been(
    empty_project: Project, stop: int, width: int
) -> None:
    write(empty_project, GRID)
    suite = llmopt.load(empty_project.root)

    def run(*observers: Any) -> Any:
        return llmopt.evaluate(
            suite,
            models=[MODEL],
            rule=Rule(margin=0.05, target="suite"),
            until_decided=UntilDecided(),
            manner=Manner(concurrency=width, observers=observers),
        )

    done: list[Trial] = []

    def interrupt(trial: Trial) -> None:
        done.append(trial)
        if len(done) == stop:
            raise KeyboardInterrupt

    whole = document(run().result)["candidates"]
    with pytest.raises(InterruptedRun):
        run(interrupt)
    again = document(resume(suite, manner=Manner(concurrency=width)).result)["candidates"]
    if width == 1:
        assert again == whole
    verdicts = [[row["verdict"]["decision"] for row in rows] for rows in (whole, again)]
    assert verdicts[0] == verdicts[1]
    assert "adopt" in verdicts[0]

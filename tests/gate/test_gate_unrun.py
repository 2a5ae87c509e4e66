from __future__ import annotations

from tests.conftest import Project

import llmopt
from llmopt.api.gate import gated_models
from llmopt.decide.judgement import Rule
from llmopt.domain import Outcomes
from llmopt.files.limits import parse_limit
from llmopt.gate.comparing import Comparison
from llmopt.gate.limits import Limits
from llmopt.gate.measuring import RunGate
from llmopt.gate.stock import take_stock


def test_a_candidate_without_a_trial_is_open_on_every_limit(project: Project) -> None:
    run = llmopt.evaluate(llmopt.load(project.root)).result.run
    suite = llmopt.load(project.root)
    models = gated_models(suite, ())
    stock = take_stock(suite, models).figures
    gate = RunGate(
        run=run,
        tables={candidate: Outcomes(candidate) for candidate in run.candidates},
        comparison=Comparison.of(suite, models, whole=stock, then=stock),
        earlier={},
        rule=Rule(),
        anytime=True,
    )
    names = ("max_output_tokens", "min_accuracy", "output_tokens", "accuracy", "latency_p95")
    texts = ("100", "90%", "+10%", "-2pt", "+20%")
    limits = {name: parse_limit(name, text) for name, text in zip(names, texts, strict=True)}
    rows = list(gate.rows(Limits(limits)))
    assert {row.name for row in rows} == set(names)
    assert {row.status for row in rows} == {"undecided"}
    assert all(row.reason.startswith("it was not run") for row in rows)

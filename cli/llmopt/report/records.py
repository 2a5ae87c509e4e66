"""A result as plain values: the shape of `--format json`, which csv and markdown draw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmopt.decide.details import Details, Difference
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict
from llmopt.report import robustness
from llmopt.report.evaluated import checked_evaluation
from llmopt.report.gate_records import finding_record, found_of, gate_record, gate_verdict

SCHEMA_VERSION = 1


def document(result: Result) -> dict[str, Any]:
    """Return a run as the JSON document that outside tools rely on."""
    run = result.run
    whole = checked_evaluation(result)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": {
            "id": run.id,
            "status": run.status,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "seed": run.seed,
            "price_table_date": run.snapshot.get("price_table_date"),
            "notes": run.snapshot.get("notes", []),
        },
        "candidates": [
            {
                **candidate(figures),
                "robustness": robustness.record(result.robustness.get(figures.candidate)),
                "verdict": verdict(
                    result.verdicts.get(figures.candidate), result.details.get(figures.candidate)
                ),
            }
            for figures in result.candidates
        ],
        "outcome": whole.outcome,
        "exit_code": whole.exit_code,
        "totals": totals(result),
        "gates": [gate_record(row) for row in result.gate.rows] if result.gate else [],
        "gate": gate_verdict(result.gate) if result.gate else None,
        "findings": [finding_record(finding) for finding in found_of(result)],
        "errors": [
            {
                "candidate": str(failure.candidate),
                "case": failure.case,
                "perturbation": failure.perturbation,
                "kind": failure.kind,
                "message": failure.message,
            }
            for failure in result.failures
        ],
    }


def candidate(figures: Figures) -> dict[str, Any]:
    """Return one candidate's figures under the contract's names."""
    return {
        "prompt": figures.candidate.prompt,
        "variant": figures.candidate.variant,
        "model": figures.candidate.model,
        "baseline": figures.is_baseline,
        "trials": figures.trials,
        "errors": figures.errors,
        "avg_input_tokens": figures.avg_input_tokens,
        "avg_output_tokens": figures.avg_output_tokens,
        "avg_total_tokens": figures.avg_total_tokens,
        "tokens_exact": figures.tokens_exact,
        "avg_accuracy": figures.avg_accuracy,
        "accuracy_ci": list(figures.accuracy_ci) if figures.accuracy_ci else None,
        "efficiency_score": figures.efficiency_score,
        "cost_per_1k_calls": figures.cost_per_1k_calls,
        "cost_per_correct": figures.cost_per_correct,
        "latency_p50_ms": figures.latency_p50_ms,
        "latency_p95_ms": figures.latency_p95_ms,
        "first_token_p50_ms": figures.first_token_p50_ms,
        "consistency": figures.consistency,
        "cut_by_length": figures.cut,
        "token_saving": figures.token_saving,
        "cost_saving": figures.cost_saving,
        "pareto": figures.pareto,
    }


def verdict(found: Verdict | None, details: Details | None = None) -> dict[str, Any] | None:
    """Return a verdict under the contract's names; None where there is no baseline."""
    if found is None:
        return None
    interval = found.accuracy_delta_ci
    return {
        "baseline": {"variant": found.baseline.variant, "model": found.baseline.model},
        "decision": found.decision,
        "reason": found.reason,
        "accuracy_delta": found.accuracy_delta,
        "accuracy_delta_ci": list(interval) if interval else None,
        "token_saving": found.token_saving,
        "cost_saving": found.cost_saving,
        "margin": found.rule.margin,
        "alpha": found.rule.alpha,
        "target": found.rule.target,
        "cases_used": found.cases_used,
        "cases_total": found.cases_total,
        "cases_needed": found.cases_needed,
        "unit": found.unit,
        "stopped_by": found.stopped_by and found.stopped_by.variant,
        "p_worse": found.p_worse,
        "p_different": found.p_different,
        "tied": found.tied,
        "gains": found.gains,
        "losses": found.losses,
        "details": details and {name: _difference(d) for name, d in _parts(details).items()},
    }


def _parts(details: Details) -> dict[str, Difference]:
    return {
        "tokens_per_trial": details.tokens,
        "cost_per_1k_calls": details.cost_per_1k,
        "latency_ms": details.latency_ms,
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "delta": found.mean,
        "delta_ci": list(found.interval) if found.interval else None,
    }


def totals(result: Result) -> Mapping[str, Any]:
    """Return what the whole run used and spent; a sum with an unknown part is null.

    Calls that the response cache answered count as calls and tokens, but cost nothing.
    """
    roles = result.totals
    return {
        "calls": sum(total.calls for total in roles.values()),
        "cached_calls": sum(total.cached for total in roles.values()),
        "skipped_calls": result.skipped,
        "input_tokens": _sum([total.input_tokens for total in roles.values()]),
        "output_tokens": _sum([total.output_tokens for total in roles.values()]),
        "cost": _sum([total.cost for total in roles.values()]),
        "position_bias": result.position_bias,
        "retries": sum(one["total"] for one in result.run.snapshot.get("retries", {}).values()),
        "cost_not_spent": result.cost_not_spent,
        "robustness": _perturbed(result),
        "budget": result.run.snapshot.get("budget"),
        "cost_by_role": {
            role: roles[role].cost if role in roles else 0.0
            for role in ("generation", "judge", "retries")
        },
    }


def _perturbed(result: Result) -> Mapping[str, Any] | None:
    """Return the part of the totals that perturbed trials made; None where there were none."""
    roles = result.perturbed_totals
    return (
        {
            "trials": sum(one.trials for one in result.robustness.values()),
            "calls": sum(total.calls for total in roles.values()),
            "input_tokens": _sum([total.input_tokens for total in roles.values()]),
            "output_tokens": _sum([total.output_tokens for total in roles.values()]),
            "cost": _sum([total.cost for total in roles.values()]),
        }
        if roles
        else None
    )


def _sum(parts: list[int | None] | list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None

"""What is known of a candidate before any call: its input tokens, and their price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from llmopt.domain import Candidate, Usage
from llmopt.errors import TemplateError
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.plan import Plan, PlannedCandidate

SAMPLED_CASES = 20


@dataclass(frozen=True, slots=True)
class OfflinePrice:
    """Average input of one trial over the first cases: tokens, and dollars where known."""

    input_tokens: float
    dollars: float | None


def offline_prices(
    plan: Plan, endpoints: Mapping[str, Endpoint]
) -> Mapping[Candidate, OfflinePrice]:
    """Price the input of every candidate without calling a model."""
    return {p.candidate: _price(plan, p, endpoints[p.model.name]) for p in plan.candidates}


def cheapest_first(
    planned: Sequence[PlannedCandidate], prices: Mapping[Candidate, OfflinePrice]
) -> list[PlannedCandidate]:
    """Order candidates by what their input costs: in dollars where all are known, else tokens."""
    dollars = [prices[p.candidate].dollars for p in planned]
    known = [price for price in dollars if price]
    if len(known) == len(planned):
        return sorted(planned, key=lambda p: prices[p.candidate].dollars or 0.0)
    return sorted(planned, key=lambda p: prices[p.candidate].input_tokens)


def _price(plan: Plan, planned: PlannedCandidate, endpoint: Endpoint) -> OfflinePrice:
    prompt = planned.candidate.prompt
    cases = plan.suite.cases[prompt]
    counts: list[int] = []
    for index in plan.order[prompt][:SAMPLED_CASES]:
        try:
            messages = planned.renderer.render(cases[index].vars)
        except TemplateError:
            continue  # its trial will fail and say so
        counts.append(endpoint.counter.messages(messages).tokens)
    tokens = fmean(counts) if counts else 0.0
    usage = Usage(input_tokens=round(tokens), output_tokens=0)
    return OfflinePrice(tokens, endpoint.pricer.cost(usage))

"""Today's figures against a baseline's, without a model: rows, and what else to know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from llmopt import numbers
from llmopt.decide.gates import GateRow
from llmopt.domain import Candidate, Limit, Model, Place, Suite, Usage
from llmopt.gate.baseline import Baseline, Entry
from llmopt.gate.limits import OFFLINE, SLACK, Limits, judged, written
from llmopt.gate.matching import Match, Matching, match
from llmopt.prices.table import Pricer

UNCHANGED = "the template is unchanged"


class Change(NamedTuple):
    """What differs between a candidate and its counterpart besides its tokens."""

    template: bool
    cases: bool
    tokenizer: bool

    @property
    def comparable(self) -> bool:
        """Whether tokens over the one's cases say anything of the other's."""
        return not (self.cases or self.tokenizer)

    @property
    def words(self) -> str:
        """What keeps the figures from being compared."""
        what = [
            word for word, there in (("cases", self.cases), ("tokenizer", self.tokenizer)) if there
        ]
        return f"the {' and the '.join(what)} changed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states of a project, laid side by side.

    `now` and `then` are counted over the cases that can be compared, `whole` over all
    of today's.
    """

    suite: Suite
    models: Mapping[str, Model]
    pricers: Mapping[str, Pricer]
    whole: Baseline
    now: Baseline
    then: Baseline
    matching: Matching

    @classmethod
    def of(
        cls,
        suite: Suite,
        models: Sequence[Model],
        *,
        whole: Baseline,
        then: Baseline,
        now: Baseline | None = None,
    ) -> Comparison:
        """Lay out a comparison; `now` is `whole` where all cases can be compared."""
        now = now or whole
        return cls(
            suite=suite,
            models={model.name: model for model in models},
            pricers={model.name: Pricer(model) for model in models},
            whole=whole,
            now=now,
            then=then,
            matching=match(now, then),
        )

    def rows(self, limits: Limits) -> Iterator[GateRow]:
        """Hold every candidate against the limits that need no model."""
        for candidate in self.whole.entries:
            for limit in limits.of_prompt(candidate.prompt).values():
                if limit.name in OFFLINE:
                    row = self._row(candidate, limit)
                    if row:
                        yield row

    def change(self, candidate: Candidate, found: Match) -> Change:
        """Tell what changed between a candidate and its counterpart."""
        now, then = self.now.entries[candidate], found.then
        before = self.then.prompts[then.candidate.prompt].cases
        return Change(
            template=now.template != then.template,
            cases=self.now.prompts[candidate.prompt].cases.inputs != before.inputs,
            tokenizer=now.tokenizer != then.tokenizer,
        )

    def _row(self, candidate: Candidate, limit: Limit) -> GateRow | None:
        if limit.absolute:
            return self._absolute(candidate, limit)
        found = self.matching.matches.get(candidate)
        return self._against(candidate, limit, found) if found else None

    def _absolute(self, candidate: Candidate, limit: Limit) -> GateRow:
        entry = self.whole.entries[candidate]
        actual = float(entry.max_input_tokens)
        status, text = judged(limit, actual, None)
        return GateRow(
            name=limit.name,
            candidate=candidate,
            limit=text,
            baseline=None,
            actual=actual,
            status=status,
            reason="the largest case",
            exact=entry.exact,
            place=self.place(candidate),
        )

    def _against(self, candidate: Candidate, limit: Limit, found: Match) -> GateRow:
        now, then = self.now.entries[candidate], found.then
        baseline, actual = (self._figure(one, limit, candidate.model) for one in (then, now))
        row = GateRow(
            name=limit.name,
            candidate=candidate,
            limit=written(limit),
            baseline=baseline,
            actual=actual,
            status="undecided",
            change=relative(actual, baseline),
            exact=now.exact,
            was=None if found.how == "same" else then.candidate,
            place=self.place(candidate, then),
        )
        return self._judged(row, limit, self.change(candidate, found), found)

    def _judged(self, row: GateRow, limit: Limit, change: Change, found: Match) -> GateRow:
        """Put the verdict on a row: by the figures where they can be compared, else by rule."""
        if not change.comparable:
            if change.template:
                return replace(row, change=None, reason=f"not comparable: {change.words}")
            return replace(row, status="pass", change=None, reason=f"{UNCHANGED}, {change.words}")
        if row.baseline is None or row.actual is None:
            return replace(row, reason=f"the price of {row.candidate.model} is not known")
        status, text = judged(limit, row.actual, row.baseline)
        reason = (
            f"it replaces {found.then.candidate.variant} as what the team runs"
            if found.how == "replaced"
            else ""
        )
        return replace(
            row,
            status=status,
            limit=text,
            reason=reason,
            monthly=self._monthly(row.candidate, found),
        )

    def _figure(self, entry: Entry, limit: Limit, model: str) -> float | None:
        if limit.measure == "cost":
            return input_dollars(self.pricers[model], entry.input_tokens)
        return entry.input_tokens

    def _monthly(self, candidate: Candidate, found: Match) -> float | None:
        """Return what the change costs a month, if this is what the team runs."""
        calls = self.suite.config.traffic.get(candidate.prompt)
        if calls is None or candidate != runs_today(self.suite, self.models, candidate.prompt):
            return None
        pricer = self.pricers[candidate.model]
        now = input_dollars(pricer, self.now.entries[candidate].input_tokens)
        then = input_dollars(pricer, found.then.input_tokens)
        return (
            None if now is None or then is None else (now - then) * calls * numbers.DAYS_PER_MONTH
        )

    def place(self, candidate: Candidate, then: Entry | None = None) -> Place:
        """Return the message that grew most; the variant where none did, or none can be told."""
        variant = self.suite.prompts[candidate.prompt].variants[candidate.variant]
        places = [message.place for message in variant.messages]
        places += [variant.example.place] if variant.example else []
        now = self.whole.entries[candidate].message_tokens
        if then is None or len(places) != len(now):
            return variant.place
        before = (*then.message_tokens, *[0] * len(now))
        grown = [tokens - was for tokens, was in zip(now, before, strict=False)]
        most = max(range(len(grown)), key=grown.__getitem__, default=None)
        return places[most] if most is not None and grown[most] > 0 else variant.place


def runs_today(suite: Suite, models: Mapping[str, Model], prompt: str) -> Candidate:
    """Return what the team runs of a prompt: its baseline variant on the baseline model."""
    wanted = suite.config.baseline_model
    model = wanted if wanted is not None and wanted in models else next(iter(models))
    return Candidate(prompt, suite.prompts[prompt].baseline, model)


def input_dollars(pricer: Pricer, tokens: float) -> float | None:
    """Price an average input at today's rates, in dollars a call; between whole tokens linearly."""
    low = math.floor(tokens)
    ends = [pricer.cost(Usage(input_tokens=n, output_tokens=0)) for n in (low, low + 1)]
    below, above = ends
    if below is None or above is None:
        return None
    return below + (above - below) * (tokens - low)


def relative(actual: float | None, baseline: float | None) -> float | None:
    """Return a change as a share of the baseline; None where there is none to speak of.

    What the baseline file's rounding explains is no change.
    """
    if actual is None or baseline is None:
        return None
    if math.isclose(actual, baseline, rel_tol=SLACK):
        return 0.0
    return actual / baseline - 1 if baseline else None

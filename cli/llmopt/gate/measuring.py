"""A run against the baseline: output tokens, cost, latency, accuracy, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from llmopt.decide.cases import paired
from llmopt.decide.gates import GateRow, Status
from llmopt.decide.judgement import Judgement, Rule, anytime_judgements, fixed_judgements
from llmopt.domain import Bound, Candidate, Limit, Measure, Outcomes, Run, Usage
from llmopt.gate.baseline import Entry, Measured, RunFigures
from llmopt.gate.comparing import Comparison, relative
from llmopt.gate.evidence import (
    Beyond,
    Excess,
    absolute_excess,
    on_common,
    paired_excess,
    ruled,
    summary_excess,
)
from llmopt.gate.limits import Limits, judged, written
from llmopt.gate.samples import ALPHA, LEVELS, accuracy, by_case, column, summary
from llmopt.gate.taking import request_of
from llmopt.prices.lookup import flat_cost
from llmopt.stats.interval import Interval

COUNTED = frozenset({"input_tokens", "max_input_tokens"})
"""Limits that are held offline in a run, too: they have no noise."""

Earlier = Mapping[str, Mapping[Candidate, Outcomes]]
"""Trials of the runs that the baseline was taken from, by run, at today's case indices."""

LACKING = "the baseline holds no"

_NO_CHANGE = Bound("", 0.0, relative=True)


class _Measurement(NamedTuple):
    """What a limit on a run came to, before it is known what it is worth."""

    status: Status
    limit: str
    baseline: float | None
    actual: float | None
    change: float | None = None
    interval: Interval | None = None
    cases_needed: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunGate:
    """A run held against a baseline; `anytime`: it may have ended anywhere."""

    run: Run
    tables: Mapping[Candidate, Outcomes]
    comparison: Comparison
    earlier: Earlier
    rule: Rule
    anytime: bool

    def rows(self, limits: Limits) -> Iterator[GateRow]:
        """Hold every candidate of the run against every limit of its prompt."""
        for row in self.comparison.rows(limits):
            if row.candidate in self.tables and row.name in COUNTED:
                yield row
        for candidate, table in self.tables.items():
            for limit in limits.of_prompt(candidate.prompt).values():
                if limit.name not in COUNTED:
                    found = self._measured(candidate, table, limit)
                    if found:
                        yield self._row(candidate, table, limit, found)

    def _row(
        self, candidate: Candidate, table: Outcomes, limit: Limit, found: _Measurement
    ) -> GateRow:
        failed = sum(map(math.isnan, table.score))
        status, reason = found.status, found.reason
        if failed and status in ("pass", "warn"):
            status, reason = "undecided", f"{failed:,} of {len(table):,} trials failed"
        match = self.comparison.matching.matches.get(candidate)
        was = match.then.candidate if match and match.how != "same" else None
        return GateRow(
            name=limit.name,
            candidate=candidate,
            limit=found.limit,
            baseline=found.baseline,
            actual=found.actual,
            status=status,
            reason=reason,
            change=found.change,
            interval=found.interval,
            cases_needed=found.cases_needed if status == "undecided" else None,
            exact=not any(table.estimated),
            was=was,
            place=self.comparison.place(candidate, match.then if match else None),
        )

    def _measured(self, candidate: Candidate, table: Outcomes, limit: Limit) -> _Measurement | None:
        if not len(table):
            return _unknown(limit, "it was not run: the evidence had decided, or the run ended")
        if limit.absolute:
            return self._absolute(table, limit)
        match = self.comparison.matching.matches.get(candidate)
        if match is None:
            return self._within(table, limit) if limit.measure == "accuracy" else None
        return self._against(candidate, table, limit, match.then)

    def _absolute(self, table: Outcomes, limit: Limit) -> _Measurement:
        """Hold every trial, or a summary of all, against a figure."""
        if limit.measure in LEVELS or limit.measure == "accuracy":
            own = self._summary(table, limit.measure)
            if own is None:
                return _unknown(limit, f"no trial tells its {limit.measure}")
            beyond = absolute_excess(own, alpha=self.rule.alpha, least=limit.measure == "accuracy")
            ruling = ruled(limit, beyond, alpha=self.rule.alpha)
            return _Measurement(
                ruling.status, ruling.limit, None, own.mean, cases_needed=ruling.cases_needed
            )
        values = column(table, limit.measure).tolist()
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return _unknown(limit, f"no trial tells its {limit.measure}")
        status, text = judged(limit, max(known), None)
        pairs = zip(values, table.score, strict=True)
        silent = sum(math.isnan(value) and not math.isnan(score) for value, score in pairs)
        if silent and status != "fail":
            reason = f"{limit.measure} of {silent:,} of {len(table):,} trials is not known"
            return _unknown(limit, reason)._replace(actual=max(known))
        return _Measurement(status, text, None, max(known), reason="the largest trial")

    def _against(
        self, candidate: Candidate, table: Outcomes, limit: Limit, entry: Entry
    ) -> _Measurement:
        run = entry.run
        then = run.measures.get(limit.measure) if run else None
        if run is None or then is None:
            within = self._within(table, limit) if limit.measure == "accuracy" else None
            return within or _unknown(limit, f"{LACKING} {limit.measure}")
        unchanged = run.request == request_of(self.run, candidate)
        if not self._same_cases(candidate, run, limit.measure):
            if unchanged:
                reason = "the prompt is unchanged, the cases changed"
                return _unknown(limit, reason)._replace(status="pass")
            return _unknown(limit, "not comparable: the cases changed")
        found = self._compared(table, limit, entry.candidate, run, then)
        if unchanged and found.status == "undecided":
            reason = "the prompt is unchanged, and nothing proves it past its limit"
            return found._replace(status="pass", reason=reason)
        return found

    def _same_cases(self, candidate: Candidate, run: RunFigures, measure: Measure) -> bool:
        cases = self.comparison.whole.prompts[candidate.prompt].cases
        if measure == "accuracy":
            return cases.same(run.cases)
        return cases.inputs == run.cases.inputs

    def _compared(
        self, table: Outcomes, limit: Limit, was: Candidate, run: RunFigures, then: Measured
    ) -> _Measurement:
        """Compare by case where the earlier trials are still there, else with their summary."""
        earlier = self.earlier.get(run.id, {}).get(was)
        if limit.measure == "accuracy":
            if earlier is not None:
                return self._judged(table, earlier, limit)
            return self._lost(table, limit, then)
        scale = self._repriced(table.candidate, run) if limit.measure == "cost" else 1.0
        own = self._summary(table, limit.measure)
        if own is None or scale is None:
            return _unknown(limit, f"{limit.measure} is not known")
        then = _scaled(then, scale)
        if earlier is not None and limit.measure not in LEVELS:
            ours, before = on_common(by_case(table, limit.measure), by_case(earlier, limit.measure))
            before = before._replace(mean=before.mean * scale)
            beyond = paired_excess(ours, before, alpha=self.rule.alpha, seed=self.run.seed)
            if ours.mean.size:  # what is shown is what is compared
                own = own._replace(mean=float(ours.mean.mean()))
                then = then._replace(mean=float(before.mean.mean()))
        else:
            beyond = summary_excess(own, then, alpha=self.rule.alpha)
        return self._grown(limit, own, then, beyond)

    def _grown(self, limit: Limit, own: Measured, then: Measured, beyond: Beyond) -> _Measurement:
        ruling = ruled(limit, beyond, alpha=self.rule.alpha)
        moved = beyond(_NO_CHANGE).interval
        interval = (
            Interval(moved.low / then.mean, moved.high / then.mean)
            if moved and then.mean > 0
            else None
        )
        return _Measurement(
            status=ruling.status,
            limit=ruling.limit,
            baseline=then.mean,
            actual=own.mean,
            change=relative(own.mean, then.mean),
            interval=interval,
            cases_needed=ruling.cases_needed,
        )

    def _lost(self, table: Outcomes, limit: Limit, then: Measured) -> _Measurement:
        """Compare accuracy with a summary: what counts is what was lost."""
        own = accuracy(by_case(table, "accuracy"), alpha=ALPHA)
        if own is None:
            return _unknown(limit, "no trial was scored")
        lost = summary_excess(then, own, alpha=self.rule.alpha)

        def beyond(bound: Bound) -> Excess:
            return lost(bound._replace(amount=-bound.amount))

        ruling = ruled(limit, beyond, alpha=self.rule.alpha)
        moved = lost(Bound("", 0.0)).interval
        return _Measurement(
            status=ruling.status,
            limit=ruling.limit,
            baseline=then.mean,
            actual=own.mean,
            change=own.mean - then.mean,
            interval=Interval(-moved.high, -moved.low) if moved else None,
            cases_needed=ruling.cases_needed,
        )

    def _within(self, table: Outcomes, limit: Limit) -> _Measurement | None:
        """Compare with what the run's prompt is measured against; None for that itself."""
        baseline = self.run.baselines.get(table.candidate.prompt)
        if baseline is None or baseline == table.candidate or baseline not in self.tables:
            return None
        found = self._judged(table, self.tables[baseline], limit)
        reason = f"against {baseline.variant} on {baseline.model} in the same run"
        return found._replace(reason=reason)

    def _judged(self, table: Outcomes, other: Outcomes, limit: Limit) -> _Measurement:
        """Compare accuracy by case, with the tests of the verdicts."""
        own, then = (accuracy(by_case(one, "accuracy"), alpha=ALPHA) for one in (table, other))
        if own is None or then is None:
            return _unknown(limit, "no case scored for both")
        deciding = limit.fail or limit.warn
        if deciding is None:
            return _unknown(limit, "the limit is empty")
        first = self._judgement(table, other, deciding)
        statuses: dict[str, Status] = {"adopt": "pass", "reject": "fail"}
        status = statuses.get(first.decision, "undecided") if limit.fail else "pass"
        text = deciding.text
        if status == "pass" and limit.warn:
            early = first if limit.fail is None else self._judgement(table, other, limit.warn)
            if early.decision == "reject":
                status, text = "warn", limit.warn.text
        return _Measurement(
            status=status,
            limit=text,
            baseline=then.mean,
            actual=own.mean,
            change=first.accuracy_delta,
            interval=first.accuracy_delta_ci,
            cases_needed=first.cases_needed,
        )

    def _judgement(self, table: Outcomes, other: Outcomes, bound: Bound) -> Judgement:
        rule = replace(self.rule, margin=-bound.amount)
        judge = anytime_judgements if self.anytime else fixed_judgements
        total = self.run.snapshot["cases_total"][table.candidate.prompt]
        return judge([paired(table, other)], rule, total)[0]

    def _summary(self, table: Outcomes, measure: Measure) -> Measured | None:
        return summary(table, measure, seed=self.run.seed)

    def _repriced(self, candidate: Candidate, run: RunFigures) -> float | None:
        """Return by how much today's prices raise what the baseline's calls cost."""
        sent, written_ = run.measures.get("input_tokens"), run.measures.get("output_tokens")
        today = self.comparison.now.prices.get(candidate.model)
        if run.price is None or today is None or run.price == today or not sent or not written_:
            return 1.0
        usage = Usage(
            input_tokens=round(1000 * sent.mean), output_tokens=round(1000 * written_.mean)
        )
        costs = [
            flat_cost(replace(price, cached_input=None, cache_write=None), usage)
            for price in (run.price, today)
        ]
        before, after = costs
        return after / before if before and after is not None else 1.0


def _unknown(limit: Limit, reason: str) -> _Measurement:
    return _Measurement("undecided", written(limit), None, None, reason=reason)


def _scaled(one: Measured, scale: float) -> Measured:
    low, high = one.interval
    return Measured(one.mean * scale, Interval(low * scale, high * scale), one.n)

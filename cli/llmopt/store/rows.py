"""How calls and trials become rows, and rows become columns again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from llmopt.domain import (
    PERTURBATIONS,
    Call,
    Candidate,
    Completion,
    Failure,
    Outcomes,
    PerturbedOutcomes,
    Score,
    TokenCount,
    ToolCall,
    Trial,
    TrialKey,
    Usage,
)

Row = tuple[Any, ...]

# A reply that is there from an earlier attempt is stored anew as it is.
INSERT_CALL = f"INSERT OR REPLACE INTO calls VALUES ({', '.join('?' * 23)})"
INSERT_TRIAL = f"INSERT INTO trials VALUES ({', '.join('?' * 22)})"

OUTCOME_COLUMNS = (
    "candidate, case_index, case_group, repeat, score, input_tokens, output_tokens, "
    "cost, latency_ms, first_token_ms, estimated, cut"
)


def call_row(run: int, trial: int, seq: int, call: Call, fingerprint: int) -> Row:
    """Return the row of one call: `seq` counts the trial's calls from 0."""
    completion, usage = call.completion, call.completion.usage
    return _writable(
        run,
        trial,
        seq,
        call.role,
        call.model,
        completion.text,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_input_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
        call.counted_input.tokens if call.counted_input else None,
        call.counted_output.tokens if call.counted_output else None,
        call.cost,
        completion.latency_ms,
        completion.first_token_ms,
        completion.finish_reason,
        json.dumps(completion.tool_calls) if completion.tool_calls else None,
        completion.service_tier,
        completion.provider_id,
        completion.score,
        completion.cached,
        fingerprint,
    )


CALL_COLUMNS = (
    "role, model, text, input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, "
    "reasoning_tokens, counted_input, counted_output, cost, latency_ms, first_token_ms, "
    "finish_reason, tool_calls, service_tier, provider_id, score, cached"
)


def to_call(estimated: int, *row: Any) -> Call:  # noqa: ANN401 - what a row holds
    """Return the call of a row of `CALL_COLUMNS`; `estimated` as its trial says."""
    role, model, text, *usage = row[:8]
    counted, (cost, latency, first, finish, tools, tier, provider_id, score, cached) = (
        row[8:10],
        row[10:],
    )
    counted_input, counted_output = (
        None if tokens is None else TokenCount(tokens, exact=not estimated) for tokens in counted
    )
    completion = Completion(
        text=text,
        usage=Usage(*usage),
        latency_ms=latency,
        finish_reason=finish,
        provider_id=provider_id,
        score=score,
        cached=bool(cached),
        tool_calls=tuple(ToolCall(*one) for one in json.loads(tools)) if tools else (),
        first_token_ms=first,
        service_tier=tier,
    )
    return Call(role, model, completion, cost, counted_input, counted_output)


def trial_row(run: int, trial: Trial) -> Row:
    """Return the row of one finished trial."""
    final = trial.final
    tokens_in, tokens_out = trial.input_tokens, trial.output_tokens
    return _writable(
        run,
        trial.number,
        trial.candidate_index,
        trial.case_index,
        trial.key.case,
        trial.group,
        trial.key.repeat,
        trial.key.perturbation,
        json.dumps(trial.perturbed, ensure_ascii=False, default=str) if trial.perturbed else None,
        trial.fingerprint,
        trial.score.value if trial.score else None,
        trial.score.reason if trial.score else None,
        trial.failure.kind if trial.failure else None,
        trial.failure.message if trial.failure else None,
        tokens_in.tokens if tokens_in else None,
        tokens_out.tokens if tokens_out else None,
        any(count is not None and not count.exact for count in (tokens_in, tokens_out)),
        trial.cost,
        trial.latency_ms,
        trial.first_token_ms,
        final is not None and final.completion.finish_reason == "length",
        trial.score.disagreed if trial.score else None,
    )


TRIAL_COLUMNS = (
    "t.trial, t.candidate, t.case_index, t.case_id, t.case_group, t.repeat, t.perturbation, "
    "t.fingerprint, t.score, t.reason, t.failure_kind, t.failure_message, t.estimated"
)


def to_trial(candidates: Sequence[Candidate], found: Sequence[Row]) -> Trial:
    """Return the trial of rows of `TRIAL_COLUMNS`, each with one call's columns (or NULLs) after.

    What was perturbed in it is not read.
    """
    number, index, case_index, case, group, repeat, perturbation, fingerprint = found[0][:8]
    score, reason, kind, message, estimated = found[0][8:13]
    return Trial(
        number=number,
        key=TrialKey(*candidates[index], case, repeat, perturbation),
        candidate_index=index,
        case_index=case_index,
        group=group,
        fingerprint=fingerprint,
        calls=tuple(to_call(estimated, *row[13:]) for row in found if row[13] is not None),
        score=None if score is None else Score(score, reason),
        failure=None if kind is None else Failure(kind, message),
    )


def _writable(*values: Any) -> Row:  # noqa: ANN401 - what a row holds
    """Return a row that SQLite takes: half an emoji, cut off in a reply, becomes U+FFFD."""
    try:
        for value in values:
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError:
        return tuple(_whole(value) if isinstance(value, str) else value for value in values)
    return values


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def outcomes(candidates: tuple[Candidate, ...], rows: Iterable[Row]) -> tuple[Outcomes, ...]:
    """Collect rows of `OUTCOME_COLUMNS` into one set of columns per candidate."""
    tables = tuple(Outcomes(candidate) for candidate in candidates)
    groups: dict[str, int] = {}
    nan = math.nan
    for index, case, group, repeat, score, t_in, t_out, cost, *times, guess, cut in rows:
        table = tables[index]
        table.case.append(case)
        table.group.append(case if group is None else groups.setdefault(group, -1 - len(groups)))
        table.repeat.append(repeat)
        table.score.append(nan if score is None else score)
        table.input_tokens.append(nan if t_in is None else t_in)
        table.output_tokens.append(nan if t_out is None else t_out)
        table.cost.append(nan if cost is None else cost)
        latency, first = times
        table.latency_ms.append(nan if latency is None else latency)
        table.first_token_ms.append(nan if first is None else first)
        table.estimated.append(guess)
        table.cut.append(cut)
    return tables


def perturbed(
    candidates: tuple[Candidate, ...], rows: Iterable[Row]
) -> tuple[PerturbedOutcomes, ...]:
    """Collect the rows of perturbed trials, one table per candidate."""
    tables = tuple(PerturbedOutcomes(candidate) for candidate in candidates)
    for index, case, perturbation, score in rows:
        table = tables[index]
        table.case.append(case)
        table.perturbation.append(PERTURBATIONS.index(perturbation))
        table.score.append(math.nan if score is None else score)
    return tables

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence

from llmopt.domain import Call, Completion, Failure, Request, Score, Trial
from llmopt.errors import JudgeError, ProviderError, ScorerError, StoreError, TemplateError
from llmopt.evaluate.comparing import Against
from llmopt.evaluate.endpoint import Endpoint, completed, priced
from llmopt.evaluate.judging import Judging, Keep
from llmopt.evaluate.plan import Task
from llmopt.scorers.base import Scorer
from llmopt.store.writer import RunWriter
from llmopt.strategies.base import Strategy


class TrialRunner:
    """Runs one trial from template to score, storing what it pays for as it goes.

    `judging` serves scorers that ask models; None where no scorer of the run does.
    `replies` are calls of earlier attempts, by trial: what is there is not asked again.
    """

    def __init__(
        self,
        *,
        endpoints: Mapping[str, Endpoint],
        strategy: Strategy,
        scorer_of: Callable[[Task], Scorer],
        writer: RunWriter,
        judging: Judging | None = None,
        replies: Mapping[int, Sequence[Call]] | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._strategy = strategy
        self._scorer_of = scorer_of
        self._writer = writer
        self._judging = judging
        self._replies = replies or {}

    async def run(self, task: Task, against: Against | None = None) -> Trial:
        """Return the finished trial, stored; whatever fails becomes its failure.

        `against` is what its reply is compared with, where its scorer does that. Where
        that is missing the trial fails before anything is paid for.

        Raises:
            StoreError: the store cannot be written.
        """
        calls: list[Call] = []
        fingerprint = task.fingerprint
        score: Score | None = None
        failure: Failure | None = None

        async def keep(call: Call) -> None:
            await self._writer.call(task.number, len(calls), call, fingerprint)
            calls.append(call)

        try:
            _check(against)
            completion = await self._answer(task, keep)
            score = await self._judge(task, completion, keep, against)
            for call in score.calls:
                await keep(call)
        except ProviderError as error:
            failure = Failure(error.kind, _advised(error))
        except TemplateError as error:
            failure = Failure("template", error.message)
        except JudgeError as error:
            failure = Failure("judge", _advised(error) + _cut(calls))
        except ScorerError as error:
            failure = Failure("scorer", error.message)
        trial = Trial(
            number=task.number,
            key=task.key,
            candidate_index=task.planned.index,
            case_index=task.case.index,
            group=task.case.group,
            fingerprint=fingerprint,
            calls=tuple(calls),
            score=score,
            failure=failure,
            perturbed=task.twin.changed if task.twin else None,
        )
        await self._writer.trial(trial)
        return trial

    async def _answer(self, task: Task, keep: Keep) -> Completion:
        endpoint = self._endpoints[task.planned.model.name]
        earlier = iter(self._replies.get(task.number, ()))

        async def ask(request: Request) -> Call:
            call = next(earlier, None)
            if call is None:
                completion = await completed(endpoint.provider, request)
                call = priced(endpoint, "generation", task.planned.model.name, request, completion)
            await keep(call)
            return call

        messages = task.planned.renderer.render(task.case.vars)
        return await self._strategy.answer(Request(messages, task.planned.params, task.key), ask)

    async def _judge(
        self, task: Task, completion: Completion, keep: Keep, against: Against | None
    ) -> Score:
        if completion.score is not None:
            return Score(completion.score, "as recorded")
        answer = completion.answer
        if answer is None:
            raise ProviderError("invalid_response", "the model returned no text")
        scorer = self._scorer_of(task)
        if self._judging:
            scorer = self._judging.at(scorer, task, keep, against.reply if against else None)
        try:
            found = scorer.score(answer, task.case)
            score = await found if inspect.isawaitable(found) else found
        except (ScorerError, StoreError):
            raise
        except Exception as error:
            raise ScorerError(f"{type(error).__name__}: {error}") from error
        if not 0 <= score.value <= 1:
            raise ScorerError(f"the scorer returned {score.value}, outside 0..1")
        return score


def _advised(error: ProviderError | JudgeError) -> str:
    """Keep what helps with the message: reports are read long after the call."""
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _check(against: Against | None) -> None:
    if against and against.reply is None:
        raise JudgeError(f"no reply of the baseline to compare with: {against.missing}")


def _cut(calls: Sequence[Call]) -> str:
    """Say so where the judge's reply was cut off, which explains what is wrong with it."""
    last = calls[-1] if calls else None
    if last is None or last.role != "judge" or last.completion.finish_reason != "length":
        return ""
    return "; its reply was cut off by its limit: raise max_tokens in the judge's params"

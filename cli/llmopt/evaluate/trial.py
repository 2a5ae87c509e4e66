from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from llmopt.domain import Call, Completion, Failure, Request, Score, Trial
from llmopt.errors import ProviderError, ScorerError, TemplateError
from llmopt.evaluate.plan import Task
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.scorers.base import Scorer
from llmopt.store.writer import RunWriter
from llmopt.strategies.base import Strategy
from llmopt.tokens.counting import Counter


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model ready to be asked: its provider, its tokenizer, its prices."""

    provider: Provider
    counter: Counter
    pricer: Pricer


class TrialRunner:
    """Runs one trial from template to score, storing what it pays for as it goes."""

    def __init__(
        self,
        *,
        endpoints: Mapping[str, Endpoint],
        strategy: Strategy,
        scorer_of: Callable[[Task], Scorer],
        writer: RunWriter,
    ) -> None:
        self._endpoints = endpoints
        self._strategy = strategy
        self._scorer_of = scorer_of
        self._writer = writer

    async def run(self, task: Task) -> Trial:
        """Return the finished trial, stored; whatever fails becomes its failure.

        Raises:
            StoreError: the store cannot be written.
        """
        calls: list[Call] = []
        score: Score | None = None
        failure: Failure | None = None
        try:
            completion = await self._answer(task, calls)
            score = await self._judge(task, completion)
            calls.extend(score.calls)
        except ProviderError as error:
            failure = Failure(error.kind, error.message)
        except TemplateError as error:
            failure = Failure("template", error.message)
        except ScorerError as error:
            failure = Failure("scorer", error.message)
        trial = Trial(
            number=task.number,
            key=task.key,
            candidate_index=task.planned.index,
            case_index=task.case.index,
            group=task.case.group,
            fingerprint=task.fingerprint,
            calls=tuple(calls),
            score=score,
            failure=failure,
            perturbed=task.twin.changed if task.twin else None,
        )
        await self._writer.trial(trial)
        return trial

    async def _answer(self, task: Task, calls: list[Call]) -> Completion:
        endpoint = self._endpoints[task.planned.model.name]

        async def ask(request: Request) -> Call:
            completion = await _complete(endpoint.provider, request)
            call = _priced(endpoint, task.planned.model.name, request, completion)
            await self._writer.call(task.number, len(calls), call)
            calls.append(call)
            return call

        messages = task.planned.renderer.render(task.case.vars)
        return await self._strategy.answer(Request(messages, task.planned.params, task.key), ask)

    async def _judge(self, task: Task, completion: Completion) -> Score:
        if completion.score is not None:
            return Score(completion.score, "as recorded")
        answer = completion.answer
        if answer is None:
            raise ProviderError("invalid_response", "the model returned no text")
        try:
            found = self._scorer_of(task).score(answer, task.case)
            score = await found if inspect.isawaitable(found) else found
        except ScorerError:
            raise
        except Exception as error:
            raise ScorerError(f"{type(error).__name__}: {error}") from error
        if not 0 <= score.value <= 1:
            raise ScorerError(f"the scorer returned {score.value}, outside 0..1")
        return score


async def _complete(provider: Provider, request: Request) -> Completion:
    try:
        return _written(await provider.complete(request))
    except ProviderError:
        raise
    except Exception as error:
        # A provider may be anybody's code: what it raises is this trial's failure, no more.
        raise ProviderError("invalid_response", f"{type(error).__name__}: {error}") from error


def _written(completion: Completion) -> Completion:
    """Replace what no file can hold: a reply cut in the middle of an emoji leaves half of it."""
    text = completion.text
    if text is None or text.isascii():
        return completion
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return completion if clean == text else replace(completion, text=clean)


def _priced(endpoint: Endpoint, model: str, request: Request, completion: Completion) -> Call:
    cost = completion.cost
    if cost is None:
        cost = endpoint.pricer.cost(completion.usage)
    counter = endpoint.counter
    return Call(
        role="generation",
        model=model,
        completion=completion,
        cost=cost,
        counted_input=counter.messages(request.messages),
        # Nobody publishes how tool calls are put into tokens.
        counted_output=None
        if completion.text is None or completion.tool_calls
        else counter.reply(completion.text),
    )

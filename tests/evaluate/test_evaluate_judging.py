"""What scorers ask of models, trial by trial."""

import asyncio

import pytest
from tests.evaluate.simulated import request

from llmopt.domain import Call, Completion, Model, Price, Request, Usage
from llmopt.errors import JudgeError, ProviderError
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.judging import Helper, _Bench
from llmopt.prices.table import Pricer
from llmopt.providers.embeddings import packed
from llmopt.scorers.base import Need
from llmopt.tokens.counting import counter_for

NEED = Need("embedding", None)
MODEL = Model("openai/vectors", "vectors", price=Price(100, 0))


class Slow:
    """Refuses the text `bad` at once, and takes its time over others."""

    async def complete(self, request: Request) -> Completion:
        if request.messages[0].content == "bad":
            raise ProviderError("bad_request", "no")
        for _ in range(9):
            await asyncio.sleep(0)
        return Completion(packed([[1.0]]), Usage(10, 0))


async def test_a_vector_that_is_paid_for_is_kept_where_another_is_refused() -> None:
    kept: list[Call] = []

    async def keep(call: Call) -> None:
        kept.append(call)

    endpoint = Endpoint(Slow(), counter_for(MODEL.id), Pricer(MODEL))
    task = type("Task", (), {"key": request("").trial})()
    bench = _Bench({NEED: Helper(MODEL, endpoint)}, task, keep, None)
    with pytest.raises(JudgeError, match="bad_request: no"):
        await bench.embed(NEED, ["bad", "good"])
    assert [call.cost for call in kept] == [pytest.approx(0.001)]

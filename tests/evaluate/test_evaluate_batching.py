import asyncio

import pytest
from tests.evaluate.simulated import request

from llmopt.domain import Completion, Request, Usage
from llmopt.errors import ProviderError
from llmopt.evaluate.batching import MOST, Batched


class Lengths:
    """Answers each text with its length; it keeps how many came at a time."""

    def __init__(self, tokens: int | None = None, error: ProviderError | None = None) -> None:
        self.tokens = tokens
        self.error = error
        self.batches: list[int] = []

    async def complete(self, request: Request) -> Completion:
        self.batches.append(len(request.messages))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        text = "\n".join(str(len(message.content)) for message in request.messages)
        return Completion(text, Usage(self.tokens, 0))


async def test_what_is_asked_at_once_goes_out_together_and_shares_the_tokens() -> None:
    model = Lengths(tokens=11)
    batched = Batched(model)
    texts = ["a", "bbb", "cccccc", "d"]
    found = await asyncio.gather(*(batched.complete(request(text)) for text in texts))
    assert [one.text for one in found] == ["1", "3", "6", "1"]
    assert sum(one.usage.input_tokens or 0 for one in found) == 11
    assert model.batches == [4]
    assert (await batched.complete(request("later"))).text == "5"
    assert model.batches == [4, 1]


async def test_no_batch_is_larger_than_servers_take() -> None:
    model = Lengths()
    batched = Batched(model)
    found = await asyncio.gather(*(batched.complete(request("x" * n)) for n in range(MOST + 5)))
    assert model.batches == [MOST, 5]
    assert [one.text for one in found] == [str(n) for n in range(MOST + 5)]
    assert {one.usage.input_tokens for one in found} == {None}


async def test_a_batch_that_fails_fails_everybody_in_it() -> None:
    batched = Batched(Lengths(error=ProviderError("server", "no")))
    found = await asyncio.gather(
        *(batched.complete(request(text)) for text in "ab"), return_exceptions=True
    )
    assert [str(one) for one in found] == ["no", "no"]


async def test_who_is_cancelled_does_not_hold_up_the_others() -> None:
    batched = Batched(Lengths())
    gone = asyncio.create_task(batched.complete(request("gone")))
    stays = asyncio.create_task(batched.complete(request("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).text == "5"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_text_that_the_model_refuses_fails_alone() -> None:
    class Picky(Lengths):
        async def complete(self, request: Request) -> Completion:
            found = await super().complete(request)
            if any(len(message.content) > 5 for message in request.messages):
                raise ProviderError("bad_request", "too long")
            return found

    model = Picky()
    batched = Batched(model)
    texts = ["a", "bb", "far too long", "dddd", "eeeee"]
    found = await asyncio.gather(
        *(batched.complete(request(text)) for text in texts), return_exceptions=True
    )
    said = [one.text if isinstance(one, Completion) else str(one) for one in found]
    assert said == ["1", "2", "too long", "4", "5"]
    assert len(model.batches) < 2 * len(texts)

"""Asks the two servers of the cluster: first the guard, then the one that answers."""

import os
from collections import deque

from openai import AsyncOpenAI
from prometheus_client import Histogram

llama = AsyncOpenAI(base_url=os.environ["LLAMA_URL"], api_key="none")
guard = AsyncOpenAI(base_url=os.environ["GUARD_URL"], api_key="none")

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
GUARD = "Qwen/Qwen2.5-1.5B-Instruct-AWQ"
SECONDS = Histogram("reply_seconds", "Until a reply is complete", ["model"])

SYSTEM = "You help the staff of a harbour with berths, cranes and tides. Use the harbour's names."
GUARD_PROMPT = "Is the message about work in a harbour? Answer yes or no."

verdict_cache: dict[str, bool] = {}


class Conversation:
    """The last twelve messages between one member of the staff and the assistant."""

    def __init__(self) -> None:
        self.messages: deque[dict[str, str]] = deque(maxlen=12)

    async def reply(self, text: str) -> str:
        if not await allowed(text):
            return "I can only help with work in the harbour."
        self.messages.append({"role": "user", "content": text})
        with SECONDS.labels(model=LLAMA).time():
            response = await llama.chat.completions.create(
                model=LLAMA,
                messages=[{"role": "system", "content": SYSTEM}, *self.messages],
                max_tokens=700,
            )
        said = response.choices[0].message.content or ""
        self.messages.append({"role": "assistant", "content": said})
        return said


async def allowed(text: str) -> bool:
    """Ask the guard, once for the same message."""
    known = verdict_cache.get(text)
    if known is not None:
        return known
    with SECONDS.labels(model=GUARD).time():
        response = await guard.chat.completions.create(
            model=GUARD,
            messages=[
                {"role": "system", "content": GUARD_PROMPT},
                {"role": "user", "content": text},
            ],
            max_tokens=1,
            temperature=0,
        )
    verdict_cache[text] = (response.choices[0].message.content or "").lower().startswith("y")
    return verdict_cache[text]

"""The assistant of the technical desk. It remembers the last eight turns."""

from collections import defaultdict, deque

from pydantic import BaseModel, Field

from support.metrics import SECONDS, record
from support.settings import MODEL, client

INSTRUCTIONS = """\
You help customers of a shop with its app.

Rules:
- Ask for the version of the app first.
- At most three steps in one reply, 80 words.
- Hand over to a colleague when a step did not help twice.
"""
threads: dict[str, deque] = defaultdict(lambda: deque(maxlen=8))


class Turn(BaseModel):
    text: str = Field(description="what the customer reads")
    hand_over: bool


async def turn(tenant_id: str, thread: str, text: str) -> Turn:
    messages = threads[thread]
    messages.append({"role": "user", "content": text})
    with SECONDS.labels("chat").time():
        response = await client.responses.parse(
            model=MODEL,
            instructions=INSTRUCTIONS,
            input=list(messages),
            text_format=Turn,
            max_output_tokens=300,
            prompt_cache_key="chat",
            metadata={"feature": "chat", "tenant": tenant_id},
        )
    record("chat", tenant_id, response.usage)
    reply = response.output_parsed
    messages.append({"role": "assistant", "content": reply.text})
    return reply

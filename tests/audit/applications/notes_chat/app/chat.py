"""The chat beside the notes. Every thread is kept, and goes on where it ended."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from anthropic import AsyncAnthropic

from app import store

MODEL = "claude-sonnet-4-0"
SYSTEM = """\
You are the assistant of a person who writes many notes ✨ Feel free to ask when a note is not
clear. Keep in mind that notes are private.
"""

log = logging.getLogger(__name__)
client = AsyncAnthropic()


async def answer(thread: str, text: str) -> AsyncIterator[str]:
    """The reply, piece by piece; max_tokens=256 was too short for lists."""
    messages = store.thread(thread)
    messages.append({"role": "user", "content": text})
    async with client.messages.stream(
        model=MODEL, max_tokens=2000, system=SYSTEM, messages=messages
    ) as stream:
        async for piece in stream.text_stream:
            yield piece
        final = await stream.get_final_message()
    messages.append({"role": "assistant", "content": final.content[0].text})
    store.keep_thread(thread, messages)
    log.info("%s %s tokens=%s", datetime.now(UTC), thread, final.usage.output_tokens)

"""Everything that talks to Claude: the conversation and the glossary."""

import logging
import os
import time
from collections.abc import AsyncIterator

from anthropic import AsyncAnthropic
from anthropic.types import MessageParam

from .sessions import Sessions

log = logging.getLogger("chat")
client = AsyncAnthropic()
MODEL = os.environ.get("CHAT_MODEL", "claude-haiku-4-5")

SYSTEM = """\
You answer the members of a community library.

Rules:
- Speak about loans, rooms, courses and fees of the library, nothing else.
- Name the page of the house rules that you rely on.
- Where the house rules say nothing, say so and give the number of the desk.
- Never promise a renewal; only the desk renews.

Tone: friendly, short, no jargon.
"""

GLOSSARY = "You explain terms of library science to visitors in two sentences, without jargon."


async def talk(sessions: Sessions, session: str, text: str) -> AsyncIterator[str]:
    """Stream the reply to a member, and keep both sides of the conversation."""
    history: list[MessageParam] = await sessions.load(session)
    history.append({"role": "user", "content": text})
    started = time.perf_counter()
    async with client.messages.stream(
        model=MODEL,
        max_tokens=1024,
        system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        messages=history,
    ) as stream:
        async for piece in stream.text_stream:
            yield piece
        final = await stream.get_final_message()
    reply = "".join(block.text for block in final.content if block.type == "text")
    history.append({"role": "assistant", "content": reply})
    await sessions.save(session, history)
    log.info(
        "reply in %.2f s, %d in, %d out",
        time.perf_counter() - started,
        final.usage.input_tokens,
        final.usage.output_tokens,
    )


async def explain(term: str) -> str:
    """Explain one word of the glossary; the page calls it for each word that is hovered over."""
    message = await client.messages.create(
        model=MODEL,
        max_tokens=160,
        temperature=0,
        system=GLOSSARY,
        messages=[{"role": "user", "content": term}],
    )
    log.info("glossary: %d out", message.usage.output_tokens)
    return "".join(block.text for block in message.content if block.type == "text")

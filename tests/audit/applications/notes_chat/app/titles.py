"""Titles for notes that have none."""

from anthropic import AsyncAnthropic

TITLE_PROMPT = """\
Give the note a title.

Example 1
Note: eggs, flour, two lemons, butter (unsalted)
Title: Shopping for lemon cake

Example 2
Note: ask Kim whether the projector is free on Friday, else the small one
Title: Projector on Friday

Note: {note}
Title:"""

client = AsyncAnthropic()


async def title(note: str) -> str:
    reply = await client.messages.create(
        model="claude-3-5-haiku-20241022",
        max_tokens=150,
        messages=[{"role": "user", "content": TITLE_PROMPT.format(note=note)}],
    )
    return reply.content[0].text.split("\n")[0]

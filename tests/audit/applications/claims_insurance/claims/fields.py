"""Reads the fields of claims that came by mail, forty to a request."""

import asyncio
from itertools import batched

import instructor
from openai import AsyncOpenAI
from pydantic import BaseModel

client = instructor.from_openai(AsyncOpenAI())


class Claim(BaseModel):
    number: int
    policy: str | None
    day: str | None
    damage: str


async def fields(mails: list[str]) -> list[Claim]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_some(some)) for some in batched(mails, 40)]
    return [claim for task in tasks for claim in task.result()]


async def _some(mails: tuple[str, ...]) -> list[Claim]:
    numbered = "\n\n".join(f"<mail n={n}>\n{mail}\n</mail>" for n, mail in enumerate(mails))
    return await client.chat.completions.create(
        model="gpt-4.1-nano",
        response_model=list[Claim],
        max_tokens=6000,
        messages=[
            {"role": "system", "content": "Extract the fields of every mail. Leave unknown ones out."},
            {"role": "user", "content": numbered},
        ],
    )

"""Clauses for leases: a draft, then a second look at it."""

import os

from openai import AsyncOpenAI

MODEL = "gpt-4.1"
DRAFT = "Write the clause of a lease that the manager asks for, in at most 200 words."
REVIEW = "Improve the clause: shorter sentences, no doubtful terms. Reply with the clause only."
client = AsyncOpenAI(base_url=os.environ.get("OPENAI_BASE_URL"))


async def clause(tenant_id: str, wish: str, lease: str) -> str:
    draft = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": DRAFT},
            {"role": "user", "content": f"Lease so far:\n{lease}\n\nWish: {wish}"},
        ],
        max_tokens=500,
        user=tenant_id,
    )
    final = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": REVIEW},
            {"role": "user", "content": draft.choices[0].message.content},
        ],
        max_tokens=500,
        user=tenant_id,
    )
    return final.choices[0].message.content or ""

"""Short questions of tenants' staff."""

import os

from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ.get("OPENAI_BASE_URL"), max_retries=0)
SYSTEM = "You help the staff of a housing company. Two sentences at most."


async def help_with(tenant_id: str, question: str) -> str:
    reply = await client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
        max_tokens=120,
        user=tenant_id,
    )
    return reply.choices[0].message.content or ""

"""Completes what a user types in the search box of a tenant's shop."""

import os

from openai import OpenAI

client = OpenAI(base_url=os.environ["SMALL_URL"], api_key="none")

HINT_PROMPT = "Complete the search of a shop's visitor. Answer with the completed search alone."


def hint(typed: str) -> str:
    reply = client.chat.completions.create(
        model="Qwen/Qwen2.5-1.5B-Instruct",
        messages=[{"role": "system", "content": HINT_PROMPT}, {"role": "user", "content": typed}],
        max_tokens=16,
        stop=["\n"],
        temperature=0,
    )
    return reply.choices[0].message.content.strip()

"""Questions of visitors to the tenants' shops, answered from one line of what the shop sells."""

from openai import AsyncOpenAI

client = AsyncOpenAI(base_url="http://gateway-litellm:4000/v1", api_key="from-the-sidecar")

SYSTEM = "Answer visitors of a shop in one sentence. Say so when you do not know."


async def answer(tenant: str, sells: str, question: str) -> str:
    response = await client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"Shop: {sells}\nQuestion: {question}"},
        ],
        max_tokens=90,
        user=tenant,
    )
    return response.choices[0].message.content or ""

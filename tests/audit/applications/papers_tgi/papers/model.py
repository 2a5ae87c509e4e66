"""Our own model, behind the API that everybody speaks."""

from openai import AsyncOpenAI

from papers import settings


class Model:
    def __init__(self) -> None:
        self._client = AsyncOpenAI(
            base_url=settings.MODEL_URL, api_key="none", timeout=settings.TIMEOUT
        )

    async def complete(self, system: str, user: str, limit: int = 700) -> str:
        reply = await self._client.chat.completions.create(
            model="tgi",
            messages=[
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            max_tokens=limit,
            temperature=0.2,
        )
        return reply.choices[0].message.content

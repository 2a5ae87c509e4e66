from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from prometheus_client import Counter, Histogram, make_asgi_app
from pydantic import BaseModel, Field

from gateway import buckets, settings

TOKENS = Counter("llm_tokens", "Tokens of replies", ["tenant_id", "kind"])
SECONDS = Histogram("llm_seconds", "Seconds until the last token", ["tenant_id"])

app = FastAPI()
app.mount("/metrics", make_asgi_app())
client = AsyncOpenAI(base_url=settings.LARGE_URL, api_key="none")


class Chat(BaseModel):
    messages: list[dict[str, str]]
    max_tokens: int = Field(512, le=1024)


@app.post("/v1/chat")
async def chat(body: Chat, tenant_id: str = Header(alias="x-tenant")) -> StreamingResponse:
    if not await buckets.take(tenant_id, body.max_tokens):
        raise HTTPException(429, "no tokens left in this minute")
    return StreamingResponse(_stream(body, tenant_id), media_type="text/plain")


async def _stream(body: Chat, tenant_id: str):
    with SECONDS.labels(tenant_id).time():
        stream = await client.chat.completions.create(
            model=settings.LARGE_MODEL,
            messages=body.messages,
            max_tokens=body.max_tokens,
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.usage:
                TOKENS.labels(tenant_id, "in").inc(chunk.usage.prompt_tokens)
                TOKENS.labels(tenant_id, "out").inc(chunk.usage.completion_tokens)
            elif chunk.choices:
                yield chunk.choices[0].delta.content or ""

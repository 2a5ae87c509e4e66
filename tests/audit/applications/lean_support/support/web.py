"""The web service."""

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

from support import chat
from support.route import route
from support.settings import store

app = FastAPI()
A_MINUTE = 120


class Message(BaseModel):
    thread: str
    text: str


async def take(tenant_id: str) -> None:
    """One of the requests that a tenant may make in a minute."""
    used = await store.incr(f"used:{tenant_id}")
    if used == 1:
        await store.expire(f"used:{tenant_id}", 60)
    if used > A_MINUTE:
        raise HTTPException(status_code=429, detail="slow down", headers={"Retry-After": "60"})


@app.post("/messages")
async def message(body: Message, x_tenant: str = Header()) -> dict[str, str]:
    await take(x_tenant)
    desk = await route(x_tenant, body.text)
    if desk != "technical":
        return {"desk": desk}
    reply = await chat.turn(x_tenant, body.thread, body.text)
    return {"desk": "other" if reply.hand_over else desk, "text": reply.text}

"""Which desk a message is for. Equal messages are answered from the cache for a day."""

import hashlib
import json
from typing import Literal

from pydantic import BaseModel

from support.metrics import SECONDS, record
from support.settings import DAY, MODEL, client, store as reply_cache

INSTRUCTIONS = """\
Route the message to a desk.
Desks: orders, payments, technical, other
"""


class Route(BaseModel):
    desk: Literal["orders", "payments", "technical", "other"]


def key_of(message: str) -> str:
    request = json.dumps([MODEL, INSTRUCTIONS, message], ensure_ascii=False)
    return "route:" + hashlib.sha256(request.encode()).hexdigest()


async def route(tenant_id: str, message: str) -> str:
    key = key_of(message)
    if known := await reply_cache.get(key):
        return known.decode()
    with SECONDS.labels("route").time():
        response = await client.responses.parse(
            model=MODEL,
            instructions=INSTRUCTIONS,
            input=message,
            text_format=Route,
            max_output_tokens=40,
            metadata={"feature": "route", "tenant": tenant_id},
        )
    record("route", tenant_id, response.usage)
    desk = response.output_parsed.desk
    await reply_cache.set(key, desk, ex=DAY)
    return desk

"""The web service."""

import logging

from fastapi import FastAPI, Request
from prometheus_client import make_asgi_app
from pydantic import BaseModel, Field
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address

from rag.answer import answer
from rag.settings import COLLECTION, vectors

log = logging.getLogger(__name__)
limiter = Limiter(key_func=get_remote_address)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
app.mount("/metrics", make_asgi_app())


class Ask(BaseModel):
    workspace_id: str
    question: str = Field(max_length=2000)


@app.post("/ask")
@limiter.limit("20/minute")
def ask(request: Request, body: Ask) -> dict[str, str]:
    log.info("question of %d characters", len(body.question))
    return {"answer": answer(body.workspace_id, body.question)}


@app.get("/titles")
def titles(limit: int = 10) -> list[str]:
    points, _ = vectors().scroll(COLLECTION, limit=limit)
    return sorted({point.payload["title"] for point in points})

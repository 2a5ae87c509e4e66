"""The routes. Opening hours are cached here, replies are not."""

import os

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from .chat import explain, talk
from .sessions import Sessions

app = FastAPI(title="Library desk")
sessions = Sessions(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))
hours_cache: dict[str, str] = {}


class Turn(BaseModel):
    session: str = Field(min_length=8)
    text: str = Field(min_length=1, max_length=2000)


@app.post("/chat")
async def chat(turn: Turn) -> StreamingResponse:
    return StreamingResponse(talk(sessions, turn.session, turn.text), media_type="text/plain")


@app.get("/glossary/{term}")
async def glossary(term: str) -> dict[str, str]:
    if len(term) > 60:
        raise HTTPException(404, "no such term")
    return {"term": term, "text": await explain(term)}


@app.get("/hours/{branch}")
async def hours(branch: str) -> dict[str, str]:
    if branch in hours_cache:
        return {"hours": hours_cache[branch]}
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"https://library.example/hours/{branch}")
    hours_cache[branch] = answer.text
    return {"hours": answer.text}

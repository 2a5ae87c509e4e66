"""What the staff portal asks about the handbook."""

import os

from fastapi import FastAPI
from openai import AsyncOpenAI
from pydantic import BaseModel

from assistant.handbook import section

MODEL = os.getenv("STAFF_MODEL", "Qwen/Qwen2.5-7B-Instruct")
SYSTEM_PROMPT = """\
Answer the question of a colleague from the section of the staff handbook that comes with it.
Name the paragraph. If the section does not tell, name the desk that will know.
"""

app = FastAPI(title="Staff assistant")
client = AsyncOpenAI(timeout=30)


class Question(BaseModel):
    topic: str
    text: str


@app.post("/ask")
async def ask(question: Question) -> dict[str, str]:
    reply = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": f"{section(question.topic)}\n\n{question.text}"},
        ],
        max_tokens=400,
    )
    return {"answer": reply.choices[0].message.content or ""}


@app.get("/health")
async def health() -> str:
    return "ok"

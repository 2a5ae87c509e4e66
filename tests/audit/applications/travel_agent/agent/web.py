"""The web service."""

from fastapi import FastAPI
from pydantic import BaseModel

from agent.team import team

app = FastAPI()


class Turn(BaseModel):
    journey: str
    text: str


@app.post("/turns")
async def turn(body: Turn) -> dict[str, str]:
    state = await team.ainvoke(
        {"messages": [{"role": "user", "content": body.text}]},
        config={"configurable": {"thread_id": body.journey}, "recursion_limit": 25},
    )
    return {"text": state["messages"][-1].content}

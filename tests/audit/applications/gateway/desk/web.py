"""The web service."""

from fastapi import FastAPI, Header
from pydantic import BaseModel

from desk.agents import act
from desk.contracts import clause
from desk.helpdesk import help_with

app = FastAPI()


class Body(BaseModel):
    text: str
    lease: str = ""


@app.post("/help")
async def ask(body: Body, x_tenant: str = Header()) -> dict[str, str]:
    return {"text": await help_with(x_tenant, body.text)}


@app.post("/clauses")
async def write(body: Body, x_tenant: str = Header()) -> dict[str, str]:
    return {"text": await clause(x_tenant, body.text, body.lease)}


@app.post("/requests")
async def do(body: Body) -> dict[str, str]:
    return {"text": await act(body.text)}

"""What the practice's own software asks of us."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from letters import prompts
from letters.gateway import Gateway

router = APIRouter()


class Letter(BaseModel):
    text: str


class Urgency(BaseModel):
    urgency: str
    speciality: str


class Draft(BaseModel):
    items: list[str]
    reply: str


def gateway(request: Request) -> Gateway:
    return request.app.state.gateway


@router.post("/letters/urgency")
async def urgency(letter: Letter, models: Annotated[Gateway, Depends(gateway)]) -> Urgency:
    answer = await models.ask(prompts.URGENCY, letter.text)
    return Urgency(**json.loads(answer))


@router.post("/letters/draft")
async def draft(letter: Letter, models: Annotated[Gateway, Depends(gateway)]) -> Draft:
    facts = await models.ask(prompts.FACTS, letter.text)
    reply = await models.ask(prompts.REPLY, f"Items:\n{facts}\n\nLetter:\n{letter.text}")
    return Draft(items=facts.splitlines(), reply=reply)

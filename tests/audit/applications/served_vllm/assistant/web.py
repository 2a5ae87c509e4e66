"""The routes of the assistant."""

from fastapi import FastAPI, Header
from pydantic import BaseModel

from assistant.replies import Conversation

app = FastAPI()
conversations: dict[str, Conversation] = {}


class Message(BaseModel):
    text: str


@app.post("/messages")
async def post_message(message: Message, x_user: str = Header()) -> dict[str, str]:
    conversation = conversations.setdefault(x_user, Conversation())
    return {"text": await conversation.reply(message.text)}

"""The web service."""

import shutil
import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app import chat, imports, store, titles

app = FastAPI()


class Text(BaseModel):
    text: str


@app.post("/threads/{thread}")
async def say(thread: str, body: Text) -> StreamingResponse:
    return StreamingResponse(chat.answer(thread, body.text), media_type="text/plain")


@app.post("/notes")
async def note(body: Text) -> dict[str, str]:
    name = await titles.title(body.text)
    store.keep_note(name, body.text, [])
    return {"title": name, "preview": store.truncate_preview(body.text)}


@app.post("/imports")
async def upload(file: UploadFile) -> dict[str, str]:
    with tempfile.NamedTemporaryFile(delete=False) as copy:
        shutil.copyfileobj(file.file, copy)
    return {"title": await imports.import_file(Path(copy.name))}

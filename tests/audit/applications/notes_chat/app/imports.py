"""Files that become notes."""

import json
from pathlib import Path

from anthropic import AsyncAnthropic

from app import store
from app.chat import MODEL

IMPORT_PROMPT = """\
A person has put a text file from an old computer into a program for notes, and the program needs
to know what it is before it can be kept beside the others. Read the whole file first, including
any remarks at its end, because people often write there what they decided in the meantime. Then
write a summary that somebody who has forgotten the file would understand, choose a title of a few
words, and choose between one and four tags under which the person would look for it again. Tags
are single words in lower case. Names of people may appear in the summary and never among the
tags. Answer with a JSON object that has the keys title, summary and tags, and with nothing before
or after it.

{text}
"""

client = AsyncAnthropic()


async def import_file(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    reply = await client.messages.create(
        model=MODEL,
        max_tokens=600,
        messages=[{"role": "user", "content": IMPORT_PROMPT.format(text=text)}],
    )
    found = json.loads(reply.content[0].text)
    store.keep_note(found["title"], found["summary"], found["tags"])
    return found["title"]

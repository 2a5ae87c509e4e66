"""Routes the messages of the archive: one batch a night, collected the next night."""

import io
import json
import sqlite3
import sys

from openai import OpenAI

from support.route import INSTRUCTIONS, Route
from support.settings import MODEL

client = OpenAI()


def line(number: int, text: str) -> str:
    return json.dumps({
        "custom_id": str(number),
        "method": "POST",
        "url": "/v1/responses",
        "body": {
            "model": MODEL,
            "instructions": INSTRUCTIONS,
            "input": text,
            "max_output_tokens": 40,
            "text": {"format": {"type": "json_schema", "name": "route", "strict": True,
                                "schema": Route.model_json_schema()}},
        },
    })


def submit(database: str) -> str:
    with sqlite3.connect(database) as archive:
        rows = archive.execute("SELECT id, text FROM messages WHERE desk IS NULL LIMIT 50000")
        lines = "\n".join(line(number, text) for number, text in rows)
    upload = client.files.create(file=("night.jsonl", io.BytesIO(lines.encode())), purpose="batch")
    batch = client.batches.create(
        input_file_id=upload.id, endpoint="/v1/responses", completion_window="24h"
    )
    return batch.id


if __name__ == "__main__":
    print(submit(sys.argv[1]))

"""A web hook: does what a plant reports need somebody at once?"""

import anthropic
from flask import Flask, request

app = Flask(__name__)
client = anthropic.Anthropic()


@app.post("/reports")
def report() -> dict:
    reply = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=3,
        system="Does the report of a plant need an engineer within the hour? Answer yes or no.",
        messages=[{"role": "user", "content": request.get_data(as_text=True)[:4000]}],
    )
    return {"page": reply.content[0].text.strip().lower().startswith("yes")}

"""Takes mails of the common mailbox from a queue and says which desk they are for."""

import json
import os

import redis
from openai import OpenAI

MODEL = os.getenv("STAFF_MODEL", "Qwen/Qwen2.5-7B-Instruct")
DESKS = ("payroll", "travel", "it", "building", "other")
SORT_PROMPT = "Classify the mail by desk. Answer with one word of payroll, travel, it, building, other."

queue = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost"))
client = OpenAI()


def desk(subject: str, text: str) -> str:
    reply = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": SORT_PROMPT},
            {"role": "user", "content": f"{subject}\n\n{text}"},
        ],
        max_tokens=4,
        temperature=0,
        extra_body={"guided_choice": list(DESKS)},
    )
    return reply.choices[0].message.content or "other"


def main() -> None:
    while True:
        _, raw = queue.blpop(["mails"])
        mail = json.loads(raw)
        queue.rpush(f"desk:{desk(mail['subject'], mail['text'])}", raw)


if __name__ == "__main__":
    main()

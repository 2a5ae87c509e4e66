"""A digest of the day's shift log for each plant: written at night, read at six.

python -m digest.night send      hands one batch over
python -m digest.night collect   fetches what is done
"""

import os
import sys

import anthropic
import psycopg

MODEL = "claude-sonnet-4-5"
DIGEST_PROMPT = """\
Write the digest of a plant's shift log for the manager who comes in at six.

- What stands still, since when, and who works on it.
- What was out of range and is not yet explained.
- At most 200 words, no greeting.
"""
client = anthropic.Anthropic()


def logs() -> list[tuple[str, str]]:
    with psycopg.connect(os.environ["SHIFTS"]) as shifts:
        return shifts.execute("SELECT plant, string_agg(entry, E'\n') FROM today GROUP BY plant").fetchall()


def request(plant: str, log: str) -> dict:
    return {
        "custom_id": plant,
        "params": {
            "model": MODEL,
            "max_tokens": 500,
            "system": DIGEST_PROMPT,
            "messages": [{"role": "user", "content": log}],
        },
    }


def send() -> None:
    batch = client.messages.batches.create(requests=[request(*row) for row in logs()])
    with psycopg.connect(os.environ["SHIFTS"]) as shifts:
        shifts.execute("INSERT INTO batches VALUES (%s)", (batch.id,))


def collect() -> None:
    with psycopg.connect(os.environ["SHIFTS"]) as shifts:
        for (batch,) in shifts.execute("SELECT id FROM batches WHERE NOT done").fetchall():
            for item in client.messages.batches.results(batch):
                text = item.result.message.content[0].text
                shifts.execute("INSERT INTO digests VALUES (%s, %s)", (item.custom_id, text))


if __name__ == "__main__":
    {"send": send, "collect": collect}[sys.argv[1]]()

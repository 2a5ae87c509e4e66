"""Reads what customers liked and disliked out of last night's reviews.

Started at two by the cluster; the product pages are built from its output at seven.
"""

import csv
import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from openai import OpenAI

from nightly.fetch import product_name, reviews

log = logging.getLogger("nightly")
client = OpenAI(max_retries=6)
MODEL = "gpt-4.1"
USAGE = Path("usage/requests.csv")

PROMPT = """\
Extract what the customer liked and disliked about the product.
Reply in JSON with the keys "liked" and "disliked", each a list of at most three words or phrases.

Example 1
Review: The handle is solid, but the blade was dull after a week.
Answer: {"liked": ["solid handle"], "disliked": ["dull blade"]}

Example 2
Review: Came late. Works.
Answer: {"liked": [], "disliked": ["late delivery"]}
"""


def read(review: dict) -> dict:
    """Return likes and dislikes of one review."""
    started = time.monotonic()
    response = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": f"{product_name(review['product'])}: {review['text']}"},
        ],
        max_tokens=150,
        temperature=0,
    )
    found = json.loads(response.choices[0].message.content or "{}")
    _note(review["text"], response.usage, time.monotonic() - started)
    return {"review": review["id"], **found}


def _note(text: str, usage, seconds: float) -> None:
    with USAGE.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(
            [
                datetime.now(UTC).isoformat(timespec="seconds"),
                MODEL,
                usage.prompt_tokens,
                usage.completion_tokens,
                round(seconds * 1000),
                "reviews",
                text,
                "no",
            ]
        )


def main() -> int:
    day = sys.argv[1] if len(sys.argv) > 1 else str(date.today() - timedelta(days=1))
    todo = reviews(day)
    with ThreadPoolExecutor(max_workers=16) as pool:
        found = list(pool.map(read, todo))
    Path(f"out/{day}.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    log.info("%d reviews of %s read", len(found), day)
    return 0


if __name__ == "__main__":
    sys.exit(main())

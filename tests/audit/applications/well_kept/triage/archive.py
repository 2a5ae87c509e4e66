"""Triages the letters that were scanned during the day; the results are there by the morning."""

import sys
import time
from pathlib import Path

from anthropic import Anthropic
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.messages.batch_create_params import Request

from triage.prompt import SYSTEM
from triage.settings import SMALL

client = Anthropic()


def requests(folder: Path) -> list[Request]:
    """Return one request a letter; letters are a page or less."""
    return [
        Request(
            custom_id=path.stem,
            params=MessageCreateParamsNonStreaming(
                model=SMALL,
                max_tokens=60,
                system=SYSTEM,
                messages=[{"role": "user", "content": path.read_text(encoding="utf-8")[:4000]}],
            ),
        )
        for path in sorted(folder.glob("*.txt"))
    ]


def main() -> int:
    batch = client.messages.batches.create(requests=requests(Path(sys.argv[1])))
    while batch.processing_status != "ended":
        time.sleep(60)
        batch = client.messages.batches.retrieve(batch.id)
    for result in client.messages.batches.results(batch.id):
        print(result.custom_id, result.result.type)
    return 0


if __name__ == "__main__":
    sys.exit(main())

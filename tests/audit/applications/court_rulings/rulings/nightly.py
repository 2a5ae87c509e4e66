import asyncio
from pathlib import Path

import structlog

from rulings.llm import OverBudget, summarise
from rulings.settings import settings

log = structlog.get_logger()


async def one(path: Path, gate: asyncio.Semaphore) -> None:
    async with gate:
        summary = await summarise(path.read_text(encoding="utf-8"))
    if summary is None:
        log.warning("no summary", ruling=path.name)
        return
    (settings.outbox / f"{path.stem}.json").write_text(summary.model_dump_json(indent=2))
    path.rename(path.with_suffix(".done"))


async def main() -> None:
    gate = asyncio.Semaphore(settings.at_once)
    rulings = sorted(settings.inbox.glob("*.txt"))
    log.info("begins", rulings=len(rulings))
    try:
        await asyncio.gather(*(one(path, gate) for path in rulings))
    except OverBudget as over:
        log.error("stopped", reason=str(over))


if __name__ == "__main__":
    asyncio.run(main())

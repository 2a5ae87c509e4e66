"""One turn of a conversation."""

import time

import structlog
from agents import Runner

from desk import memory
from desk.team import door

log = structlog.get_logger()


async def answer(person: str, text: str) -> str:
    history = memory.recall(person)
    history.append({"role": "user", "content": f"{person}: {text}"})
    began = time.perf_counter()
    result = await Runner.run(door, history)
    memory.remember(person, result.to_input_list())
    usage = result.context_wrapper.usage
    log.info(
        "answered",
        agent=result.last_agent.name,
        seconds=round(time.perf_counter() - began, 2),
        requests=usage.requests,
        tokens=usage.total_tokens,
    )
    return result.final_output

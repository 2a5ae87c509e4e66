import time

import structlog
from openai import APIConnectionError, AsyncOpenAI, RateLimitError
from pydantic import BaseModel
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from rulings.settings import settings

log = structlog.get_logger()
client = AsyncOpenAI(max_retries=0)

SYSTEM_PROMPT = """Task: summarise a ruling for lawyers who read it at breakfast.
Rules:
- Say what was decided before you say why.
- Quote the decisive sentence.
- Name each statute that carries the decision.
Length: at most 180 words."""


class Summary(BaseModel):
    decided: str
    reasons: str
    quote: str
    statutes: list[str]


class OverBudget(Exception):
    pass


class Meter:
    def __init__(self, budget: float) -> None:
        self.budget = budget
        self.spent = 0.0

    def add(self, tokens_in: int, tokens_out: int) -> None:
        self.spent += tokens_in * 1.25e-6 + tokens_out * 10e-6
        if self.spent > self.budget:
            raise OverBudget(f"{self.spent:.2f} of {self.budget:.2f} dollars")


meter = Meter(settings.nightly_budget_dollars)


@retry(
    retry=retry_if_exception_type((RateLimitError, APIConnectionError)),
    wait=wait_exponential_jitter(1, 60),
    stop=stop_after_attempt(6),
)
async def summarise(text: str) -> Summary | None:
    began = time.perf_counter()
    reply = await client.chat.completions.parse(
        model=settings.model,
        messages=[{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": text}],
        response_format=Summary,
        max_completion_tokens=1500,
    )
    usage = reply.usage
    meter.add(usage.prompt_tokens, usage.completion_tokens)
    log.info("summarised", tokens=usage.total_tokens, seconds=time.perf_counter() - began)
    return reply.choices[0].message.parsed

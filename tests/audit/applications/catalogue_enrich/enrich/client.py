"""Questions to the models, with retries."""

import json
import logging

from openai import APIConnectionError, OpenAI, RateLimitError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from enrich import settings

log = logging.getLogger(__name__)

CATEGORY_PROMPT = """\
Classify the product of a shop for garden and workshop.
Categories: tools, plants, furniture, lighting, other
Answer: only the category

{title}"""

COLOURS_PROMPT = """\
Which colours does the product come in? Answer as JSON: {{"colours": [...]}}

{description}"""

again = retry(
    retry=retry_if_exception_type((RateLimitError, APIConnectionError)),
    wait=wait_random_exponential(max=60),
    stop=stop_after_attempt(6),
)


class Models:
    """The client of the job; safe to share between threads."""

    def __init__(self) -> None:
        self._openai = OpenAI(max_retries=0)
        self.spent = {"input": 0, "output": 0}

    @again
    def category(self, title: str) -> str:
        reply = self._openai.chat.completions.create(
            model=settings.CATEGORY_MODEL,
            messages=[{"role": "user", "content": CATEGORY_PROMPT.format(title=title)}],
            max_tokens=8,
            temperature=0,
        )
        self._count(reply.usage)
        return (reply.choices[0].message.content or "other").strip()

    @again
    def colours(self, description: str) -> list[str]:
        reply = self._openai.chat.completions.create(
            model=settings.COLOUR_MODEL,
            messages=[
                {"role": "user", "content": COLOURS_PROMPT.format(description=description)}
            ],
            temperature=0,
        )
        self._count(reply.usage)
        try:
            return json.loads(reply.choices[0].message.content)["colours"]
        except (ValueError, KeyError):
            log.warning("no colours in the reply")
            return []

    def _count(self, usage) -> None:
        self.spent["input"] += usage.prompt_tokens
        self.spent["output"] += usage.completion_tokens

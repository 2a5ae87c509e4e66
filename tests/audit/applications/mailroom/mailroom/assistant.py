"""The only place that talks to the provider."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from openai import OpenAI

from . import settings

_env = Environment(loader=FileSystemLoader(Path(__file__).parent / "prompts"))


@lru_cache(maxsize=1)
def _client() -> OpenAI:
    return OpenAI(timeout=30, max_retries=3)


def complete(template: str, **values: object) -> str:
    prompt = _env.get_template(template).render(**values)
    reply = _client().chat.completions.create(
        model=settings.MAIL_MODEL,
        messages=[{"role": "user", "content": prompt}],
        temperature=0.2,
    )
    return reply.choices[0].message.content or ""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from llmopt.domain.prompts import Place

Api = Literal["chat", "responses"]
"""Which of OpenAI's APIs is spoken: chat completions, which every compatible server has."""


PROVIDERS = ("openai", "anthropic", "embedded", "local", "recorded")
"""The providers that are built in; packages add others under `PROVIDER_ENTRY_POINTS`."""
PROVIDER_ENTRY_POINTS = "llmopt.providers"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; None where the rate is not known.

    `input` applies to uncached input tokens, `cached_input` to tokens read from
    the provider's prompt cache, `cache_write` to tokens written to it.
    """

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint bears; None where no limit was declared."""

    concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class FromEnvironment(NamedTuple):
    """A value that an environment variable holds; `place` is where the file names it."""

    variable: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model as configured.

    `id` is `provider/name`; `name` is what outputs call it (the id, unless the
    user names it). `api_key_env` names an environment variable, never a key; a header that
    is a secret names one as well.
    """

    id: str
    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    base_url: str | None = None
    api_key_env: str | None = None
    headers: Mapping[str, str | FromEnvironment] = field(default_factory=dict)
    price: Price | None = None
    limits: Limits = field(default_factory=Limits)
    place: Place | None = None
    api: Api = "chat"
    stream: bool = False
    """Whether replies are taken piece by piece, to measure the time to the first token."""
    stands_for: str | None = None
    """The model id whose tokens and prices hold, where the id does not say (a replay)."""

    @property
    def identity(self) -> str:
        """The id by which tokenizers and price tables know the model."""
        return self.stands_for or self.id

    @property
    def provider(self) -> str:
        return self.id.partition("/")[0]

    @property
    def wire_name(self) -> str:
        """The name as the provider's API knows it: the id without its provider."""
        return self.id.partition("/")[2]

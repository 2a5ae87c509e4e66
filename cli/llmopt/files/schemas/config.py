"""The schema of `llmopt.yaml`."""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from llmopt.domain.models import PROVIDER_ENTRY_POINTS, PROVIDERS
from llmopt.files.problems import kind_of, listing, shorten
from llmopt.files.schemas.base import MAPPING, TEXT, Params, Strict, mistake
from llmopt.files.schemas.checklist import ChecklistEntry
from llmopt.files.schemas.gates import GatesEntry
from llmopt.numbers import DAYS_PER_MONTH

_HOURS_A_DAY = {"minute": 24 * 60, "hour": 24, "day": 1, "week": 1 / 7, "month": 1 / DAYS_PER_MONTH}
_RATE = re.compile(r"\s*(\d[\d,_]*(?:\.\d+)?)\s*/\s*(\w+)\s*")
_LOOKS_FILLED_IN = re.compile(r"\$\{?[A-Za-z_]|\{\{")
_CALLS_OWN_PATH = re.compile(r"/(chat/completions|completions|responses|messages|embeddings)/?$")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _check_model_id(text: str) -> str:
    provider, slash, name = text.partition("/")
    if not (provider and slash and name) or text != text.strip() or not text.isprintable():
        raise mistake(
            f"a model is written provider/name, found '{shorten(text)}'",
            "for example openai/gpt-5-mini",
        )
    if provider not in PROVIDERS:
        _check_added(provider, name)
    return text


def _check_added(provider: str, name: str) -> None:
    """Look for a provider among those of installed packages."""
    added = sorted(point.name for point in entry_points(group=PROVIDER_ENTRY_POINTS))
    if provider not in added:
        known = [*PROVIDERS, *added]
        near = get_close_matches(provider, known, n=1)
        raise mistake(
            f"there is no provider '{shorten(provider)}'",
            f"did you mean '{near[0]}/{shorten(name)}'?"
            if near
            else f"there are: {listing(known)}",
        )


def _check_url(text: str) -> str:
    if not re.match(r"https?://[^\s/]+", text):
        raise mistake("an address must begin with http:// or https://")
    if re.match(r"https?://[^/\s]*@", text):
        raise mistake(
            "the address holds a password", "name an environment variable with 'api_key_env'"
        )
    if call := _CALLS_OWN_PATH.search(urlsplit(text).path):
        raise mistake(
            f"the address goes on to a call: {call[0]}", f"leave {call[0]} out: llmopt adds it"
        )
    return text


def _check_environment_name(text: str) -> str:
    # The value is not repeated: it may be the key itself.
    return _checked_name(text, "'api_key_env'", "for example api_key_env: OPENAI_API_KEY")


def _check_header_variable(text: str) -> str:
    return _checked_name(text, "'env'", "for example {env: GATEWAY_KEY}")


def _checked_name(text: str, key: str, example: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(text):
        raise mistake(f"{key} must name an environment variable, not hold the key", example)
    return text


def _check_header_text(text: str) -> str:
    if _LOOKS_FILLED_IN.search(text):
        raise mistake(
            "a header is sent as it is written: nothing is filled in here",
            "take its whole value from an environment variable: {env: GATEWAY_KEY}",
        )
    return text


def _calls_a_day(value: object) -> float:
    """`40000/day` as calls a day; a month is a twelfth of a year."""
    hint = "write calls per minute, hour, day, week or month, for example 40000/day"
    if not isinstance(value, str):
        raise mistake(f"traffic needs a unit, found {kind_of(value)}", hint)
    match = _RATE.fullmatch(value)
    if not match or match[2] not in _HOURS_A_DAY:
        raise mistake(f"'{shorten(value)}' is not a rate", hint)
    return float(re.sub(r"[,_]", "", match[1])) * _HOURS_A_DAY[match[2]]


ModelId = Annotated[str, AfterValidator(_check_model_id)]
Rate = Annotated[
    float,
    BeforeValidator(_calls_a_day),
    WithJsonSchema({"type": "string", "examples": ["40000/day", "120/hour"]}),
]


class PriceEntry(Strict):
    """Dollars per million tokens; takes the place of the price table."""

    input: float = Field(ge=0, description="Uncached input.", examples=[0.25])
    output: float = Field(ge=0, description="Output, reasoning included.", examples=[2.0])
    cached_input: float | None = Field(
        default=None, ge=0, description="Input read from the provider's prompt cache."
    )
    cache_write: float | None = Field(
        default=None, ge=0, description="Input written to the provider's prompt cache."
    )


class LimitsEntry(Strict):
    """What the endpoint bears."""

    concurrency: int | None = Field(default=None, ge=1, description="Calls at the same time.")
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)


class EnvironmentEntry(Strict):
    """A value that the environment holds, so that it stands in no file."""

    env: Annotated[str, AfterValidator(_check_header_variable)] = Field(
        description="The environment variable that holds the whole value.",
        examples=["GATEWAY_KEY"],
    )


HeaderSetting = Annotated[
    Annotated[str, AfterValidator(_check_header_text), Tag(TEXT)]
    | Annotated[EnvironmentEntry, Tag(MAPPING)],
    Discriminator(lambda value: MAPPING if isinstance(value, dict) else TEXT),
]
"""A header as it is, or the environment variable that holds it."""


class ModelEntry(Strict):
    """A model with its settings."""

    id: ModelId = Field(
        description="provider/name: openai/..., anthropic/..., embedded/..., recorded/FILE.jsonl.",
        examples=["openai/gpt-5-mini", "anthropic/claude-haiku-4-5"],
    )
    name: str | None = Field(
        default=None, min_length=1, description="What outputs call it; default: the id."
    )
    params: Params = Field(default=Params(), description="Sent with every call.")
    base_url: Annotated[str, AfterValidator(_check_url)] | None = Field(
        default=None,
        description="An OpenAI-compatible endpoint.",
        examples=["http://localhost:11434/v1"],
    )
    api_key_env: Annotated[str, AfterValidator(_check_environment_name)] | None = Field(
        default=None,
        description="The environment variable that holds the key.",
        examples=["OPENAI_API_KEY"],
    )
    headers: dict[str, HeaderSetting] = Field(
        default={},
        description="Extra HTTP headers; a secret one names the variable that holds it.",
        examples=[{"X-Team": "search", "X-Gateway-Key": {"env": "GATEWAY_KEY"}}],
    )
    price: PriceEntry | None = Field(default=None, description="Dollars per million tokens.")
    limits: LimitsEntry = Field(default=LimitsEntry(), description="What the endpoint bears.")
    api: Literal["chat", "responses"] = Field(
        default="chat",
        description="Which API of OpenAI is spoken: chat completions or responses.",
    )
    stream: bool = Field(
        default=False, description="Take replies piece by piece; measures the time to first token."
    )

    @model_validator(mode="after")
    def _has_the_api(self) -> Self:
        if self.api != "chat" and not self.id.startswith("openai/"):
            raise mistake("'api' chooses between APIs of openai/… models", "leave it out")
        return self


ModelSetting = Annotated[
    Annotated[ModelId, Tag(TEXT)] | Annotated[ModelEntry, Tag(MAPPING)],
    Discriminator(lambda value: MAPPING if isinstance(value, dict) else TEXT),
]
"""A model by its id, or with its settings."""


class ConfigFile(Strict):
    """llmopt.yaml: which models, where prompts and test cases are, what CI enforces."""

    models: list[ModelSetting] = Field(
        default=[],
        description="Models to evaluate; the first is the baseline unless baseline_model says.",
        examples=[["openai/gpt-5-mini"]],
    )
    prompts: list[str] = Field(
        default=["prompts"],
        min_length=1,
        description="Folders or files with prompts, from this file's folder.",
    )
    testcases: list[str] = Field(
        default=["testcases"],
        min_length=1,
        description="Folders or files with test cases, from this file's folder.",
    )
    baseline_model: str | None = Field(
        default=None,
        description="The model that runs today, by id or name; default: the first.",
        examples=["openai/gpt-5-mini"],
    )
    judge_model: ModelSetting | None = Field(
        default=None,
        description="The model that scorer 'judge' asks; it is no candidate by that.",
        examples=["anthropic/claude-haiku-4-5"],
    )
    embedding_model: ModelSetting | None = Field(
        default=None,
        description="The model that scorer 'similarity' asks for vectors.",
        examples=["openai/text-embedding-3-small"],
    )
    traffic: dict[str, Rate] = Field(
        default={},
        description="Calls in production, by prompt; lets reports say dollars a month.",
        examples=[{"sentiment": "40000/day"}],
    )
    gates: GatesEntry = Field(
        default=GatesEntry(),
        description="What CI enforces against the baseline, by measure.",
        examples=[{"input_tokens": "+0%", "cost": "+5%", "accuracy": "-2pt"}],
    )
    checklist: ChecklistEntry = Field(
        default=ChecklistEntry(),
        description="Settings of `llmopt checklist`: usage logs, attestations by code of a check.",
        examples=[{"INF201": {"status": "done", "reason": "the gateway caches replies"}}],
    )

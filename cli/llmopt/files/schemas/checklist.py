"""The schema of `checklist:` in `llmopt.yaml`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from llmopt.domain.checklist import USAGE_FIELDS
from llmopt.files.problems import did_you_mean, hints, listing, shorten
from llmopt.files.schemas.base import Strict, mistake

_CODE = re.compile(r"[A-Z]{3}\d{3}")


def _check_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise mistake(f"'{shorten(text)}' is no date", "for example 2027-03-01") from None
    return text


def _check_field(name: str) -> str:
    if name not in USAGE_FIELDS:
        raise mistake(
            f"unknown field '{shorten(name)}'",
            hints(did_you_mean(name, USAGE_FIELDS), f"fields are: {listing(USAGE_FIELDS, 20)}"),
        )
    return name


def _check_reason(text: str) -> str:
    if not text.strip():
        raise mistake("a reason is required", "say what was done, or why it need not be")
    return text


def _check_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise mistake(
            f"'{shorten(text)}' is neither 'usage' nor the code of a check",
            "codes look like INF201; `llmopt checklist` lists them",
        )
    return text


Code = Annotated[str, AfterValidator(_check_code)]


class AttestationEntry(Strict):
    """What you say of a check that cannot be seen from here."""

    status: Literal["done", "not-applicable", "accepted"] = Field(
        description="done; not-applicable; or accepted: the finding stands and is lived with."
    )
    reason: Annotated[str, AfterValidator(_check_reason)] = Field(
        description="What was done, or why it need not be.",
        examples=["the gateway caches replies for an hour"],
    )
    link: str | None = Field(default=None, description="Where it can be looked up.")
    until: Annotated[str, AfterValidator(_check_date)] | None = Field(
        default=None,
        description="The last day it holds; the check opens again after it.",
        examples=["2027-03-01"],
    )


class UsageEntry(Strict):
    """A usage log: JSON lines (OpenTelemetry, LiteLLM, Langfuse, plain) or CSV."""

    file: str = Field(
        min_length=1, description="From this file's folder.", examples=["usage/march.jsonl"]
    )
    columns: dict[Annotated[str, AfterValidator(_check_field)], str] = Field(
        default={},
        description="Our field: its column, where the log names it otherwise.",
        examples=[{"model": "deployment", "input_tokens": "prompt_toks"}],
    )


Usage = Annotated[list[UsageEntry], Field(description="Usage logs to read.")]


class ChecklistEntry(BaseModel):
    """Settings of `llmopt checklist`: usage logs, and attestations by the code of a check."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[Code, AttestationEntry] = Field(init=False)

    usage: Usage = []

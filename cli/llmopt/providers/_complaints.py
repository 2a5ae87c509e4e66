"""What an API says is wrong: OpenAI's and Anthropic's error bodies, and those of others.

Beside the two references (see `_faults`), FastAPI's, Google's, OpenRouter's and LiteLLM's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from llmopt.providers import quota

AGAIN = re.compile(
    r"(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s?(?:ms|h|m|s))+)", re.IGNORECASE
)
"""A pause that stands in the message alone: LiteLLM's, Azure's, Gemini's, some of OpenAI's."""

MESSAGES = ("message", "detail", "Message", "errors")
"""Where the text stands: at OpenAI and most, FastAPI, Bedrock, Cloudflare."""

EVENT = re.compile(r"^data: *(\{.*\})\s*$", re.MULTILINE)
"""An error that a gateway wrote as a stream's event, though it streams nothing."""


class Complaint(NamedTuple):
    """An error as an API tells it: its text, its codes, the request's field it is about.

    `retry_after_ms` is the pause that it asks for in its body, in milliseconds.
    """

    message: str | None
    codes: tuple[str, ...] = ()
    field: str | None = None
    retry_after_ms: float | None = None


def read(text: str) -> Complaint:
    """Read an error body: OpenAI's and Anthropic's shape, and those of compatible servers."""
    try:
        data = json.loads(text)
    except ValueError:
        if event := EVENT.search(text):
            return read(event[1])
        markup = text.lstrip().startswith("<")
        return Complaint("a web page instead of JSON" if markup else text.strip() or None)
    if isinstance(data, list) and data:
        data = data[0]
    return complaint_of(data.get("error", data) if isinstance(data, dict) else data)


def complaint_of(error: object) -> Complaint:
    """Read an error by itself."""
    if not isinstance(error, dict):
        return Complaint(_text(error))
    told = next((error[name] for name in MESSAGES if error.get(name)), error or None)
    message = _text(told)
    field = error.get("param")
    known = isinstance(field, str) and field != "None"  # LiteLLM's null
    pause = _retry_delay(error.get("details"), message or "")
    complaint = Complaint(message, tuple(_codes(error)), field if known else None, pause)
    return _with_upstreams(complaint, error.get("metadata"))


def _with_upstreams(complaint: Complaint, metadata: object) -> Complaint:
    """Add what OpenRouter hands on from the provider behind it: its own words say little."""
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(raw, str):
        return complaint
    inner = read(raw)
    said = ": ".join(part for part in (complaint.message, inner.message) if part)
    codes = inner.codes + complaint.codes
    return complaint._replace(message=said, codes=codes, field=complaint.field or inner.field)


def _retry_delay(details: object, message: str) -> float | None:
    """Read the pause that a body asks for: Google's `{"retryDelay": "34s"}`, or in the message."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        seconds = quota.duration(delay) if isinstance(delay, str) else None
        if seconds is not None:
            return seconds * 1000
    asked = AGAIN.search(message)
    seconds = quota.duration(asked[1].replace(" ", "").lower()) if asked else None
    return None if seconds is None else seconds * 1000


def _codes(error: Mapping[str, Any]) -> Iterator[str]:
    """Yield every code of an error, the most telling first."""
    for inner, name in (("details", "error_code"), ("innererror", "code")):
        part = error.get(inner)
        if isinstance(part, dict) and isinstance(part.get(name), str):
            yield part[name]
    for name in ("code", "type"):
        if isinstance(error.get(name), str):
            yield error[name]


def _text(value: object) -> str | None:
    """Return a message as text; FastAPI's is a list of places and what is wrong there."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, dict) and value.keys() == {"detail"}:  # so Mistral wraps it
        return _text(value["detail"])
    if isinstance(value, list) and value and all(_is_problem(one) for one in value):
        return "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in value)
    return json.dumps(value, ensure_ascii=False)


def _is_problem(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("loc"), list) and "msg" in value


def _place(parts: list[Any]) -> str:
    return ".".join(str(part) for part in (parts[1:] if parts[:1] == ["body"] else parts))

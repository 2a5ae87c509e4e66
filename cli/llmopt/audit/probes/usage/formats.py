"""One line of a usage log to our fields, by the format that it is in.

OpenTelemetry: semantic conventions for generative AI. LiteLLM: spend logs. Langfuse:
observations of type generation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt.domain.checklist import USAGE_FIELDS

_TENANT = re.compile(
    r"(?i)(?:^|[._])(?<!cloud\.)(?<!aws\.)(?<!gcp\.)(?<!azure\.)"
    r"(?:tenant|customer|account|organi[sz]ation|org|workspace)(?:[._]?id)?$"
)
Row = Mapping[str, Any]


def rows_of(entry: Any, columns: Mapping[str, str]) -> Iterator[Row]:  # noqa: ANN401 - parsed JSON
    """Yield the requests in one entry of a log, in our fields."""
    if not isinstance(entry, dict):
        return
    if "resourceSpans" in entry:
        for span in _otlp_spans(entry):
            yield from rows_of(span, columns)
    elif isinstance(entry.get("attributes"), dict | list):
        attributes = _attributes(entry["attributes"])
        if any(key.startswith("gen_ai.") for key in attributes):
            yield _span(entry, attributes)
    elif columns:
        yield {field: entry.get(columns.get(field, field)) for field in USAGE_FIELDS}
    elif "call_type" in entry or ("prompt_tokens" in entry and "spend" in entry):
        yield _litellm(entry)
    elif _kind(entry) == "GENERATION":
        yield _langfuse(entry)
    elif _kind(entry) not in {"SPAN", "EVENT"} and any(
        field in entry for field in ("input_tokens", "model", "prompt")
    ):
        own = {field: entry.get(field) for field in USAGE_FIELDS}
        yield {**own, "tenant": own["tenant"] or _tenant(entry)}


def _tenant(names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return whose request it was, by the name of the field; a cloud's account is nobody's."""
    return next((value for key, value in names.items() if value and _TENANT.search(key)), None)


def _kind(entry: dict[str, Any]) -> str:
    return str(entry.get("type")).upper()


def _otlp_spans(entry: dict[str, Any]) -> Iterator[Any]:
    for resource in entry.get("resourceSpans") or []:
        for scope in (resource.get("scopeSpans") or []) if isinstance(resource, dict) else []:
            yield from (scope.get("spans") or []) if isinstance(scope, dict) else []


def _attributes(value: Any) -> dict[str, Any]:  # noqa: ANN401
    if isinstance(value, dict):
        return value
    found = {}
    for item in value:
        if isinstance(item, dict) and isinstance(item.get("value"), dict):
            found[str(item.get("key"))] = next(iter(item["value"].values()), None)
    return found


def _span(entry: dict[str, Any], attributes: dict[str, Any]) -> Row:
    def first(*keys: str) -> Any:  # noqa: ANN401
        return next((attributes[key] for key in keys if attributes.get(key) is not None), None)

    start = entry.get("startTimeUnixNano") or entry.get("start_time") or entry.get("startTime")
    end = entry.get("endTimeUnixNano") or entry.get("end_time") or entry.get("endTime")
    tenant = _tenant(attributes)
    return {
        "time": start,
        "model": first("gen_ai.request.model", "gen_ai.response.model"),
        "input_tokens": first("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output_tokens": first("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "cached_input_tokens": first(
            "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_tokens"
        ),
        "cost": first("gen_ai.usage.cost"),
        "latency_ms": _duration(start, end),
        "feature": first("feature", "app.feature", "http.route", "gen_ai.agent.name"),
        "tenant": tenant,
        "prompt": first("gen_ai.input.messages", "gen_ai.prompt", "gen_ai.prompt.0.content"),
        "interactive": first("app.interactive", "interactive"),
    }


def _litellm(entry: dict[str, Any]) -> Row:
    metadata = _metadata(entry)
    tags = entry.get("request_tags")
    return {
        "time": entry.get("startTime"),
        "model": entry.get("model"),
        "input_tokens": entry.get("prompt_tokens"),
        "output_tokens": entry.get("completion_tokens"),
        "cost": entry.get("spend"),
        "latency_ms": _duration(entry.get("startTime"), entry.get("endTime")),
        "feature": tags[0] if isinstance(tags, list) and tags else metadata.get("feature"),
        "tenant": entry.get("team_id") or entry.get("end_user") or _tenant(metadata),
        "prompt": entry.get("messages") or entry.get("input"),
        "cached": str(entry.get("cache_hit")).lower() == "true",
        "batch": "batch" in str(entry.get("call_type")),
    }


def _langfuse(entry: dict[str, Any]) -> Row:
    usage = entry.get("usageDetails") or entry.get("usage") or {}
    metadata = _metadata(entry)
    latency = entry.get("latency")
    return {
        "time": entry.get("startTime"),
        "model": entry.get("model"),
        "input_tokens": usage.get("input", usage.get("promptTokens")),
        "output_tokens": usage.get("output", usage.get("completionTokens")),
        "cached_input_tokens": usage.get("cache_read_input_tokens"),
        "cost": entry.get("calculatedTotalCost") or entry.get("totalCost"),
        "latency_ms": latency * 1000
        if isinstance(latency, int | float)
        else _duration(entry.get("startTime"), entry.get("endTime")),
        "feature": entry.get("name"),
        "tenant": _tenant(metadata),
        "prompt": entry.get("input"),
        "interactive": metadata.get("interactive"),
    }


def _duration(start: Any, end: Any) -> float | None:  # noqa: ANN401
    from llmopt.audit.probes.usage.reading import seconds

    begun, ended = seconds(start), seconds(end)
    return None if begun is None or ended is None else (ended - begun) * 1000


def _metadata(entry: dict[str, Any]) -> dict[str, Any]:
    found = entry.get("metadata")
    return found if isinstance(found, dict) else {}

"""What went wrong on the wire, as the few kinds of failure that llmopt tells apart.

Statuses and codes follow the providers' error references
(platform.openai.com/docs/guides/error-codes, platform.claude.com/docs/en/api/errors)
and what compatible servers send in their place.
"""

from __future__ import annotations

import errno
import json
import math
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.providers._endpoint import Endpoint
from llmopt.providers._proxy import proxy_hint

STATUSES: Mapping[int, ProviderErrorKind] = {
    400: "bad_request",
    401: "authentication",
    402: "permission",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "server",  # a lock timed out on their side; both SDKs would try again
    413: "context_length",
    422: "bad_request",
    429: "rate_limit",
    503: "overloaded",
    529: "overloaded",
}

SPENT: ProviderErrorKind = "permission"

CODES: Mapping[str, ProviderErrorKind] = {
    "context_length_exceeded": "context_length",
    "exceed_context_size_error": "context_length",  # llama.cpp
    "string_above_max_length": "context_length",
    "content_filter": "content_filter",  # Azure
    "content_policy_violation": "content_filter",
    "invalid_prompt": "content_filter",
    "insufficient_quota": SPENT,
    "billing_hard_limit_reached": SPENT,
    "billing_not_active": SPENT,
    "billing_error": SPENT,
    "contract_spend_limit_reached": SPENT,
    "enforced_spend_limit_reached": SPENT,
    "model_not_found": "not_found",
    "overloaded_error": "overloaded",
}

TOLD: Mapping[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "too_many_requests": 429,
}
"""The status that an error would have had, had it not come inside of a success: in a stream, say.

Anthropic's reference pairs them so; the last two are the Responses API's, at OpenAI and Azure.
"""

# Where no code says so, the wording must: Anthropic and most compatible servers have none.
TOO_LONG = re.compile(
    r"context (length|window|size|limit)|prompt is too long|too many (input |prompt )?tokens"
    r"|input token count|maximum (number of )?(input )?tokens",
    re.IGNORECASE,
)
FILTERED = re.compile(r"content (filter|management|policy|safety)", re.IGNORECASE)

UNTRUSTED = re.compile(r"certificate verify failed: ([^('\"]*[^('\" ])")

HINTS: Mapping[ProviderErrorKind, str] = {
    "not_found": "check the model's name, and base_url if there is one",
    "context_length": "shorten the prompt or choose a model with a larger context",
    "timeout": "params: {timeout: SECONDS} waits longer than the 600 seconds by default",
}
SPENT_HINT = "the account's credit or spending limit is used up; waiting does not help"


class Complaint(NamedTuple):
    """An error as an API tells it: its text, its codes, the request's field it is about.

    `retry_after_ms` is the pause that it asks for in its body, in milliseconds.
    """

    message: str | None
    codes: tuple[str, ...] = ()
    field: str | None = None
    retry_after_ms: float | None = None


def refused(status: int, headers: Mapping[str, str], text: str, to: Endpoint) -> ProviderError:
    """Make the error of an answer whose status is no success."""
    complaint = _read(text)
    if 300 <= status < 400:
        complaint = Complaint(f"redirects to {headers.get('location', 'another address')}")
    error = _error(status, complaint, f"HTTP {status}: ", to)
    pause = retry_after_ms(headers)
    error.retry_after_ms = complaint.retry_after_ms if pause is None else pause
    return error


def told(error: object, to: Endpoint) -> ProviderError:
    """Make the error of an answer that is a success by its status and an error by its body.

    Gateways pass on an upstream's failure this way, its status as the code.
    """
    complaint = _complaint(error)
    code = str(error.get("code")) if isinstance(error, dict) else ""
    if re.fullmatch("[45][0-9]{2}", code):  # LiteLLM writes it as a text
        return _error(int(code), complaint, f"HTTP {code}: ", to)
    status = next((TOLD[code] for code in complaint.codes if code in TOLD), 500)
    return _error(status, complaint, "", to)


def _error(status: int, complaint: Complaint, prefix: str, to: Endpoint) -> ProviderError:
    kind = _kind(status, complaint)
    said = complaint.message or "no message"
    if complaint.field and complaint.field not in said:
        said = f"{said} (field: {complaint.field})"
    hint = _hint(kind, status, complaint, to)
    return ProviderError(kind, to.clean(f"{prefix}{said}"), hint=hint)


def unanswered(error: Exception, to: Endpoint) -> ProviderError:
    """Make the error of a request that got no whole answer."""
    causes = tuple(_causes(error))
    untrusted = next(filter(None, map(UNTRUSTED.search, map(str, causes))), None)
    if untrusted:
        return ProviderError(
            "certificate",
            to.clean(f"{to.shown} shows a certificate that is not trusted: {untrusted[1]}"),
            hint="a company's own authority is trusted with SSL_CERT_FILE=its-certificate.pem",
        )
    root = type(causes[-1]).__name__
    if "Timeout" in root:  # at the root: dropped connections come as timeouts as well
        return late(to)
    return ProviderError(
        "connection",
        to.clean(f"no answer from {to.shown}: {_why(causes)}"),
        hint=proxy_hint(to.url) or f"check that {to.shown} is up and can be reached from here",
    )


def _why(causes: Sequence[BaseException]) -> str:
    """Say why there was no connection, without the address that the HTTP client repeats."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
            return "connection refused"
        if isinstance(cause, socket.gaierror):
            return cause.strerror or str(cause)
    return next(filter(None, map(str, causes)), f"it broke off ({type(causes[-1]).__name__})")


def late(to: Endpoint) -> ProviderError:
    """Make the error of an answer that did not come in time, or not to its end."""
    return ProviderError(
        "timeout", to.clean(f"no answer from {to.shown} in time"), hint=HINTS["timeout"]
    )


def unsendable(error: Exception, to: Endpoint) -> ProviderError:
    """Make the error of a request that cannot be written down as JSON or headers."""
    return ProviderError("bad_request", to.clean(f"the request cannot be sent: {error}"))


def unreadable(why: str, to: Endpoint) -> ProviderError:
    """Make the error of an answer that is no completion."""
    return ProviderError("invalid_response", to.clean(f"the answer is no completion: {why}"))


def retry_after_ms(headers: Mapping[str, str]) -> float | None:
    """Read the pause asked for: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds
    after = headers.get("retry-after")
    seconds = _number(after)
    if seconds is not None:
        return seconds * 1000
    until = _date(after)
    if until is None:
        return None
    # Their own clock, where they tell it, so that ours may be wrong.
    now = _date(headers.get("date")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds() * 1000)


def _kind(status: int, complaint: Complaint) -> ProviderErrorKind:
    for code in complaint.codes:
        if code in CODES:
            return CODES[code]
    if status in (400, 413, 422):
        if TOO_LONG.search(complaint.message or ""):
            return "context_length"
        if FILTERED.search(complaint.message or ""):
            return "content_filter"
    return STATUSES.get(status, "server" if status >= 500 else "bad_request")


def _hint(kind: ProviderErrorKind, status: int, complaint: Complaint, to: Endpoint) -> str | None:
    if kind == "authentication":
        if to.key_env:
            return f"check the key in {to.key_env}"
        return "this address wants a key: name its environment variable with api_key_env"
    if status == 402 or any(CODES.get(code) == SPENT for code in complaint.codes):
        return SPENT_HINT
    if 300 <= status < 400:
        return "write the address that answers as base_url"
    return HINTS.get(kind)


def _read(text: str) -> Complaint:
    """Read an error body: OpenAI's and Anthropic's shape, and those of compatible servers."""
    try:
        data = json.loads(text)
    except ValueError:
        markup = text.lstrip().startswith("<")
        return Complaint("a web page instead of JSON" if markup else text.strip() or None)
    if isinstance(data, list) and data:
        data = data[0]
    return _complaint(data.get("error", data) if isinstance(data, dict) else data)


def _complaint(error: object) -> Complaint:
    """Read an error by itself."""
    if not isinstance(error, dict):
        return Complaint(_text(error))
    message = _text(next((error[name] for name in ("message", "detail") if error.get(name)), None))
    field = error.get("param")
    known = isinstance(field, str) and field != "None"  # LiteLLM's null
    pause = _retry_delay(error.get("details"))
    complaint = Complaint(message, tuple(_codes(error)), field if known else None, pause)
    return _with_upstreams(complaint, error.get("metadata"))


def _with_upstreams(complaint: Complaint, metadata: object) -> Complaint:
    """Add what OpenRouter hands on from the provider behind it: its own words say little."""
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(raw, str):
        return complaint
    inner = _read(raw)
    said = ": ".join(part for part in (complaint.message, inner.message) if part)
    codes = inner.codes + complaint.codes
    return complaint._replace(message=said, codes=codes, field=complaint.field or inner.field)


def _retry_delay(details: object) -> float | None:
    """Read the pause that Google asks for: `{"retryDelay": "34s"}` among the details."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and (seconds := _number(delay.removesuffix("s"))) is not None:
            return seconds * 1000
    return None


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


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

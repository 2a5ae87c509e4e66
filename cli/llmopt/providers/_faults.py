"""What went wrong on the wire, as the few kinds of failure that llmopt tells apart.

Statuses and codes follow the providers' error references
(platform.openai.com/docs/guides/error-codes, platform.claude.com/docs/en/api/errors)
and what compatible servers send in their place.
"""

from __future__ import annotations

import errno
import math
import re
import socket
from asyncio import CancelledError
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.providers._complaints import Complaint, complaint_of, read
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
UNKNOWN_MODEL = re.compile(
    r"invalid model|model not exist|not a valid model|model identifier is invalid"
    r"|model .{1,80}(does not exist|not found)",
    re.IGNORECASE,
)
PLAIN_HTTP = re.compile("WRONG_VERSION_NUMBER|record layer failure")
"""What TLS says where the other end speaks plain HTTP."""

UNTRUSTED = re.compile(r"certificate verify failed: ([^('\"]*[^('\" ])")

HINTS: Mapping[ProviderErrorKind, str] = {
    "not_found": "check the model's name, and base_url if there is one",
    "context_length": "shorten the prompt or choose a model with a larger context",
    "timeout": "params: {timeout: SECONDS} says how long to wait; by default 600",
}
SPENT_HINT = "the account's credit or spending limit is used up; waiting does not help"


def refused(status: int, headers: Mapping[str, str], text: str, to: Endpoint) -> ProviderError:
    """Make the error of an answer whose status is no success."""
    complaint = read(text)
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
    complaint = complaint_of(error)
    code = str(error.get("code")) if isinstance(error, dict) else ""
    if re.fullmatch("[45][0-9]{2}", code):  # LiteLLM writes it as a text
        found = _error(int(code), complaint, f"HTTP {code}: ", to)
    else:
        status = next((TOLD[code] for code in complaint.codes if code in TOLD), 500)
        found = _error(status, complaint, "", to)
    found.late = True
    return found


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
    if "Timeout" in type(causes[-1]).__name__:  # at the root: dropped connections look like it too
        if "Connect" not in type(error).__name__:
            return late(to)
        why = "no connection came about in time"
    else:
        why = _why(causes)
    return ProviderError(
        "connection",
        to.clean(f"no answer from {to.shown}: {why}"),
        hint=proxy_hint(to.url) or f"check that {to.shown} is up and can be reached from here",
    )


def _why(causes: Sequence[BaseException]) -> str:
    """Say why there was no connection, without the address that the HTTP client repeats."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
            return "connection refused"
        if isinstance(cause, socket.gaierror):
            return cause.strerror or str(cause)
        if PLAIN_HTTP.search(str(cause)):
            return "it speaks http, not https"
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
        if UNKNOWN_MODEL.search(complaint.message or ""):
            return "not_found"
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
    if kind == "not_found" and to.oddity:
        return to.oddity
    return HINTS.get(kind)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, CancelledError):  # how asyncio times out
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
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

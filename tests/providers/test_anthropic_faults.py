from __future__ import annotations

from typing import Any

import pytest
from tests.wire.asking import Api
from tests.wire.formats import anthropic_error as told
from tests.wire.server import Reply

from llmopt.errors import ProviderErrorKind

INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, told("max_tokens: must be positive", kind=INVALID), "bad_request"),
        (400, told("prompt is too long: 9 tokens > 8 maximum", kind=INVALID), "context_length"),
        (400, told("Output blocked by content filtering policy", kind=INVALID), "content_filter"),
        (401, told("invalid x-api-key", kind="authentication_error"), "authentication"),
        (402, told("No credit.", kind="billing_error"), "permission"),
        (403, told("Not allowed.", kind="permission_error"), "permission"),
        (404, told("model: no-such", kind="not_found_error"), "not_found"),
        (413, told("Request exceeds the maximum size", kind="request_too_large"), "context_length"),
        (408, told("Too slow.", kind="timeout_error"), "timeout"),
        (422, told("top_k: too large", kind=INVALID), "bad_request"),
        (429, told("Slow down.", kind="rate_limit_error"), "rate_limit"),
        (500, told("Oops.", kind="api_error"), "server"),
        (502, told("Bad gateway.", kind="api_error"), "server"),
        (503, told("Unavailable.", kind="api_error"), "overloaded"),
        (504, told("Timed out.", kind="timeout_error"), "server"),
        (529, told("Overloaded", kind="overloaded_error"), "overloaded"),
        (200, told("Overloaded", kind="overloaded_error"), "overloaded"),
    ],
)
async def test_each_refusal_has_its_kind(
    anthropic: Api, status: int, body: Any, kind: ProviderErrorKind
) -> None:
    error = await anthropic.fail(Reply(status, body))
    assert error.kind == kind
    assert body["error"]["message"] in error.message
    assert len(anthropic.server.seen) == 1, "the SDK's own retries are off"


async def test_a_reached_spending_limit_is_not_retried(anthropic: Api) -> None:
    details = {"error_code": "enforced_spend_limit_reached"}
    error = await anthropic.fail(
        Reply(429, told("Limit.", kind="rate_limit_error", details=details))
    )
    assert (error.kind, error.retryable) == ("permission", False)
    assert error.hint is not None
    assert "spending limit" in error.hint


async def test_an_address_that_goes_too_far_is_told_when_it_answers_nothing(anthropic: Api) -> None:
    base_url = f"{anthropic.server.url}/v1"
    error = await anthropic.fail(Reply(404, b"not found"), base_url=base_url)
    assert error.hint == "take /v1 off base_url: llmopt adds it; or check the model's name"

from __future__ import annotations

from typing import Any

import pytest
from tests.wire.asking import Api
from tests.wire.formats import openai_error as told
from tests.wire.server import Reply

from llmopt.errors import ProviderErrorKind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, told("Unknown parameter: 'tempo'.", param="tempo"), "bad_request"),
        (400, told("Too long.", code="context_length_exceeded"), "context_length"),
        (400, told("This model's maximum context length is 4096 tokens."), "context_length"),
        (400, told("Too big.", kind="exceed_context_size_error", code=400), "context_length"),
        (413, told("Request too large for model."), "context_length"),
        (422, {"detail": [{"loc": ["body", "top_p"], "msg": "too large"}]}, "bad_request"),
        (400, told("Filtered.", code="content_filter"), "content_filter"),
        (400, told("It triggered the content management policy."), "content_filter"),
        (401, told("Incorrect API key provided.", code="invalid_api_key"), "authentication"),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, "permission"),
        (403, told("Country not supported."), "permission"),
        (404, told("No such model.", code="model_not_found"), "not_found"),
        (400, told("No such model.", code="model_not_found"), "not_found"),
        (408, told("Request timeout."), "timeout"),
        (409, told("Conflict."), "server"),
        (418, told("A teapot."), "bad_request"),
        (429, told("Slow down.", code="rate_limit_exceeded", kind="requests"), "rate_limit"),
        (429, told("Quota.", code="insufficient_quota", kind="insufficient_quota"), "permission"),
        (500, told("Oops.", kind="server_error"), "server"),
        (502, b"<html>Bad Gateway</html>", "server"),
        (503, {"error": "model is loading"}, "overloaded"),
        (504, b"", "server"),
        (520, b"unknown error", "server"),
        (529, [told("Overloaded.")], "overloaded"),
    ],
)
async def test_each_refusal_has_its_kind(
    openai: Api, status: int, body: Any, kind: ProviderErrorKind
) -> None:
    error = await openai.fail(Reply(status, body))
    assert error.kind == kind
    assert error.message.startswith(f"HTTP {status}: ")
    assert len(openai.server.seen) == 1, "the SDK's own retries are off"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (told("Too large.", param="top_p"), "HTTP 400: Too large. (field: top_p)"),
        (told("'top_p' is too large.", param="top_p"), "HTTP 400: 'top_p' is too large."),
        ({"object": "error", "message": "vLLM says no"}, "HTTP 400: vLLM says no"),
        ({"error": "Ollama says no"}, "HTTP 400: Ollama says no"),
        ({"detail": "FastAPI says no"}, "HTTP 400: FastAPI says no"),
        (b"plain  text\nsays no", "HTTP 400: plain text says no"),
        (b"<html>...</html>", "HTTP 400: a web page instead of JSON"),
        ({}, "HTTP 400: no message"),
        ([], "HTTP 400: []"),
        (None, "HTTP 400: no message"),
    ],
)
async def test_the_message_is_the_servers_own(openai: Api, body: Any, message: str) -> None:
    assert (await openai.fail(Reply(400, body))).message == message


async def test_a_used_up_quota_is_not_retried_and_says_what_to_do(openai: Api) -> None:
    error = await openai.fail(Reply(429, told("Quota.", code="insufficient_quota")))
    assert not error.retryable
    assert error.hint == "the account's credit or spending limit is used up; waiting does not help"


@pytest.mark.parametrize(("code", "kind"), [(429, "rate_limit"), (502, "server"), (None, "server")])
async def test_an_upstreams_error_inside_a_success_is_an_error(
    openai: Api, code: int | None, kind: ProviderErrorKind
) -> None:
    error = await openai.fail(Reply(200, {"error": {"code": code, "message": "Upstream."}}))
    assert error.kind == kind
    assert "Upstream." in error.message

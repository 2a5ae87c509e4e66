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
        (400, told("Model Not Exist"), "not_found"),
        (400, told("Invalid model name passed in model=x."), "not_found"),
        (400, told("x/y is not a valid model ID"), "not_found"),
        (400, told("Model 'x' does not exist"), "not_found"),
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
        (
            {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
            "HTTP 400: seed: Extra inputs are not permitted",
        ),
        (
            {
                "object": "error",
                "message": {
                    "detail": [
                        {"loc": ["body", "stop", 0], "msg": "Not a text", "type": "string_type"},
                        {"loc": ["body", "top_p"], "msg": "Too large", "type": "less_than"},
                    ]
                },
            },
            "HTTP 400: stop.0: Not a text; top_p: Too large",
        ),
        (
            {
                "error": {
                    "message": "Provider returned error",
                    "metadata": {"raw": '{"error": {"message": "Too large.", "param": "top_p"}}'},
                }
            },
            "HTTP 400: Provider returned error: Too large. (field: top_p)",
        ),
        (
            {"error": {"message": "No.", "metadata": {"raw": "Upstream says no"}}},
            "HTTP 400: No.: Upstream says no",
        ),
        (told("No.", param="None"), "HTTP 400: No."),
        ([{"error": {"code": 400, "message": "Gemini says no"}}], "HTTP 400: Gemini says no"),
        ({"code": "Bad", "error": "xAI says no"}, "HTTP 400: xAI says no"),
        ({"Message": "Bedrock says no"}, "HTTP 400: Bedrock says no"),
        ({"errors": [{"code": 7}]}, 'HTTP 400: [{"code": 7}]'),
        ({"error": {"reason": "odd"}}, 'HTTP 400: {"reason": "odd"}'),
        (
            b'data: {"error": {"message": "LiteLLM says no"}}\n\ndata: [DONE]',
            "HTTP 400: LiteLLM says no",
        ),
        (b"plain  text\nsays no", "HTTP 400: plain text says no"),
        (b"<html>...</html>", "HTTP 400: a web page instead of JSON"),
        ({}, "HTTP 400: no message"),
        ([], "HTTP 400: []"),
        (None, "HTTP 400: no message"),
    ],
)
async def test_the_message_is_the_servers_own(openai: Api, body: Any, message: str) -> None:
    assert (await openai.fail(Reply(400, body))).message == message


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("", "add /v1 to base_url, as most servers want it, or check the model's name"),
        ("/", "add /v1 to base_url, as most servers want it, or check the model's name"),
        ("/v1", "check the model's name, and base_url if there is one"),
    ],
)
async def test_an_address_without_a_path_that_answers_nothing_may_lack_its_path(
    path: str, hint: str, openai: Api
) -> None:
    base_url = openai.server.url + path
    error = await openai.fail(Reply(404, b"404 page not found"), base_url=base_url)
    assert error.hint == hint


async def test_a_used_up_quota_is_not_retried_and_says_what_to_do(openai: Api) -> None:
    error = await openai.fail(Reply(429, told("Quota.", code="insufficient_quota")))
    assert not error.retryable
    assert error.hint == "the account's credit or spending limit is used up; waiting does not help"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(429, "rate_limit"), (502, "server"), ("400", "bad_request"), (None, "server"), (7, "server")],
)
@pytest.mark.parametrize("in_the_choice", [False, True])
async def test_an_upstreams_error_inside_a_success_is_an_error(
    openai: Api,
    code: Any,
    kind: ProviderErrorKind,
    in_the_choice: bool,  # noqa: FBT001
) -> None:
    upstream = {"error": {"code": code, "message": "Upstream."}}
    choice = {"message": {"content": ""}, "finish_reason": "error", **upstream}
    error = await openai.fail(Reply(200, {"choices": [choice]} if in_the_choice else upstream))
    assert error.kind == kind
    assert error.message == ("Upstream." if code in (None, 7) else f"HTTP {code}: Upstream.")


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("No deployments available, Try again in 5 seconds. Passed model=x", 5000),
        ("Rate limit reached. Please try again in 1m0.5s.", 60_500),
        ("Please try again in 859ms. Visit the page.", 859),
        ("Please retry after 7 seconds.", 7000),
        ("Please retry in 34.074s.", 34_074),
        ("Please try again in a while.", None),
        ("Try again later.", None),
    ],
)
async def test_a_pause_that_the_message_alone_asks_for_is_passed_on(
    openai: Api, said: str, pause: float | None
) -> None:
    assert (await openai.fail(Reply(429, told(said)))).retry_after_ms == pause
    told_twice = await openai.fail(Reply(429, told(said), {"retry-after": "2"}))
    assert told_twice.retry_after_ms == 2000


@pytest.mark.parametrize(
    ("headers", "delay", "pause"),
    [
        ({}, "34s", 34_000),
        ({}, "0.25s", 250),
        ({"retry-after": "2"}, "34s", 2000),
        ({}, "soon", None),
        ({}, 34, None),
    ],
)
async def test_googles_pause_in_the_body_is_passed_on(
    openai: Api, headers: dict[str, str], delay: object, pause: float | None
) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    body = [{"error": {"code": 429, "message": "Quota.", "details": [{"links": []}, info]}}]
    assert (await openai.fail(Reply(429, body, headers))).retry_after_ms == pause

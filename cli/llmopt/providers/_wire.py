"""What the models that are reached over HTTP share: one call, its faults, its latency."""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, cast

from llmopt.domain import Completion, Model, Request
from llmopt.providers import _faults as faults
from llmopt.providers import quota
from llmopt.providers._endpoint import Home, resolve

if TYPE_CHECKING:
    import httpx2  # the SDKs' HTTP library; it comes with them and is as slow to import

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0

NOT_SENT = frozenset({"timeout", "stream", "stream_options"})
"""Parameters that are not the model's: how long to wait, and how the reply travels.

llmopt always takes the whole reply at once; streaming changes nothing that it measures."""


class UnreadableError(Exception):
    """An answer is no completion; the message says why."""


class HttpModel(ABC):
    """A model behind an HTTP API, spoken to through the vendor's SDK.

    Requests go through the SDK's untyped `post` and come back as the raw
    response: its typed layer takes up to a third of the processor time of a
    call and refuses parameters that it does not know, which the APIs and the
    compatible servers have. Its own retries are off; retrying is the caller's.

    `Request.params` is sent as it stands, null values left out, except
    `timeout` (seconds to wait for the answer, 600 by default).
    """

    sdk: ClassVar[str]
    client: ClassVar[str]
    """The name of the SDK's asynchronous client."""
    path: ClassVar[str]
    home: ClassVar[Home]

    def __init__(
        self, model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self.model = model
        self.endpoint = resolve(model, environ, self.home)
        self.on_quotas: Callable[[quota.Quotas], None] | None = None
        self._clock = clock
        self._sdk: Any = None
        self._client: Any = None
        self._raw: Any = None

    @property
    def base_url(self) -> str:
        """The address that answers, wherever it was configured."""
        return self.endpoint.url

    @abstractmethod
    def body(self, request: Request) -> dict[str, Any]:
        """Put a request as the API wants it."""

    @abstractmethod
    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        """Read an answer.

        Raises:
            UnreadableError: the answer is no completion.
        """

    def headers(self) -> Mapping[str, str]:
        """Return what every request carries beside the SDK's own headers."""
        return self.model.headers

    def extra_headers(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the headers that this one request needs."""
        return {}

    async def complete(self, request: Request) -> Completion:
        """Answer one request; `latency_ms` runs from sending it to its last byte.

        Raises:
            ProviderError: the call failed; its `kind` says how.
        """
        self.open()
        body = self.body(request)
        started = self._clock()
        response = await self._post(body, request.params.get("timeout"))
        latency_ms = (self._clock() - started) * 1000
        return replace(self._read(response, request), latency_ms=latency_ms)

    def open(self) -> None:
        """Import the SDK and set up the connection pool; the first call does so otherwise.

        The import takes half a second or more and holds up the event loop, and
        with it the measured latency of calls under way to other models: open
        every model before the first call where there are several.
        """
        if self._client is not None:
            return
        with _collector_paused():
            self._sdk = import_module(self.sdk)
            self._raw = import_module("httpx2").Response
        self._client = getattr(self._sdk, self.client)(
            api_key=self.endpoint.key,
            base_url=self.endpoint.url,
            default_headers=dict(self.headers()),
            max_retries=0,
            http_client=self._pool(),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _post(self, body: Mapping[str, Any], seconds: float | None) -> httpx2.Response:
        try:
            options = {
                "timeout": self._timeout(READ_SECONDS if seconds is None else seconds),
                "headers": dict(self.extra_headers(body)),
            }
            answer = await self._client.post(
                self.path, cast_to=self._raw, body=body, options=options
            )
        except self._sdk.APIStatusError as err:
            refusal = err.response
            self._tell(refusal.headers)
            raise faults.refused(
                refusal.status_code, refusal.headers, refusal.text, self.endpoint
            ) from None
        except self._sdk.APIConnectionError as err:
            raise faults.unanswered(err, self.endpoint) from None
        except (TypeError, ValueError, RecursionError) as err:
            raise faults.unsendable(err, self.endpoint) from None
        except Exception as err:  # noqa: BLE001 - transports let errors of their own through
            raise faults.unanswered(err, self.endpoint) from None
        response = cast("httpx2.Response", answer)
        self._tell(response.headers)
        return response

    def _tell(self, headers: Mapping[str, str]) -> None:
        if self.on_quotas:
            self.on_quotas(quota.read(headers))

    def _read(self, response: httpx2.Response, request: Request) -> Completion:
        try:
            data = response.json()
        except ValueError:
            raise faults.unreadable(f"not JSON: {response.text}", self.endpoint) from None
        if not isinstance(data, dict):
            raise faults.unreadable(f"a JSON {type(data).__name__}", self.endpoint)
        if data.get("error"):
            raise faults.told(data["error"], self.endpoint)
        try:
            return self.completion(data, request)
        except UnreadableError as err:
            raise faults.unreadable(str(err), self.endpoint) from None

    def _timeout(self, seconds: float) -> object:
        return self._sdk.Timeout(float(seconds), connect=min(CONNECT_SECONDS, float(seconds)))

    def _pool(self) -> object:
        """Make the connection pool, on aiohttp where it is installed: half the work per call.

        It follows no redirect: that would take prompts and key where nobody sent them.
        """
        fast = find_spec("aiohttp") is not None
        name = "DefaultAioHttpClient" if fast else "DefaultAsyncHttpxClient"
        # Reading the certificates takes longer than all else here; plain HTTP needs none.
        verify = self.endpoint.url.startswith("https:")
        return getattr(self._sdk, name)(follow_redirects=False, verify=verify)


def sendable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that go to the API: those that are set and meant for it."""
    return {
        name: value for name, value in params.items() if value is not None and name not in NOT_SENT
    }


def section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of an answer that is a mapping; empty where it is absent or something else."""
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def tokens(data: Mapping[str, Any], name: str) -> int | None:
    """Return a token count of an answer; None where there is none that makes sense."""
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return value


def text_of(parts: object, name: str) -> str:
    """Join the text of an answer's content: a text, or a list of parts of which some are text.

    Raises:
        UnreadableError: it is neither.
    """
    if parts is None:
        return ""
    if isinstance(parts, str):
        return parts
    if not isinstance(parts, list):
        raise UnreadableError(f"{name} is a {type(parts).__name__}")
    return "".join(part["text"] for part in parts if _is_text(part))


def _is_text(part: object) -> bool:
    return (
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from searching the SDK's classes in vain: a fifth of the wait."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()

"""What the models that are reached over HTTP share: one call, its faults, its latency."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from llmopt.domain import Completion, Model, Request
from llmopt.errors import ProviderError
from llmopt.providers import _faults as faults
from llmopt.providers import quota
from llmopt.providers._connection import Connection
from llmopt.providers._endpoint import Home, resolve
from llmopt.providers._stream import Assembly, events
from llmopt.providers.base import BEYOND

if TYPE_CHECKING:
    import httpx2  # the SDKs' HTTP library; it comes with them and is as slow to import

READ_SECONDS = 600.0

DRAIN_SECONDS = 0.1
"""How long to wait for the end of a stream behind its end mark: only then its socket is free."""

NOT_SENT = frozenset({"timeout", "stream", "stream_options"})
"""Parameters that are not the model's: how long to wait, and how the reply travels.

A model's `stream: true` streams; it is a setting of the model, not of a request."""


class UnreadableError(Exception):
    """An answer is no completion; the message says why."""


class HttpModel(ABC):
    """A model behind an HTTP API, spoken to through the vendor's SDK.

    Bodies are put together here, untyped: the SDKs' typed methods refuse parameters that
    they do not know and compatible servers have. Retrying is the caller's.

    `Request.params` is sent as it stands, null values left out, except
    `timeout` (seconds to wait for the answer, 600 by default).
    """

    sdk: ClassVar[str]
    client: ClassVar[str]
    """The name of the SDK's asynchronous client."""
    path: ClassVar[str]
    home: ClassVar[Home]
    assembly: ClassVar[type[Assembly]]
    """Makes what puts a streamed reply together."""
    streamed: ClassVar[Mapping[str, Any]] = {"stream": True}
    """What a body that asks for a streamed reply says besides."""

    def __init__(
        self, model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self.model = model
        self.endpoint = resolve(model, environ, self.home)
        self.on_quotas: Callable[[quota.Quotas], None] | None = None
        self._clock = clock
        self._connection: Connection | None = None
        self._plain = False
        """Whether the server wants nothing but `stream` to be said of a streamed reply."""

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
        return self.endpoint.headers

    def extra_headers(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the headers that this one request needs."""
        return {}

    async def complete(self, request: Request) -> Completion:
        """Answer one request; `latency_ms` runs from sending it to its last byte.

        Streamed replies have `first_token_ms` as well.

        Raises:
            ProviderError: the call failed; its `kind` says how.
        """
        connection = self.open()
        body = self.body(request)
        seconds, started = self._seconds(request), self._clock()
        first: float | None = None
        try:
            async with asyncio.timeout(seconds):  # the SDKs' own holds for each piece alone
                if self.model.stream:
                    response = await self._begun(connection, body, seconds)
                    data, first, ended = await self._collected(response)
                else:
                    response = await self._post(connection, body, seconds)
                    ended = self._clock()
                    data = self._json(response)
        except TimeoutError:
            raise faults.late(self.endpoint) from None
        return replace(
            self._read(data, request),
            latency_ms=(ended - started) * 1000,
            first_token_ms=None if first is None else (first - started) * 1000,
        )

    def _seconds(self, request: Request) -> float:
        """Return how long to wait for the answer."""
        seconds = request.params.get("timeout")
        try:
            return READ_SECONDS if seconds is None else float(seconds)
        except (TypeError, ValueError) as err:
            raise faults.unsendable(err, self.endpoint) from None

    def open(self) -> Connection:
        """Import the SDK and set up the connection pool; the first call does so otherwise.

        The import takes half a second or more and holds up the event loop, and
        with it the measured latency of calls under way to other models: open
        every model before the first call where there are several.
        """
        if self._connection is None:
            self._connection = Connection.open(
                self.sdk, self.client, self.endpoint, self.path, self.headers()
            )
        return self._connection

    async def aclose(self) -> None:
        """Close what is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    def tier_of(self, data: Mapping[str, Any]) -> str | None:
        """Return the service tier that an answer names."""
        tier = data.get("service_tier")
        return tier if isinstance(tier, str) else None

    async def _begun(
        self, connection: Connection, body: Mapping[str, Any], seconds: float
    ) -> httpx2.Response:
        """Ask for a streamed answer; options that the server turns out to refuse are left out.

        Mistral's refuses `stream_options`, and tells the usage unasked.
        """
        options = {"stream": True} if self._plain else self.streamed
        try:
            return await self._post(connection, {**body, **options}, seconds, stream=True)
        except ProviderError as error:
            if options.keys() == {"stream"} or error.kind != "bad_request":
                raise
            if not any(name in error.message for name in options if name != "stream"):
                raise
        self._plain = True
        return await self._begun(connection, body, seconds)

    async def _collected(
        self, response: httpx2.Response
    ) -> tuple[Mapping[str, Any], float | None, float]:
        """Read a streamed answer to its end; say as well when its first piece came, and its last.

        A server that does not stream, and answers at once, is as welcome.
        """
        first: float | None = None
        assembly = self.assembly()
        try:
            if "event-stream" not in response.headers.get("content-type", ""):
                await response.aread()
                return self._json(response), None, self._clock()
            chunks = response.aiter_bytes()
            async for event in events(chunks):
                if error := error_in(event):
                    return {"error": error}, None, self._clock()
                if assembly.take(event) and first is None:
                    first = self._clock()
            whole, ended = assembly.whole(), self._clock()
            await _drain(chunks)
        except ProviderError:
            raise
        except (ValueError, TypeError, AttributeError) as err:
            raise faults.unreadable(f"a broken stream: {err}", self.endpoint) from None
        except Exception as err:  # noqa: BLE001 - transports let errors of their own through
            raise faults.unanswered(err, self.endpoint) from None
        finally:
            await response.aclose()
        if whole is None:
            raise faults.unreadable("the stream ended before the reply did", self.endpoint)
        return whole, first, ended

    async def _post(
        self,
        connection: Connection,
        body: Mapping[str, Any],
        seconds: float,
        *,
        stream: bool = False,
    ) -> httpx2.Response:
        try:
            response = await connection.send(body, self.extra_headers(body), seconds, stream=stream)
        except (TypeError, ValueError, RecursionError) as err:
            raise faults.unsendable(err, self.endpoint) from None
        except Exception as err:  # noqa: BLE001 - transports let errors of their own through
            raise faults.unanswered(err, self.endpoint) from None
        self._tell(response.headers)
        if response.is_success:
            return response
        raise faults.refused(response.status_code, response.headers, response.text, self.endpoint)

    def _tell(self, headers: Mapping[str, str]) -> None:
        if self.on_quotas:
            self.on_quotas(quota.read(headers))

    def _json(self, response: httpx2.Response) -> Mapping[str, Any]:
        try:
            data = response.json()
        except ValueError:
            raise faults.unreadable(f"not JSON: {response.text}", self.endpoint) from None
        if not isinstance(data, dict):
            raise faults.unreadable(f"a JSON {type(data).__name__}", self.endpoint)
        return data

    def _read(self, data: Mapping[str, Any], request: Request) -> Completion:
        if error := error_in(data):
            raise faults.told(error, self.endpoint)
        try:
            return self.completion(data, request)
        except UnreadableError as err:
            raise faults.unreadable(str(err), self.endpoint) from None


def error_in(answer: Mapping[str, Any]) -> object:
    """Return the error that an answer or an event tells of; None where it tells of none.

    The Responses API's events are errors themselves, and OpenRouter's stand in the choice.
    """
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    inner = first.get("error") if isinstance(first, dict) else None
    itself = answer if answer.get("type") == "error" else None
    return answer.get("error") or inner or itself


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in chunks:
                pass


def sendable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that go to the API: those that are set and meant for it."""
    return {
        name: value for name, value in params.items() if value is not None and name not in NOT_SENT
    }


def section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of an answer that is a mapping; empty where it is absent or something else."""
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the mappings in a list of an answer; none where it is something else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def tokens(data: Mapping[str, Any], name: str) -> int | None:
    """Return a token count of an answer; None where there is none that makes sense."""
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < BEYOND:
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


def name_of(part: Mapping[str, Any]) -> str:
    """Return the name in a part of an answer; empty where there is none."""
    name = part.get("name")
    return name if isinstance(name, str) else ""


def stops_of(params: Mapping[str, Any]) -> list[str]:
    """Collect the stop sequences, under either API's name for them."""
    stops: list[str] = []
    for name in ("stop", "stop_sequences"):
        value = params.get(name)
        several = value if isinstance(value, list | tuple) else [value]
        stops += [str(stop) for stop in several if stop is not None]
    return stops


def cut_at(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Cut a reply at the first of the stops, as the API would have; say whether one was there."""
    ends = [end for stop in stops if stop and (end := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def _is_text(part: object) -> bool:
    return (
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
    )

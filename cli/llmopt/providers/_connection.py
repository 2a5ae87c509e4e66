"""The way to an HTTP API, opened by the vendor's SDK: its headers, its key, its sockets."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from llmopt.providers._endpoint import Endpoint

if TYPE_CHECKING:
    import httpx2  # the SDKs' HTTP library; it comes with them and is as slow to import

CONNECT_SECONDS = 10.0

ONCE = {"connection": "close"}
"""Said with streamed requests over plain HTTP, where a new connection costs next to nothing.

llama.cpp's server closes the old one behind a stream, unannounced: the next request failed there.
"""


@dataclass(frozen=True, slots=True)
class Connection:
    """A pool of sockets to one API, and what all requests through it have in common.

    The SDK's client says who asks and in which dialect. That holds for a whole run, so it
    is asked for once, and requests go straight into the SDK's HTTP client: through the
    SDK's own methods each call would cost half as much processor time again, which is what
    a run on a fast endpoint waits for.
    """

    client: Any
    pool: httpx2.AsyncClient
    http: ModuleType
    url: httpx2.URL
    headers: Mapping[str, str]

    @classmethod
    def open(
        cls, sdk_name: str, client_name: str, to: Endpoint, path: str, headers: Mapping[str, str]
    ) -> Connection:
        """Import the SDK, which takes half a second or more, and set up its connection pool.

        The SDK's own headers, its key among them, give way to `headers`.
        """
        with _collector_paused():
            sdk = import_module(sdk_name)
            http = import_module("httpx2")
        pool = _pool(sdk, secure=to.url.startswith("https:"))
        client = getattr(sdk, client_name)(
            api_key=to.key, base_url=to.url, max_retries=0, http_client=pool
        )
        own = {**client.auth_headers, **client.default_headers}
        return cls(
            client=client,
            pool=pool,
            http=http,
            url=_joined(http.URL(to.url), path),
            headers={**_lowered(own), **_lowered(headers)},
        )

    async def send(
        self, body: Mapping[str, Any], headers: Mapping[str, str], seconds: float, *, stream: bool
    ) -> httpx2.Response:
        """Post a body; the answer is read to its end unless it is a streamed success.

        Raises:
            TypeError, ValueError, RecursionError: it cannot be written as JSON or as headers.
            Exception: whatever the connection ends in.
        """
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        timeout = self.http.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        once = ONCE if stream and self.url.scheme == "http" else {}
        request = self.http.Request(
            "POST",
            self.url,
            headers={**self.headers, **once, **_lowered(headers)},
            content=text.encode(),
            extensions={"timeout": timeout.as_dict()},
        )
        response = await self.pool.send(request, stream=stream)
        if not response.is_success:
            await response.aread()
        return response

    async def aclose(self) -> None:
        """Close what is open."""
        await self.client.close()


def _joined(base: httpx2.URL, path: str) -> httpx2.URL:
    """Put a path behind an address; a query of it (Azure's `api-version`) stays behind both.

    A version that ends the one and begins the other is written once.
    """
    start = base.path.rstrip("/")
    version = path.split("/")[1]
    if start.endswith(f"/{version}"):
        start = start.removesuffix(f"/{version}")
    return base.copy_with(path=start + path)


def _pool(sdk: ModuleType, *, secure: bool) -> httpx2.AsyncClient:
    """Make the connection pool, on aiohttp where it is installed: half the work per call.

    It follows no redirect: that would take prompts and key where nobody sent them.
    """
    fast = find_spec("aiohttp") is not None
    name = "DefaultAioHttpClient" if fast else "DefaultAsyncHttpxClient"
    # Reading the certificates takes longer than all else here; plain HTTP needs none.
    pool = getattr(sdk, name)(follow_redirects=False, verify=secure)
    return cast("httpx2.AsyncClient", pool)


def _lowered(headers: Mapping[str, object]) -> dict[str, str]:
    """Return headers fit for merging: names in lower case, without what an SDK leaves out."""
    return {name.lower(): value for name, value in headers.items() if isinstance(value, str)}


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

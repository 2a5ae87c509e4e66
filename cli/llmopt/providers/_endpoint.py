"""Where a model's API is, and the key that may be sent there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlsplit

from llmopt.domain import Model
from llmopt.errors import MissingError, UsageError

NO_KEY = "no-key-needed"
"""Sent to addresses that want none: the SDKs insist on having something to send."""

SHORTEST_SECRET = 4
"""Nobody's key is shorter, and blanking out shorter texts would garble messages."""

LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Home:
    """A provider's own API: its address, and the environment variables that speak of it."""

    url: str
    key_env: str
    url_env: str

    def owns(self, url: str) -> bool:
        """Say whether an address is the provider's own, its regional hosts included."""
        host, own = urlsplit(url).hostname or "", urlsplit(self.url).hostname
        return host == own or host.endswith(f".{own}")

    def oddity(self, url: str) -> str | None:
        """Say what may be wrong with the path of an address that answers nothing."""
        path, own = urlsplit(url).path.rstrip("/"), urlsplit(self.url).path
        if own and not path:
            return f"add {own} to base_url, as most servers want it, or check the model's name"
        if not own and path.endswith("/v1"):
            return "take /v1 off base_url: llmopt adds it; or check the model's name"
        return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked address with its key; `key_env` is the variable the key was read from, if any.

    `headers` are those of the model, with the values that the environment holds; `oddity`
    is what may be wrong with the address if it answers nothing.
    """

    url: str
    key: str = field(repr=False)
    key_env: str | None
    at_home: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    oddity: str | None = None

    @property
    def shown(self) -> str:
        """The address as messages may name it: host and port, no path, no password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def clean(self, text: str) -> str:
        """Return one short line of a foreign text, with nothing secret in it."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        line = " ".join(text.split())
        return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def resolve(model: Model, environ: Mapping[str, str], home: Home) -> Endpoint:
    """Find the address of a model and the key that goes with it.

    A key is sent to the provider it belongs to, or to the address that
    `api_key_env` names it for, and nowhere else: a foreign `base_url` gets a
    placeholder. An address from the environment (`OPENAI_BASE_URL`, ...) comes
    from the same hand as the key beside it, so these two go together.

    Raises:
        MissingError: the key, or the variable of a header, is needed and not in the environment.
        UsageError: the address is no http(s) URL.
    """
    from_environment = environ.get(home.url_env, "").strip()
    url = model.base_url or from_environment or home.url
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageError(
            f"the address of {model.name} is no http(s) URL: {_without_password(url)}",
            hint="write base_url as in http://localhost:11434/v1",
        )
    at_home = home.owns(url)
    key_env = model.api_key_env or (home.key_env if at_home or not model.base_url else None)
    key = environ.get(key_env, "").strip() if key_env else ""
    if key_env and not key and (at_home or model.api_key_env):
        raise _missing(model, key_env)
    if not (key.isascii() and key.isprintable()):
        raise _unsendable("key", key_env, model)
    headers = {name: _header(name, model, environ) for name in model.headers}
    # A server may repeat a header's value without its scheme: `Bearer …`.
    parts = {value.rpartition(" ")[2] for value in headers.values()}
    secrets = {key, *headers.values(), *parts, urlsplit(url).password or ""}
    written = {form for secret in secrets for form in _spellings(secret)}
    return Endpoint(
        url=url,
        key=key or NO_KEY,
        key_env=key_env if key else None,
        at_home=at_home,
        headers=headers,
        secrets=tuple(s for s in sorted(written, key=len) if len(s) >= SHORTEST_SECRET)[::-1],
        oddity=home.oddity(url),
    )


def _spellings(secret: str) -> Iterator[str]:
    """Yield a secret as servers may repeat it: plain, in an address, in JSON, in base64."""
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield base64.b64encode(f":{secret}".encode()).decode().rstrip("=")


def _without_password(url: str) -> str:
    return re.sub("//[^/@]*@", "//", url)


def _header(name: str, model: Model, environ: Mapping[str, str]) -> str:
    """Return what a header carries."""
    value = model.headers[name]
    if isinstance(value, str):
        return value
    found = environ.get(value.variable, "").strip()
    if not found:
        where = f" ({value.place})" if value.place else ""
        raise MissingError(
            f"no value for the header {name} of {model.name}{where}: "
            f"the environment variable {value.variable} is not set",
            hint=f"set {value.variable}, or take the header out",
        )
    if not (found.isascii() and found.isprintable()):
        raise _unsendable(f"header {name}", value.variable, model)
    return found


def _unsendable(what: str, variable: str | None, model: Model) -> MissingError:
    return MissingError(
        f"the {what} in {variable} for {model.name} holds characters that no key has",
        hint="copy it again: a typographic quote or a line break came along",
    )


def _missing(model: Model, key_env: str) -> MissingError:
    return MissingError(
        f"no key for {model.name}: the environment variable {key_env} is not set",
        hint=f"set {key_env}, name another variable with api_key_env, or use a model that needs "
        "no key: embedded/rules, recorded/FILE.jsonl",
    )

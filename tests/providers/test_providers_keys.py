"""Which key goes where: to its owner, or where `api_key_env` sends it, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from contextlib import aclosing

import pytest
from tests.wire.asking import KEY, Api, request

from llmopt.domain import FromEnvironment, Model, Place
from llmopt.domain.models import PROVIDERS
from llmopt.errors import MissingError, UsageError
from llmopt.providers import registry
from llmopt.providers._wire import HttpModel

DEFAULTS = {
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}


def build(name: str, environ: Mapping[str, str], **fields: object) -> HttpModel:
    model = Model(id=f"{name}/a-model", name="a-model", **fields)  # type: ignore[arg-type]
    provider = registry.build(model, environ=environ, clock=float)
    assert isinstance(provider, HttpModel)
    return provider


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_a_missing_key_is_told_before_any_call(name: str, value: str | None) -> None:
    key_env = DEFAULTS[name][0]
    with pytest.raises(MissingError, match=f"a-model.*{key_env}") as caught:
        build(name, {} if value is None else {key_env: value})
    assert caught.value.hint is not None
    for way in (key_env, "api_key_env", "embedded/rules", "recorded/FILE.jsonl"):
        assert way in caught.value.hint


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_providers_own_key_goes_to_the_provider(name: str) -> None:
    key_env, _, url = DEFAULTS[name]
    provider = build(name, {key_env: f" {KEY}\n"})
    assert (provider.base_url, provider.endpoint.key) == (url, KEY)


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:11434/v1", "https://api.openai.com.example/v1", "https://notapi.openai.com"],
)
def test_it_never_goes_to_a_foreign_address(name: str, base_url: str) -> None:
    provider = build(name, {DEFAULTS[name][0]: KEY}, base_url=base_url)
    assert provider.endpoint.key != KEY


@pytest.mark.parametrize("name", DEFAULTS)
def test_api_key_env_sends_a_key_where_it_says(name: str) -> None:
    provider = build(name, {"A_KEY": KEY}, base_url="http://localhost:1", api_key_env="A_KEY")
    assert provider.endpoint.key == KEY
    with pytest.raises(MissingError, match="A_KEY"):
        build(name, {}, base_url="http://localhost:1", api_key_env="A_KEY")


@pytest.mark.parametrize("name", DEFAULTS)
def test_an_address_from_the_environment_brings_its_own_key(name: str) -> None:
    key_env, url_env, _ = DEFAULTS[name]
    gateway = {url_env: "http://gateway.example/v1"}
    provider = build(name, {**gateway, key_env: KEY})
    assert (provider.base_url, provider.endpoint.key) == ("http://gateway.example/v1", KEY)
    assert build(name, gateway).endpoint.key != KEY
    configured = build(name, {**gateway, key_env: KEY}, base_url="http://localhost:1")
    assert (configured.base_url, configured.endpoint.key == KEY) == ("http://localhost:1", False)


async def test_a_foreign_server_gets_a_placeholder(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_env = DEFAULTS[api.name][0]
    monkeypatch.setenv(key_env, KEY)  # where the SDK would look by itself
    provider = build(api.name, {key_env: KEY}, base_url=api.base_url)
    async with aclosing(provider):
        await provider.complete(request())
    arrived = " ".join(api.server.seen[0].headers.values())
    assert KEY not in arrived
    assert "no-key-needed" in arrived


@pytest.mark.parametrize("key", ["sk-“quoted”", "sk-two\nlines"])
def test_a_key_that_no_header_can_carry_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(MissingError, match="OPENAI_API_KEY") as caught:
        build("openai", {"OPENAI_API_KEY": key})
    assert key not in f"{caught.value.message}{caught.value.hint}"


GATEWAY = {"X-Gate": FromEnvironment("GATEWAY_KEY", Place("llmopt.yaml", 6, 24)), "X-Team": "a"}


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_the_missing_value_of_a_header_is_told_before_any_call(
    name: str, value: str | None
) -> None:
    environ = {DEFAULTS[name][0]: KEY} | ({} if value is None else {"GATEWAY_KEY": value})
    with pytest.raises(MissingError) as caught:
        build(name, environ, headers=GATEWAY)
    assert caught.value.message == (
        "no value for the header X-Gate of a-model (llmopt.yaml:6:24): "
        "the environment variable GATEWAY_KEY is not set"
    )


async def test_a_header_goes_out_with_the_value_that_the_environment_holds(api: Api) -> None:
    environ = {DEFAULTS[api.name][0]: KEY, "GATEWAY_KEY": " the gate's own\n"}
    async with aclosing(build(api.name, environ, base_url=api.base_url, headers=GATEWAY)) as asked:
        await asked.complete(request())
    arrived = api.server.seen[0].headers
    assert (arrived["x-gate"], arrived["x-team"]) == ("the gate's own", "a")


@pytest.mark.parametrize("value", ["“quoted”", "two\nlines"])
def test_a_value_that_no_header_can_carry_is_told_without_showing_it(value: str) -> None:
    with pytest.raises(MissingError, match="header X-Gate in GATEWAY_KEY") as caught:
        build("openai", {"OPENAI_API_KEY": KEY, "GATEWAY_KEY": value}, headers=GATEWAY)
    assert value not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("base_url", ["localhost:11434/v1", "ftp://x", "http://", "/v1"])
def test_an_address_that_is_no_url_is_told_before_any_call(base_url: str) -> None:
    with pytest.raises(UsageError, match="no http"):
        build("openai", {}, base_url=base_url)


def test_an_address_from_the_environment_is_told_without_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        build("openai", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "ftp://me:hunter2@host/v1"})
    assert "ftp://host/v1" in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", DEFAULTS)
def test_building_a_provider_imports_no_sdk(name: str) -> None:
    code = f"""
import sys
from llmopt.domain import Model
from llmopt.providers.registry import build
build(Model(id="{name}/m", name="m"), environ={{"{DEFAULTS[name][0]}": "k"}}, clock=float)
print(*{{"openai", "anthropic", "httpx2", "pydantic", "aiohttp"}} & sys.modules.keys())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_providers_that_files_know_are_those_that_are_built_in() -> None:
    assert set(PROVIDERS) == set(registry.BUILT_IN)

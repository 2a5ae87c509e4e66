from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from genai_prices import Usage as Counts
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices, TimeOfDateConstraint

from llmopt.domain import Completion, Model, Price, Request, TrialKey, Usage
from llmopt.prices import lookup, table
from llmopt.prices.table import Pricer, cost, price_of, table_date, table_version

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALL = Usage(input_tokens=4_000, output_tokens=150)
CACHED = Usage(4_000, 150, cached_input_tokens=3_000, cache_write_tokens=500)

KNOWN = (
    "openai/gpt-4o", "openai/gpt-4o-mini", "openai/gpt-4.1", "openai/gpt-5-mini", "openai/o3",
    "openai/gpt-3.5-turbo", "anthropic/claude-3-5-haiku-latest", "anthropic/claude-haiku-4-5",
    "anthropic/claude-sonnet-4-5", "anthropic/claude-opus-4-6", "google/gemini-2.5-pro",
    "google/gemini-2.5-flash", "mistral/mistral-small-latest", "deepseek/deepseek-chat",
    "x-ai/grok-3", "openrouter/openai/gpt-4o",
)  # fmt: skip


def model(
    model_id: str,
    *,
    price: Price | None = None,
    base_url: str | None = None,
    **params: object,
) -> Model:
    return Model(id=model_id, name=model_id, price=price, base_url=base_url, params=params)


def package_says(model_id: str, usage: Usage, **context: str) -> float:
    provider, _, name = model_id.partition("/")
    counts = Counts(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_reasoning_tokens=usage.reasoning_tokens,
    )
    found = calc_price(
        counts,
        name,
        provider_id=provider,
        genai_request_timestamp=NOW,
        price_context=context or None,
    )
    return float(found.total_price)


@pytest.mark.parametrize("usage", [CALL, CACHED, Usage(0, 0), Usage(500_000, 9_000, 400_000)])
@pytest.mark.parametrize("model_id", KNOWN)
def test_known_models_cost_what_the_package_says(model_id: str, usage: Usage) -> None:
    assert cost(model(model_id), usage, at=NOW) == pytest.approx(
        package_says(model_id, usage), rel=1e-9
    )


def test_rates_are_dollars_per_million_tokens() -> None:
    rates = price_of(model("openai/gpt-4o"), at=NOW)
    assert rates is not None
    dollars = cost(model("openai/gpt-4o"), Usage(1_000_000, 1_000_000), at=NOW)
    assert dollars == pytest.approx(rates.input + rates.output)


def test_a_model_s_own_price_wins_over_the_table() -> None:
    own = model("openai/gpt-4o", price=Price(input=1, output=2, cached_input=0.5, cache_write=4))
    usage = Usage(1_000_000, 1_000_000, cached_input_tokens=500_000, cache_write_tokens=100_000)
    assert cost(own, usage) == pytest.approx(0.4 * 1 + 0.5 * 0.5 + 0.1 * 4 + 1 * 2)


def test_cached_tokens_cost_like_others_where_no_rate_is_given_for_them() -> None:
    own = model("openai/local", price=Price(input=2, output=0))
    assert cost(own, Usage(1_000_000, 1, 400_000, 100_000)) == pytest.approx(2)


@pytest.mark.parametrize(
    "model_id",
    [
        "openai/llama3.1:8b",
        "openai/gpt-of-tomorrow",
        "nobody/gpt-4o",
        "openai/",
        "gpt-4o",
        # No chat model: its output has no rate.
        "openai/whisper-1",
    ],
)
def test_an_unknown_price_is_none_and_never_zero(model_id: str) -> None:
    assert cost(model(model_id), CALL) is None
    assert price_of(model(model_id)) is None


def test_vectors_are_no_output_that_costs() -> None:
    embedding = model("openai/text-embedding-3-small")
    assert cost(embedding, Usage(1_000_000, 0)) == pytest.approx(0.02)


@pytest.mark.parametrize("usage", [Usage(), Usage(input_tokens=5), Usage(output_tokens=5)])
@pytest.mark.parametrize("model_id", ["openai/gpt-4o", "openai/gpt-5.6-sol"])
def test_unknown_tokens_make_the_cost_unknown(model_id: str, usage: Usage) -> None:
    assert cost(model(model_id), usage) is None


@pytest.mark.parametrize("model_id", ["openai/gpt-4o", "openai/gpt-5.6-sol"])
def test_more_cached_tokens_than_input_make_the_cost_unknown(model_id: str) -> None:
    assert (
        cost(model(model_id), Usage(100, 5, cached_input_tokens=90, cache_write_tokens=11)) is None
    )


@pytest.mark.parametrize("usage", [CALL, CACHED, Usage()])
def test_what_is_free_costs_zero_and_is_not_unknown(usage: Usage) -> None:
    local = model("openai/llama3.1:8b", price=Price(input=0, output=0))
    assert cost(local, usage) == 0.0
    assert cost(model("embedded/rules"), usage) == 0.0


def test_a_replay_costs_what_the_model_it_stands_for_costs() -> None:
    replay = Model(id="recorded/past.jsonl", name="past", stands_for="openai/gpt-4o")
    assert cost(replay, CALL, at=NOW) == cost(model("openai/gpt-4o"), CALL, at=NOW)
    assert cost(model("recorded/past.jsonl"), CALL) is None


def test_cached_tokens_are_cheaper_and_cache_writes_dearer() -> None:
    haiku = Pricer(model("anthropic/claude-haiku-4-5"), at=NOW)
    plain, read, write = (
        haiku.cost(Usage(4_000, 150, cached_input_tokens=r, cache_write_tokens=w))
        for r, w in ((0, 0), (3_000, 0), (0, 3_000))
    )
    assert plain is not None
    assert read is not None
    assert write is not None
    assert read < plain < write


def test_a_model_listed_without_rates_is_unknown_where_the_package_calls_it_free() -> None:
    bare = [f"{provider}/{info.id}" for provider, info, r in listed() if not any(vars(r).values())]
    assert bare
    for model_id in bare:
        assert package_says(model_id, CALL) == 0
        assert cost(model(model_id), CALL, at=NOW) is None


def test_a_model_with_nothing_but_flat_rates_is_priced_without_the_package() -> None:
    assert Pricer(model("openai/gpt-4o")).flat
    assert Pricer(model("openai/any", price=Price(input=1, output=2))).flat


def listed() -> Iterator[tuple[str, ModelInfo, ModelPrice]]:
    for provider in get_snapshot().providers:
        for info in provider.models:
            yield provider.id, info, info.get_prices(NOW)


def test_every_model_that_the_package_lists_costs_what_it_says() -> None:
    priced = 0
    for provider, info, rates in listed():
        pricer = Pricer(model(f"{provider}/{info.id}"), at=NOW)
        for usage in (CALL, CACHED, Usage(300_000, 2_000, 100_000, 0, 1_000)):
            dollars = pricer.cost(usage)
            if rates.input_mtok is None or rates.output_mtok is None or dollars is None:
                continue
            priced += 1
            assert dollars == pytest.approx(package_says(f"{provider}/{info.id}", usage), rel=1e-9)
    assert priced > 1_000


def first_tier(rates: ModelPrice) -> int | None:
    tiered = isinstance(rates.input_mtok, TieredPrices) and rates.output_mtok is not None
    return rates.input_mtok.tiers[0].start if tiered else None  # type: ignore[union-attr]


def test_one_token_beyond_a_long_context_tier_makes_the_whole_call_dearer() -> None:
    tiers = {f"{p}/{info.id}": start for p, info, r in listed() if (start := first_tier(r))}
    sample = {
        name: start for name, start in tiers.items() if name.startswith(("openai/", "anthropic/"))
    }
    assert sample
    for id_, start in sample.items():
        pricer = Pricer(model(id_), at=NOW)
        below, beyond = (pricer.cost(Usage(start + extra, 100)) for extra in (0, 1))
        assert below is not None
        assert beyond is not None
        assert beyond > 1.1 * below
        assert not pricer.flat
        assert pricer.price is not None
        assert below == pytest.approx(
            (pricer.price.input * start + pricer.price.output * 100) / 1_000_000
        )


def test_a_service_tier_among_the_parameters_is_priced() -> None:
    flex = cost(model("openai/o3", service_tier="flex"), CALL, at=NOW)
    plain = cost(model("openai/o3"), CALL, at=NOW)
    assert flex == pytest.approx(package_says("openai/o3", CALL, service_tier="flex"))
    assert flex != plain


def test_the_package_gives_a_tier_it_does_not_know_the_standard_price() -> None:
    # The trap that the next test keeps llmopt out of.
    assert package_says("openai/o3", CALL, service_tier="warp") == package_says("openai/o3", CALL)


@pytest.mark.parametrize(
    "asked",
    [
        model("openai/o3", service_tier="warp"),
        model("openai/gpt-3.5-turbo", service_tier="flex"),
        model("anthropic/claude-haiku-4-5", speed="fast"),
        # Azure sells OpenAI's models, at rates of its own.
        model("azure/o3", service_tier="flex"),
    ],
)
def test_a_tier_without_rates_is_unknown_not_standard(asked: Model) -> None:
    assert cost(asked, CALL, at=NOW) is None


@pytest.mark.parametrize("tier", ["auto", "default"])
def test_a_tier_that_means_the_standard_costs_the_standard(tier: str) -> None:
    asked = model("openai/o3", service_tier=tier)
    assert cost(asked, CALL, at=NOW) == cost(model("openai/o3"), CALL, at=NOW)


def charged(asked: Model, served: str | None, **params: Any) -> float | None:
    request = Request((), {**asked.params, **params}, TrialKey("p", "v", asked.name, "c", 0))
    return Pricer(asked, at=NOW).charge(request, Completion("yes", CALL, service_tier=served))


def test_the_tier_that_a_call_was_served_as_is_what_it_costs() -> None:
    plain = cost(model("openai/o3"), CALL, at=NOW)
    flex = cost(model("openai/o3", service_tier="flex"), CALL, at=NOW)
    priority = package_says("openai/o3", CALL, service_tier="priority")
    assert charged(model("openai/o3"), "priority") == pytest.approx(priority)
    assert charged(model("openai/o3", service_tier="auto"), "flex") == flex
    assert charged(model("openai/o3", service_tier="priority"), "default") == plain
    assert charged(model("openai/o3", service_tier="flex"), "flex") == flex
    assert charged(model("openai/o3", service_tier="flex"), None) == flex
    assert charged(model("openai/o3"), None, service_tier="flex") == flex  # a variant's wish
    assert len({plain, flex, priority}) == 3


def test_a_tier_served_without_rates_is_unknown_but_not_where_the_price_is_one_s_own() -> None:
    assert charged(model("openai/o3"), "warp") is None
    own = replace(model("openai/o3"), price=Price(1, 1))
    assert charged(own, "warp") == cost(own, CALL)
    assert charged(model("embedded/rules"), "warp") == 0


def test_cache_writes_for_an_hour_cost_what_the_table_says_of_them() -> None:
    asked = model("anthropic/claude-haiku-4-5")  # $1 input, $1.25 and $2 to write
    written = Usage(1_000_000, 0, cache_write_tokens=600_000, cache_write_1h_tokens=400_000)
    assert cost(asked, written, at=NOW) == pytest.approx(0.4 * 1 + 0.2 * 1.25 + 0.4 * 2)
    short = replace(written, cache_write_1h_tokens=0)
    assert cost(asked, short, at=NOW) == pytest.approx(0.4 * 1 + 0.6 * 1.25)


def test_prices_are_those_of_the_day_of_the_call() -> None:
    launch, later = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
    before, after = (cost(model("openai/o3"), CALL, at=day) for day in (launch, later))
    assert before is not None
    assert after is not None
    assert after < before  # OpenAI cut o3 by 80 % on 10 June 2025


def test_rates_that_change_by_the_hour_are_never_taken_for_flat() -> None:
    hourly = [
        f"{provider}/{info.id}"
        for provider, info, _ in listed()
        if isinstance(info.prices, list)
        and any(isinstance(price.constraint, TimeOfDateConstraint) for price in info.prices)
    ]
    assert hourly
    assert not any(Pricer(model(id_)).flat for id_ in hourly)


def test_a_known_address_says_who_sells_the_model() -> None:
    at_deepseek = model("openai/deepseek-chat", base_url="https://api.deepseek.com/v1")
    assert cost(at_deepseek, CALL, at=NOW) == cost(model("deepseek/deepseek-chat"), CALL, at=NOW)
    assert cost(model("openai/deepseek-chat"), CALL, at=NOW) is None


def test_behind_an_unknown_address_the_id_says_whose_price_holds() -> None:
    proxied = model("openai/gpt-4o", base_url="http://localhost:4000/v1")
    assert cost(proxied, CALL, at=NOW) == cost(model("openai/gpt-4o"), CALL, at=NOW)


def test_rates_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def spy(of: Model, at: datetime | None) -> lookup.Offer | None:
        asked.append(of.id)
        return lookup.look_up(of, at)

    monkeypatch.setattr(table, "look_up", spy)
    for id_ in ("openai/gpt-4o", "openai/unheard-of"):
        pricer = Pricer(model(id_))
        for _ in range(3):
            pricer.cost(CALL)
    assert asked == ["openai/gpt-4o", "openai/unheard-of"]


def test_a_fee_by_the_call_is_not_taken_for_flat() -> None:
    with_fee = [
        (provider, info)
        for provider, info, rates in listed()
        if rates.requests_kcount and rates.input_mtok and rates.output_mtok
    ]
    assert with_fee
    for provider, info in with_fee:
        assert not Pricer(model(f"{provider}/{info.id}"), at=NOW).flat


def test_the_table_s_version_is_the_installed_package_s() -> None:
    name, _, release = (table_version() or "").partition(" ")
    assert name == "genai-prices"
    assert release[0].isdigit()


def test_the_table_s_date_is_its_newest_change_that_is_in_force() -> None:
    starts = {
        price.constraint.start_date
        for provider in get_snapshot().providers
        for info in provider.models
        for price in [*_conditional(info), *(info.price_variants or ())]
        if hasattr(price.constraint, "start_date")
    }
    today = datetime.now(UTC).date()
    assert table_date() == max(day for day in starts if day <= today)


def _conditional(info: ModelInfo) -> list:  # type: ignore[type-arg]
    return info.prices if isinstance(info.prices, list) else []


def test_without_the_package_s_source_the_date_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(table, "find_spec", lambda _name: None)
    assert table_date.__wrapped__() is None


def in_fresh_python(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_table_is_imported_only_when_a_price_is_looked_up() -> None:
    in_fresh_python(
        "import sys\n"
        "from llmopt.domain import Model, Price, Usage\n"
        "from llmopt.prices import Pricer, table_date, table_version\n"
        "own = Price(input=1, output=1)\n"
        "assert Pricer(Model('openai/x', 'x', price=own)).cost(Usage(1, 1)) == 2e-6\n"
        "assert Pricer(Model('embedded/rules', 'rules')).cost(Usage(1, 1)) == 0\n"
        "assert table_date() and table_version()\n"
        "assert not {'genai_prices', 'pydantic', 'httpx2'} & set(sys.modules)\n"
    )


def test_looking_up_a_price_asks_no_network() -> None:
    in_fresh_python(
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from llmopt.domain import Model\n"
        "from llmopt.prices import price_of\n"
        "assert price_of(Model('openai/gpt-4o', 'gpt-4o')).input > 0\n"
    )

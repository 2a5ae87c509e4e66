"""Which providers there are, and how a configured model becomes something that answers."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

from llmopt.domain import Model
from llmopt.domain.models import PROVIDER_ENTRY_POINTS
from llmopt.errors import MissingError, UsageError
from llmopt.providers.base import Provider

ENTRY_POINTS = PROVIDER_ENTRY_POINTS
DEFAULT_MODEL = "embedded/rules"
"""What answers when no model is configured: free, offline, and said to be what it is."""

NO_KEY = "LLMOPT_NO_KEY"
"""Stands for a key that is missing, where nothing is sent: addresses and limits want none."""

STEADY: Mapping[str, Any] = MappingProxyType({"temperature": 0, "max_tokens": 2000})
"""Parameters by which any model replies alike every time, and not for ever."""


class ProviderModule(Protocol):
    """What a provider's module (or a third party's entry point) offers.

    It may also have `expand(model, folder)`, if one id stands for several models.
    """

    def provider(
        self, model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]
    ) -> Provider:
        """Make the provider of one model."""
        ...


class _Kind(NamedTuple):
    """A provider: its module, what must stand beside its figures, and where it answers.

    A local one answers inside this process: nothing to wait for, to pay or to cache.
    `steady` are the parameters by which a judge's reply is the likeliest one, and JSON alone.
    """

    module: str
    note: str | None = None
    local: bool = False
    steady: Mapping[str, Any] = MappingProxyType({})


BUILT_IN: Mapping[str, _Kind] = {
    "openai": _Kind(
        "llmopt.providers.openai_api",
        steady={**STEADY, "seed": 0, "response_format": {"type": "json_object"}},
    ),
    "anthropic": _Kind("llmopt.providers.anthropic_api", steady=STEADY),
    "embedded": _Kind(
        "llmopt.providers.embedded.model",
        "{name} is rules and a lexicon inside llmopt, not a language model; "
        "for trying llmopt and for tests",
        local=True,
    ),
    "local": _Kind("llmopt.providers.local_embeddings", local=True),
    "recorded": _Kind(
        "llmopt.providers.recorded",
        "{name} is replayed from {source}, not called",
        local=True,
    ),
}


def names() -> tuple[str, ...]:
    """Name every provider that this installation knows, built in or installed beside it."""
    return (*BUILT_IN, *sorted(point.name for point in entry_points(group=ENTRY_POINTS)))


def expand(model: Model, folder: Path) -> tuple[Model, ...]:
    """Return the models that an id offers: itself, or all those in a recording.

    Relative paths in the id start at `folder`.

    Raises:
        UsageError: the id names no known provider.
        InputError: a recording cannot be read.
    """
    expander = getattr(_module(model), "expand", None)
    return expander(model, folder) if expander else (model,)


def build(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Make the provider that answers for `model`.

    `environ` holds the keys, `clock` tells seconds for latencies.

    Raises:
        UsageError: the id names no known provider or no model of it.
        MissingError: the model's key, or the value of a header, is not in the environment.
    """
    return _module(model).provider(model, environ=environ, clock=clock)


def build_to_describe(
    model: Model,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
    vectors: bool = False,
) -> tuple[Provider, bool]:
    """Make a provider that will be asked nothing; say whether a key of it is missing.

    `vectors`: the one that `build_embedder` makes.

    Raises:
        UsageError: as `build`.
        MissingError: something else than a key is missing.
    """
    make = build_embedder if vectors else build
    try:
        return make(model, environ=environ, clock=clock), False
    except MissingError:
        stand_ins = dict.fromkeys(model.headers, NO_KEY)
        keyless = replace(model, api_key_env=NO_KEY, headers=stand_ins)
        return make(keyless, environ={**environ, NO_KEY: NO_KEY}, clock=clock), True


def build_embedder(
    model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]
) -> Provider:
    """Make the provider that turns texts into vectors by `model` (see `embeddings`).

    Raises:
        UsageError: the id names no known provider, or one that has no such models.
        MissingError: the model's key, its package or the model itself is missing.
    """
    make = getattr(_module(model), "embedder", None)
    if make is None:
        raise UsageError(
            f"{model.name} turns no texts into vectors",
            hint="use openai/..., with base_url for a server of your own, or local/...",
        )
    return cast("Provider", make(model, environ=environ, clock=clock))


def is_local(model: Model) -> bool:
    """Say whether a model answers inside this process, at once and for nothing."""
    kind = BUILT_IN.get(model.provider)
    return kind is not None and kind.local


def steady_params(model: Model) -> Mapping[str, Any]:
    """Return the parameters by which a model replies alike every time, with JSON if it can."""
    kind = BUILT_IN.get(model.provider)
    return STEADY if kind is None else kind.steady


def note(model: Model) -> str | None:
    """Say what must stand beside a model's figures, if anything must."""
    kind = BUILT_IN.get(model.provider)
    if kind is None or kind.note is None:
        return None
    return kind.note.format(name=model.name, source=model.wire_name)


def _module(model: Model) -> ProviderModule:
    """Return the module, or a third party's object with the same functions."""
    kind = BUILT_IN.get(model.provider)
    if kind:
        return cast("ProviderModule", import_module(kind.module))
    for point in entry_points(group=ENTRY_POINTS, name=model.provider):
        return cast("ProviderModule", point.load())
    close = difflib.get_close_matches(model.provider, names(), n=1)
    where = f" ({model.place})" if model.place else ""
    raise UsageError(
        f"model '{model.id}'{where} names an unknown provider '{model.provider}'",
        hint=f"did you mean '{close[0]}/{model.wire_name}'?"
        if close
        else f"a model is provider/name; providers are {', '.join(names())}",
    )

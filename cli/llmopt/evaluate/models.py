"""Which models a run asks: those named, or those configured, or the embedded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llmopt.domain import Model, Suite
from llmopt.errors import UsageError
from llmopt.providers import registry


def resolve_models(suite: Suite, names: Sequence[str], *, folder: Path) -> tuple[Model, ...]:
    """Return the models to run: those named, or those configured, or the embedded one.

    A name is a configured model's name or id, the judge's included, or any `provider/name`;
    recordings become the models in them. Relative paths in `names` start at `folder`.

    Raises:
        UsageError: a name fits no model and is no id, or two models share a name.
        InputError: a recording has bad lines.
    """
    judge = suite.config.judge_model
    listed = (*((judge,) if judge else ()), *suite.config.models)
    configured = {key: m for m in listed for key in (m.id, m.name)}
    if names:
        asked = [(configured.get(name) or _new_model(name, configured), name) for name in names]
        wanted = [(m, suite.root if name in configured else folder) for m, name in asked]
    else:
        default = Model(registry.DEFAULT_MODEL, registry.DEFAULT_MODEL)
        wanted = [(model, suite.root) for model in suite.config.models or (default,)]
    models: dict[str, Model] = {}
    for model, base in wanted:
        for one in registry.expand(model, base):
            known = configured.get(one.name)
            if one.price is None and known is not None:
                one = replace(one, price=known.price)  # noqa: PLW2901 - the same model, priced
            if models.setdefault(one.name, one).id != one.id:
                raise UsageError(
                    f"two models are called '{one.name}'", hint="run them one after the other"
                )
    return tuple(models.values())


def _new_model(name: str, configured: Mapping[str, Model]) -> Model:
    provider, slash, rest = name.partition("/")
    if not (provider and slash and rest):
        raise UsageError(
            f"unknown model '{name}'",
            hint="write provider/name, such as openai/gpt-5-mini"
            + (f"; configured are {', '.join(dict.fromkeys(configured))}" if configured else ""),
        )
    return Model(name, name)

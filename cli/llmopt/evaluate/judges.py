"""Which models the scorers of a run ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmopt.domain import Model, Run, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.caching import CacheMode, CacheUse
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.snapshot import described
from llmopt.providers import registry
from llmopt.scorers.base import Need

SETTINGS = {"judge": "judge_model", "embedding": "embedding_model"}
"""What llmopt.yaml calls the model of each kind."""


def resolve_judges(suite: Suite, needs: Mapping[Need, str]) -> dict[Need, Model]:
    """Return the model that each need means; `needs` says where each comes from.

    A name is that of a model in llmopt.yaml, or any `provider/name`. The model under test
    is never taken because nothing was said.

    Raises:
        UsageError: nothing or nobody was named, or a model that cannot judge.
    """
    return {need: _resolved(suite, need, where) for need, where in needs.items()}


def _resolved(suite: Suite, need: Need, where: str) -> Model:
    setting = SETTINGS[need.kind]
    default: Model | None = getattr(suite.config, setting)
    if need.model is None:
        if default is None:
            raise UsageError(
                f"{where} has no model to ask",
                hint=f"name one that is not under test: `{setting}: provider/name` in "
                "llmopt.yaml, or `model` in the scorer",
            )
        model = default
    else:
        listed = (*suite.config.models, *((default,) if default else ()))
        named = {text: one for one in listed for text in (one.id, one.name)}
        model = named.get(need.model) or _new(need.model, where)
    if need.kind == "judge" and registry.is_local(model):
        raise UsageError(
            f"{where} names {model.name}, which cannot judge: "
            + ("it is no language model" if model.provider == "embedded" else "it only replays"),
            hint="name a language model that is not under test",
        )
    return model


def _new(name: str, where: str) -> Model:
    provider, slash, rest = name.partition("/")
    if not (provider and slash and rest):
        raise UsageError(
            f"{where} names an unknown model '{name}'",
            hint="write provider/name, or the name of a model in llmopt.yaml",
        )
    return Model(name, name)


def judge_cache(use: CacheUse, *, anew: bool) -> CacheUse:
    """Say how judges use the response cache: always, unless it is off.

    Where failed trials are tried again, judges are asked `anew`: what could not be read
    was kept as well.
    """
    mode: CacheMode = "write" if anew and use.mode == "read-write" else use.mode
    # Equal replies to a case are judged alike: a judgement is no sample of its own.
    return CacheUse(mode, forced=True, alike=True)


def check_judges(judges: Iterable[Model], run: Run) -> None:
    """Make sure that a run goes on with the judges it was started with.

    Raises:
        UsageError: they are others, so that its scores could not be compared.
    """
    before = run.snapshot.get("judges", {})
    now = {judge.name: as_kept(judge) for judge in judges}
    if now != {name: unpriced(one) for name, one in before.items()}:
        raise UsageError(
            f"the judges have changed since run {run.id}, so it cannot go on",
            hint="start a new run: `llmopt eval`",
        )


def as_kept(judge: Model) -> Mapping[str, Any]:
    """Describe what a judge's answers depend on as a run's snapshot keeps it."""
    kept: Mapping[str, Any] = json.loads(json.dumps(described(judge)))
    return unpriced(kept)


def unpriced(judge: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out a judge's price: its answers do not depend on it."""
    return {**judge, "price": None}


def self_judged(plan: Plan, judges: Mapping[Need, Model]) -> Iterator[str]:
    """Yield a warning for each judge that is a candidate's model as well."""
    for judge in {model.name: model for need, model in judges.items() if need.kind == "judge"}:
        model = next(one for one in judges.values() if one.name == judge)
        own = [str(p.candidate) for p in plan.candidates if p.model.identity == model.identity]
        if own:
            shown = ", ".join(own[:3]) + (f" and {len(own) - 3} more" if len(own) > 3 else "")
            yield (
                f"WARNING: the judge {model.name} also wrote replies that it judges ({shown}); "
                "models favour their own replies, so these scores are not to be trusted: "
                "let another model judge"
            )

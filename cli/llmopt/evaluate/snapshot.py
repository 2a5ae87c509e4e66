"""What a run was made of, so that its figures can be understood and repeated later."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from llmopt.domain import Model
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.twins import Twins
from llmopt.prices.table import Pricer, table_date
from llmopt.providers.registry import is_local, note

PACKAGES = ("llmopt", "openai", "anthropic", "tiktoken", "genai-prices")


def snapshot(
    plan: Plan, *, judges: Iterable[Model] = (), warnings: Iterable[str] = ()
) -> Mapping[str, Any]:
    """Describe the plan's configuration, templates, versions and prices as plain JSON values.

    Keys live in the environment and never come near it.
    """
    date = table_date()
    selection = plan.selection
    return {
        "packages": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "price_table_date": date.isoformat() if date else None,
        "git": git_state(plan.suite.root),
        "models": {model.name: described(model) for model in plan.models},
        "judges": {model.name: described(model) for model in judges},
        "notes": [*warnings, *(text for model in plan.models if (text := note(model)))],
        "templates": {str(p.candidate): p.template_hash for p in plan.candidates},
        "messages": {str(p.candidate): p.message_hash for p in plan.candidates},
        "params": {str(p.candidate): _plain(p.params) for p in plan.candidates},
        "prices": {
            model.name: _rates(model)
            for model in plan.models
            if model.price is not None or not is_local(model)
        },
        "places": {
            name: {
                variant.name: variant.place
                for variant in plan.suite.prompts[name].variants.values()
            }
            for name in plan.order
        },
        "ladders": {prompt: list(steps) for prompt, steps in plan.ladders.items()},
        "cases": {name: len(indices) for name, indices in plan.order.items()},
        "cases_total": dict(plan.population),
        "robustness": {name: _twins(twins) for name, twins in plan.twins.items()} or None,
        "traffic": dict(plan.suite.config.traffic),
        "selection": {
            "prompts": list(selection.prompts),
            "variants": list(selection.variants),
            "tags": list(selection.tags),
            "limit": selection.limit,
            "repeat": selection.repeat,
        },
    }


def _plain(params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads(json.dumps(params, default=str))


def _rates(model: Model) -> Mapping[str, Any] | None:
    """Return what the model's calls are priced by; `flat`: that is all there is to it."""
    pricer = Pricer(model)
    price = pricer.price
    return None if price is None else {**asdict(price), "flat": pricer.flat}


def _twins(twins: Twins) -> Mapping[str, Any]:
    return {
        "declared": twins.declared,
        "variables": {name: list(names) for name, names in twins.variables.items()},
        "cases": twins.cases,
        "trials": twins.trials,
        "unchanged": dict(twins.unchanged),
    }


def git_state(root: Path) -> Mapping[str, Any] | None:
    """Return the commit and whether files differ from it; None outside a git work tree."""
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes)}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def described(model: Model) -> Mapping[str, Any]:
    """Return what replies and prices of a model depend on."""
    price = model.price
    return {
        "id": model.id,
        "params": dict(model.params),
        "api": model.api,
        "stream": model.stream,
        "base_url": _without_password(model.base_url),
        "price": price
        and {
            "input": price.input,
            "output": price.output,
            "cached_input": price.cached_input,
            "cache_write": price.cache_write,
        },
    }


def _without_password(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

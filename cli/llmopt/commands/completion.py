"""What the shell offers at the Tab key: names that the project's files and its store hold.

Whatever is wrong there, nothing is offered and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

OFFERED_RUNS = 50


def prompts(incomplete: str) -> list[str]:
    """Offer the prompts of the project."""
    try:
        from llmopt.api.project import check

        return _beginning(check(Path.cwd()).suite.prompts, incomplete)
    except Exception:  # noqa: BLE001 - a shell is no place for messages
        return []


def variants(incomplete: str) -> list[str]:
    """Offer the variants of all prompts."""
    try:
        from llmopt.api.project import check

        names = [name for p in check(Path.cwd()).suite.prompts.values() for name in p.variants]
        return _beginning(dict.fromkeys(names), incomplete)
    except Exception:  # noqa: BLE001 - as above
        return []


def models(incomplete: str) -> list[str]:
    """Offer the configured models and the embedded one."""
    try:
        from llmopt.api.project import check
        from llmopt.providers.registry import DEFAULT_MODEL

        names = [model.name for model in check(Path.cwd()).suite.config.models]
        return _beginning(dict.fromkeys((*names, DEFAULT_MODEL)), incomplete)
    except Exception:  # noqa: BLE001 - as above
        return []


def runs(incomplete: str) -> list[str]:
    """Offer the ids of the newest runs, and `latest`."""
    try:
        from llmopt.api.project import open_store

        with open_store(Path.cwd()) as store:
            ids = [run.id for run, *_ in store.runs(limit=OFFERED_RUNS)]
        return _beginning(("latest", *ids), incomplete)
    except Exception:  # noqa: BLE001 - as above
        return []


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

"""Cheaper prompts, proven not worse.

>>> import llmopt
>>> run = llmopt.evaluate(llmopt.load("."))  # doctest: +SKIP
>>> run.to_frame()  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmopt.api import EvaluatedRun, check, evaluate, load
    from llmopt.errors import InputError, LlmoptError, Problem
    from llmopt.evaluate.plan import Selection

__all__ = [
    "EvaluatedRun",
    "InputError",
    "LlmoptError",
    "Problem",
    "Selection",
    "check",
    "evaluate",
    "load",
]

_HOMES = {
    "EvaluatedRun": "llmopt.api",
    "check": "llmopt.api",
    "evaluate": "llmopt.api",
    "load": "llmopt.api",
    "InputError": "llmopt.errors",
    "LlmoptError": "llmopt.errors",
    "Problem": "llmopt.errors",
    "Selection": "llmopt.evaluate.plan",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are anything
    """Import on first use, so that `import llmopt` and `llmopt --version` stay light."""
    if name == "__version__":
        from importlib.metadata import version

        return version("llmopt")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'llmopt' has no attribute '{name}'")


class _Package(ModuleType):
    """Keeps `llmopt.evaluate` the function, though the room of that name is a submodule."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

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
    from llmopt.api.evaluation import EvaluatedRun, evaluate, resume
    from llmopt.api.manner import Manner
    from llmopt.api.project import check, load
    from llmopt.errors import InputError, LlmoptError, Problem
    from llmopt.evaluate.plan import Selection

__all__ = [
    "EvaluatedRun",
    "InputError",
    "LlmoptError",
    "Manner",
    "Problem",
    "Selection",
    "check",
    "evaluate",
    "load",
    "resume",
]

_HOMES = {
    "EvaluatedRun": "llmopt.api.evaluation",
    "check": "llmopt.api.project",
    "resume": "llmopt.api.evaluation",
    "Manner": "llmopt.api.manner",
    "evaluate": "llmopt.api.evaluation",
    "load": "llmopt.api.project",
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


class _CallableRoom(ModuleType):
    """The room `llmopt.evaluate`, which answers as the function of that name as well."""

    def __call__(self, *args: Any, **kwargs: Any) -> EvaluatedRun:  # noqa: ANN401
        from llmopt.api.evaluation import evaluate

        return evaluate(*args, **kwargs)


class _Package(ModuleType):
    """Lets `llmopt.evaluate(...)` work whether or not the room of that name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "evaluate" and isinstance(value, ModuleType):
            value.__class__ = _CallableRoom
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

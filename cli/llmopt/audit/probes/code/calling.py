"""Where a file calls models: the calls, what runs them, and the names that carry replies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calls import RUNS, api_of
from llmopt.audit.probes.code.links import ALONE, Links
from llmopt.audit.probes.code.module import UNKNOWN, Invocation, Module
from llmopt.audit.probes.code.settings import streams

_AGENT = re.compile(r"create_(?:\w+_)?agent|initialize_agent|create(?:\w+)?Agent")


class Calling:
    """The calls of a module.

    `sites` are where models are called or constructed, `runs` where calls happen: the
    calls themselves, and the runs of what was constructed. `functions` lead to a run,
    `replies` carry what it returned, `settings` are what runs and bindings add to a
    constructed model, `through` lead to the calls of other files, and
    `asking` are both these and the runs.
    """

    def __init__(self, module: Module, links: Links = ALONE) -> None:
        self.module = module
        self.through = links.through
        self.reached = links.reached
        self.sites = [
            (call, api) for call in module.invocations if (api := api_of(call, module)) is not None
        ]
        self.runs = [*self._running()]
        self.runs += [call for call in links.held if call not in self.runs]
        self.asking = (*self.runs, *self.through)
        names = {run.name for run in self.asking}
        self.functions = flow.callers(module, {run.function for run in self.asking})
        replies = flow.carried(module, names, self.functions, but=flow.TOOL_ARGUMENTS)
        self.replies = replace(replies, sources=frozenset(call.name for call in self.through))
        self.settings = self._bound()
        self._bulk = flow.bulk_functions(module, self.functions)

    @property
    def streaming(self) -> bool:
        return any(streams(run) for run in self.runs)

    def is_bulk(self, run: Invocation) -> bool:
        """Tell whether a run happens once an item of data."""
        return run.loop == "data" or run.function in self._bulk

    def passing(self) -> Iterator[Invocation]:
        """Yield the invocations of functions that lead to a run, here or elsewhere."""
        return (
            call
            for call in self.module.invocations
            if flow.called(call) in self.functions or call in self.through
        )

    def _running(self) -> list[Invocation]:
        runs = [call for call, api in self.sites if not api.built]
        if any(api.built for _, api in self.sites):
            built = {target for call, api in self.sites if api.built for target in call.targets}
            programs = {
                target
                for call in self.module.invocations
                if call.name.startswith("dspy.")
                for target in call.targets
            }
            runs += [
                call
                for call in self.module.invocations
                if RUNS.fullmatch(call.name) or call.name in built | programs
            ]
        return runs

    def _bound(self) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if not any(api.built for _, api in self.sites):
            return settings
        for call in self.module.invocations:
            name = flow.last(call.name)
            if call in self.runs or name in {"bind", "with_config", "withConfig"}:
                settings.update({k: v for k, v in call.keywords.items() if not k.isdigit()})
            elif name in {"bind_tools", "bindTools"} or (
                _AGENT.fullmatch(name) and "tools" in call.keywords
            ):
                settings["tools"] = UNKNOWN
            elif name in {"with_structured_output", "withStructuredOutput"}:
                settings["response_format"] = UNKNOWN
        return settings

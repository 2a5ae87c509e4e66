"""All facts of a project, collected once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from llmopt.audit.models import size_of
from llmopt.audit.probes.code.facts import Code, PromptText
from llmopt.audit.probes.deploy.facts import Deployment, Server
from llmopt.audit.probes.project import Project
from llmopt.audit.probes.promptfoo import Comparison
from llmopt.audit.probes.runs import RunFact
from llmopt.audit.probes.usage.facts import UsageLog
from llmopt.audit.probes.writings import Writings
from llmopt.domain import Evidence, Place


@dataclass(frozen=True)
class Facts:
    """What the probes saw; nothing here is a judgement. `today` is what ages are told by."""

    today: date
    code: Code = field(default_factory=Code)
    deployment: Deployment = field(default_factory=Deployment)
    dependencies: Mapping[str, Place] = field(default_factory=dict)
    writings: Writings = field(default_factory=Writings)
    usage: UsageLog = field(default_factory=UsageLog)
    project: Project = field(default_factory=Project)
    runs: tuple[RunFact, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    tracked_since: date | None = None
    """The day of an audit from which another, a week or more later, tells what was saved."""
    usage_unread: bool = False
    """Whether a usage log is configured that could not be read."""
    notes: tuple[str, ...] = ()

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Models that the project serves, by its deployment files or in its code."""
        return (*self.deployment.servers, *self._in_code)

    @cached_property
    def _in_code(self) -> tuple[Server, ...]:
        engines = (("engine", "an engine in code"), ("transformers", "transformers"))
        found = [
            _server(file.seen, file.seen[signal][0], engine, file.served_model)
            for file in self.code.files
            for signal, engine in engines
            if signal in file.seen
        ]
        # A file that imports an engine generates with it, whatever else it imports.
        fast = {s.place.file for s in found if s.engine != "transformers"}
        return tuple(s for s in found if s.engine != "transformers" or s.place.file not in fast)

    @cached_property
    def texts(self) -> tuple[PromptText, ...]:
        """Every prompt text: those of llmopt prompts, and those in code."""
        own = (text for prompt in self.project.prompts for text in prompt.texts)
        return (*own, *self.code.texts)

    @cached_property
    def models(self) -> Mapping[str, Evidence]:
        """The models in use, each with where it is named."""
        found: dict[str, Evidence] = {}
        for call in self.code.calls:
            if call.model:
                found.setdefault(call.model, call.evidence(f"{call.model} is called"))
        for server in self.servers:
            if server.model:
                found.setdefault(server.model, Evidence(server.said, server.place))
        model = self.project.baseline_model
        if model and model.provider not in {"embedded", "recorded"}:
            found.setdefault(model.id, Evidence(f"{model.id} is the baseline model", model.place))
        for name, count in self.usage.models.items():
            found.setdefault(name, Evidence(f"{name}: {count:,} requests in the usage log"))
        return found

    @cached_property
    def unread_models(self) -> tuple[Evidence, ...]:
        """The calls whose model cannot be read: nobody can say that it is none of a kind.

        A usage log names the models of all of them.
        """
        return tuple(
            call.evidence("a call whose model cannot be read")
            for call in self.code.calls
            if call.model is None and not self.usage
        )

    @cached_property
    def large_models(self) -> Mapping[str, Evidence]:
        return {name: e for name, e in self.models.items() if size_of(name) == "large"}

    @cached_property
    def small_models(self) -> Mapping[str, Evidence]:
        return {name: e for name, e in self.models.items() if size_of(name) == "small"}

    def unused(self, *names: str) -> str:
        """Say in brackets which of the packages are depended on, or nothing."""
        found = [name for name in names if name in self.dependencies]
        return f" ({', '.join(found)} is a dependency alone)" if found else ""

    @property
    def has_llm(self) -> bool:
        """Whether anything here asks a model at all."""
        return bool(
            self.code.calls
            or self.code.agents
            or self.code.seen("embedding-call")
            or self.servers
            or self.project.prompts
            or self.usage
        )


def _server(
    seen: Mapping[str, tuple[Evidence, ...]], evidence: Evidence, engine: str, model: str | None
) -> Server:
    from llmopt.audit.models import QUANTIZED

    place = evidence.place or Place("", 1, 1)
    return Server(
        engine=engine,
        place=place,
        model=model,
        quantized="quantized" in seen or bool(model and QUANTIZED.search(model)),
        drafting="drafting" in seen,
        batching="on" if engine != "transformers" or "served-batching" in seen else None,
        where=place.file,
    )

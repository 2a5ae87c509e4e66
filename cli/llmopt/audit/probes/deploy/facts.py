from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from llmopt.domain import Evidence, Place

Batching = Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class Server:
    """Something that serves a model; None where the files do not say.

    `accelerator` is a kind (`A100`), `gpus` how many whole ones it asks for. `where`
    groups servers that run together: one cluster, one compose file.
    """

    engine: str
    place: Place
    model: str | None
    quantized: bool
    drafting: bool
    batching: Batching | None
    where: str
    accelerator: str | None = None
    gpus: int | None = None
    shared: bool = False

    @property
    def said(self) -> str:
        return f"{self.engine} serves {self.model or 'a model that is not named'}"


@dataclass(frozen=True, slots=True)
class Container:
    """A container: whether it states requests and limits (None: a template hides it)."""

    name: str
    place: Place
    requests: bool | None
    limits: bool | None
    command: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload of a cluster, or a service of a compose file (`kind` is then `service`)."""

    kind: str
    name: str
    place: Place
    containers: tuple[Container, ...]
    built: bool = False
    """Whether a compose file builds it here."""

    @property
    def in_cluster(self) -> bool:
        return self.kind != "service"

    @property
    def serving(self) -> bool:
        return self.kind in {"Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"}


@dataclass(frozen=True, slots=True)
class Deployment:
    """All that deployment files say; `seen` by signal, as in code."""

    workloads: tuple[Workload, ...] = ()
    servers: tuple[Server, ...] = ()
    dockerfiles: tuple[Evidence, ...] = ()
    seen: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    hidden: tuple[Evidence, ...] = ()
    """Templates that could not be read."""

    @property
    def exists(self) -> bool:
        return bool(self.workloads or self.servers or self.dockerfiles or self.hidden)

    def signal(self, *names: str) -> tuple[Evidence, ...]:
        return tuple(evidence for name in names for evidence in self.seen.get(name, ()))

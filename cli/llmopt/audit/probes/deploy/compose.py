"""Compose files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmopt.audit.probes.deploy.documents import Mapped, plain_text
from llmopt.audit.probes.deploy.facts import Container, Server, Workload
from llmopt.audit.probes.deploy.servers import server
from llmopt.domain import Place


def services(document: Any, file: str) -> Iterator[tuple[Workload, Server | None]]:  # noqa: ANN401
    """Yield the services of a compose file, each with the model server that it is, if any."""
    found = document.get("services") if isinstance(document, dict) else None
    for name, item in found.items() if isinstance(found, dict) else ():
        if isinstance(item, Mapped):
            yield _service(name, item, file)


def _service(name: str, item: Mapped, file: str) -> tuple[Workload, Server | None]:
    place = Place(file, item.line - 1 if item.line > 1 else 1, 1)
    resources = (
        (item.get("deploy") or {}).get("resources")
        if isinstance(item.get("deploy"), dict)
        else None
    )
    resources = resources if isinstance(resources, dict) else {}
    limited = bool(resources.get("limits")) or "mem_limit" in item or "cpus" in item
    environment = _environment(item.get("environment"))
    command = " ".join(
        (
            plain_text(item.get("image")),
            plain_text(item.get("entrypoint")),
            plain_text(item.get("command")),
            " ".join(f"{key}={value}" for key, value in environment.items()),
        )
    )
    container = Container(name, place, limited, limited, command, environment)
    workload = Workload("service", name, place, (container,), built="build" in item)
    gpus = 1 if "gpus" in item or "gpu" in plain_text(resources.get("reservations")) else None
    return workload, server(
        command, place, file, hardware=plain_text(item.get("labels")), gpus=gpus
    )


def _environment(value: Any) -> dict[str, str]:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): "" if inner is None else str(inner) for key, inner in value.items()}
    if isinstance(value, list):
        pairs = (str(item).partition("=") for item in value)
        return {key: inner for key, _, inner in pairs}
    return {}

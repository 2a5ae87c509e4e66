"""Kubernetes manifests and Helm charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmopt.audit.probes.deploy.documents import HIDDEN, Mapped, plain_text
from llmopt.audit.probes.deploy.facts import Container, Server, Workload
from llmopt.audit.probes.deploy.servers import server
from llmopt.domain import Place

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})
AUTOSCALERS = frozenset(
    {"HorizontalPodAutoscaler", "ScaledObject", "PodAutoscaler", "InferenceService", "RayService"}
)
CLUSTER = "cluster"


def is_manifest(document: Any) -> bool:  # noqa: ANN401
    """Tell whether a document is a Kubernetes object."""
    return isinstance(document, dict) and "kind" in document and "apiVersion" in document


def is_knative(document: Mapped) -> bool:
    """Tell a Knative service, which runs containers, from one that finds them."""
    version = str(document.get("apiVersion"))
    return document.get("kind") == "Service" and version.startswith("serving.knative.dev")


def workload(document: Mapped, file: str) -> Workload | None:
    """Return the workload of a manifest, if it is one."""
    if document.get("kind") not in WORKLOADS and not is_knative(document):
        return None
    return Workload(
        kind=document["kind"],
        name=str(_at(document, "metadata", "name") or ""),
        place=Place(file, document.line, 1),
        containers=tuple(_container(item, file) for item in _containers(document)),
    )


def servers(document: Mapped, file: str) -> Iterator[Server]:
    """Yield the model servers among a workload's containers."""
    pod = _pod(document)
    placing = {key: pod.get(key) for key in ("nodeSelector", "affinity", "tolerations")}
    annotations = _at(document, "spec", "template", "metadata") or {}
    for item in _containers(document):
        resources = item.get("resources")
        hardware = plain_text([placing, annotations, resources])
        found = server(
            _command(item),
            Place(file, item.line, 1),
            CLUSTER,
            hardware=hardware,
            gpus=_gpus(resources),
        )
        if found:
            yield found


def _pod(document: Mapped) -> dict[str, Any]:
    spec = document.get("spec")
    if document.get("kind") == "CronJob":
        spec = _at(document, "spec", "jobTemplate", "spec")
    pod = _at(spec, "template", "spec")
    return pod if isinstance(pod, dict) else {}


def _containers(document: Mapped) -> list[Mapped]:
    found = _pod(document).get("containers")
    return [item for item in found if isinstance(item, Mapped)] if isinstance(found, list) else []


def _container(item: Mapped, file: str) -> Container:
    resources = item.get("resources")
    return Container(
        name=str(item.get("name") or ""),
        place=Place(file, item.lines.get("resources", item.line), 1),
        requests=_stated(resources, "requests"),
        limits=_stated(resources, "limits"),
        command=_command(item),
        environment={
            str(entry.get("name")): str(entry.get("value") or "")
            for entry in item.get("env") or []
            if isinstance(entry, dict)
        },
    )


def _stated(resources: Any, key: str) -> bool | None:  # noqa: ANN401
    if resources == HIDDEN or (isinstance(resources, dict) and HIDDEN in resources):
        return None
    return bool(isinstance(resources, dict) and resources.get(key))


def _command(item: Mapped) -> str:
    environment = " ".join(
        f"{entry.get('name')}={entry.get('value')}"
        for entry in item.get("env") or []
        if isinstance(entry, dict) and entry.get("value") is not None
    )
    parts = [item.get("image"), item.get("command"), item.get("args"), environment]
    return " ".join(plain_text(part) for part in parts if part)


def _gpus(resources: Any) -> int | None:  # noqa: ANN401
    for key in ("limits", "requests"):
        amount = _at(resources, key, "nvidia.com/gpu") or _at(resources, key, "amd.com/gpu")
        if amount is not None:
            return int(amount) if str(amount).isdigit() else None
    return None


def _at(value: Any, *path: str) -> Any:  # noqa: ANN401
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value

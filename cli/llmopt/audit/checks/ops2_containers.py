from __future__ import annotations

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import billions
from llmopt.audit.probes.deploy.servers import ENGINES
from llmopt.domain import Evidence

SMALL_BILLIONS = 3.0


def _sized(facts: Facts) -> Judgement:
    deployment = facts.deployment
    if not deployment.exists:
        return inapplicable("no deployment file is seen")
    clustered = [c for w in deployment.workloads if w.in_cluster for c in w.containers]
    missing = [
        Evidence(
            f"container {c.name} has no {'requests' if c.requests is False else 'limits'}", c.place
        )
        for c in clustered
        if c.requests is False or c.limits is False
    ]
    if missing:
        return failed(missing)
    hidden = [c for c in clustered if c.requests is None or c.limits is None]
    if hidden or (deployment.hidden and not clustered):
        shown = [Evidence(f"container {c.name}", c.place) for c in hidden]
        return manual("values of the template would show it", [*shown, *deployment.hidden])
    if clustered:
        return passed(Evidence(f"container {c.name} has both", c.place) for c in clustered)
    services = [
        w
        for w in deployment.workloads
        if w.built or any(p.search(c.command) for c in w.containers for _, p in ENGINES)
    ]
    if services and all(c.limits for w in services for c in w.containers):
        return passed(Evidence(f"service {w.name} has limits", w.place) for w in services)
    return manual("what runs the containers may limit them", deployment.dockerfiles)


def _scaled(facts: Facts) -> Judgement:
    deployment = facts.deployment
    scalers = deployment.signal("autoscaler")
    if scalers:
        return passed(scalers)
    if not deployment.exists:
        return inapplicable("no deployment file is seen")
    serving = [w for w in deployment.workloads if w.serving]
    if serving:
        said = [Evidence(f"{w.kind} {w.name}", w.place) for w in serving]
        return failed(said, "no autoscaler is in the project")
    if any(w.in_cluster for w in deployment.workloads):
        return inapplicable("all workloads are jobs")
    return manual("what runs the containers may scale them", deployment.dockerfiles)


def _shared(facts: Facts) -> Judgement:
    on_gpu = [s for s in facts.servers if s.gpus or s.shared or s.accelerator]
    if not on_gpu:
        return inapplicable("no served model with a GPU is seen")
    sharing = [Evidence(f"{s.said}, sharing its GPU", s.place) for s in on_gpu if s.shared]
    sharing += [Evidence(s.said, s.place) for s in on_gpu if s.engine == "Ollama"]
    sharing += facts.deployment.signal("sharing")
    if sharing:
        return passed(sharing)
    sizes = [(s, billions(s.model) if s.model else None) for s in on_gpu]
    alone = [
        Evidence(s.said, s.place) for s, size in sizes if size is not None and size < SMALL_BILLIONS
    ]
    if alone:
        return failed(alone, "it has a whole GPU to itself")
    unknown = [Evidence(s.said, s.place) for s, size in sizes if size is None]
    if unknown:
        return manual("the model's size would show it", unknown)
    return inapplicable("no served model has fewer than 3B parameters")


GOAL = Goal(
    code="OPS2",
    name="containers",
    title="Containers and orchestration",
    area=INFRASTRUCTURE,
    checks=(
        Check(
            code="OPS201",
            name="right-sized-resources",
            title="Containers state the resources they need",
            weight=3,
            effort="low",
            needs=("deployment",),
            judges="Requests and limits of every container of every workload.",
            passes=(
                "Every container of every workload has resources with requests and limits, written "
                "there or in the chart's values. (With compose files alone: every service that "
                "is built here or serves a model has deploy.resources.limits, mem_limit or cpus.)"
            ),
            fails="A container of a workload has no requests or no limits.",
            manual=(
                "Only compose services without limits or a Dockerfile are seen: what runs them "
                "may set limits. Or a template's resources come from values that are not there."
            ),
            not_applicable="No deployment file is seen.",
            saving=None,
            remedy="Request what the container was seen to use, and limit it.",
            snippet="resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 2Gi}}",
            source="Serving: right-sized containers.",
            judge=_sized,
        ),
        Check(
            code="OPS202",
            name="autoscaling",
            title="Serving scales with demand",
            weight=3,
            effort="medium",
            needs=("deployment",),
            judges="Whether each project's serving workloads have an autoscaler.",
            passes=(
                "A HorizontalPodAutoscaler, KEDA ScaledObject, Knative or KServe service, "
                "autoscaling enabled in a chart's values, or a platform that scales by itself "
                "(Cloud Run, Lambda, serverless.yml, vercel.json, fly.toml with auto stop or "
                "min_machines_running 0, Modal) is seen."
            ),
            fails="A serving Deployment or StatefulSet is seen and no autoscaler in the project.",
            manual="Only a Dockerfile or a compose file is seen.",
            not_applicable="No deployment file is seen, or all workloads are jobs.",
            saving=None,
            remedy="Scale on load, with a floor that keeps a warm instance.",
            snippet="kubectl autoscale deployment api --cpu-percent=70 --min=1 --max=10",
            source="Serving: autoscaling on load with warm pools (CPU 70 %, memory 80 %).",
            judge=_scaled,
        ),
        Check(
            code="OPS203",
            name="gpu-sharing",
            title="Small models share a GPU",
            weight=3,
            effort="medium",
            needs=("deployment",),
            judges="Whether a served model below 3B parameters has a whole GPU to itself.",
            passes=(
                "Sharing is seen: nvidia.com/mig-*, time-slicing or MPS configuration, fractions "
                "of a GPU (run.ai, nvidia.com/gpu.shared, gpu-memory-utilization of 0.5 or less), "
                "several models in one server (Triton with two models, LoRA adapters, Ollama)."
            ),
            fails=(
                "A served model below 3B parameters asks for a whole GPU (nvidia.com/gpu, gpus, "
                "a compose device reservation), and nothing shares it."
            ),
            manual="A served model of unknown size has a GPU.",
            not_applicable="No served model with a GPU is seen, or none below 3B parameters.",
            saving=None,
            remedy="Split the GPU, or put several models on it.",
            snippet="resources: {limits: {nvidia.com/mig-1g.10gb: 1}}",
            source="Serving: GPU sharing, several models per host.",
            judge=_shared,
        ),
    ),
)

from __future__ import annotations

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal

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
        ),
    ),
)

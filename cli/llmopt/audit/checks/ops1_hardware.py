from __future__ import annotations

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal

GOAL = Goal(
    code="OPS1",
    name="hardware",
    title="Hardware that fits",
    area=INFRASTRUCTURE,
    checks=(
        Check(
            code="OPS101",
            name="hardware-match",
            title="Hardware matches model size and throughput",
            weight=4,
            effort="medium",
            needs=("deployment",),
            judges=(
                "The accelerator of each served model against its parameters. Below 3B: none, T4 "
                "or L4. 3B to 13B: L4, A10, L40S or Inferentia. Above 13B: A100, H100, H200, "
                "B200, MI300 or TPU, or several of a smaller kind. The accelerator is told by a "
                "node selector, a node affinity, an instance type or a resource name in the same "
                "workload, service or chart."
            ),
            passes="Each served model whose size and accelerator are known matches.",
            fails=(
                "A served model of 13B or fewer runs on the class above its own (an 8B model on an "
                "A100 or H100 that it does not share), or one above 13B on a single smaller card."
            ),
            manual="A served model is seen, but not both its size and its accelerator.",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Move the model to the class that fits its size, and measure throughput.",
            snippet="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}",
            source="Serving: hardware by number of parameters.",
        ),
        Check(
            code="OPS102",
            name="specialised-accelerators",
            title="Specialised accelerators are considered",
            weight=1,
            effort="high",
            needs=("deployment",),
            judges="Whether Inferentia, Trainium, TPU, Gaudi or their like are used.",
            passes=(
                "Such an accelerator is seen: aws.amazon.com/neuron, inf1, inf2 or trn1 instances, "
                "google.com/tpu, habana.ai/gaudi, a Neuron or TPU image."
            ),
            fails=None,
            manual="A served model is seen, and no such accelerator.",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Measure tokens per dollar on one of them, or attest that it was considered.",
            snippet="checklist: {OPS102: {status: done, reason: inf2 measured, 10 % dearer}}",
            source="Cost checklist: specialised accelerators considered.",
        ),
        Check(
            code="OPS103",
            name="cloud-or-own",
            title="Cloud against own hardware was costed",
            weight=2,
            effort="medium",
            needs=("documents", "usage"),
            judges="Whether a comparison of hosting costs is written down.",
            passes=(
                "A Markdown or text file of the project compares them: it speaks of on-premises, "
                "on-prem, self-hosting, own hardware or total cost of ownership, and names amounts "
                "of money."
            ),
            fails=None,
            manual="A served model is seen, or the usage log costs $10,000 a month or more.",
            not_applicable="No served model is seen, and no such spend.",
            saving=None,
            remedy="Write down what the month costs in the cloud and on own machines.",
            snippet="docs/hosting-costs.md",
            source="Cost checklist: cloud against on-premises costed.",
        ),
    ),
)

from __future__ import annotations

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import billions
from llmopt.audit.probes.deploy.facts import Server
from llmopt.audit.probes.usage.facts import dollars, total
from llmopt.domain import Evidence

SMALL, MIDDLE = 3.0, 13.0
"""Parameters in billions, up to which a class of hardware serves."""
CLASSES = {
    "T4": 0, "L4": 1, "A10": 2, "L40S": 2, "Inferentia": 1, "Gaudi": 3,
    "A100": 3, "H100": 3, "H200": 3, "B200": 3, "MI300": 3, "TPU": 3,
}  # fmt: skip
"""Hardware by how much it serves: 0 and 1 below 3B, 1 and 2 up to 13B, 3 above."""
SPECIALISED = frozenset({"Inferentia", "TPU", "Gaudi"})
HIGH_SPEND = 10_000.0


def _misfit(server: Server, size: float, accelerator: str) -> str | None:
    rank = CLASSES[accelerator]
    if server.shared:
        return None
    if size < SMALL and rank > 1:
        return f"{size:g}B parameters on {accelerator}"
    if SMALL <= size <= MIDDLE and rank > 2 and accelerator not in SPECIALISED:
        return f"{size:g}B parameters on {accelerator}"
    if size > MIDDLE and rank < 3 and server.gpus == 1:
        return f"{size:g}B parameters on one {accelerator}"
    return None


def _matched(facts: Facts) -> Judgement:
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    wrong: list[Evidence] = []
    right: list[Evidence] = []
    unknown: list[Evidence] = []
    for server in facts.servers:
        size = billions(server.model) if server.model else None
        if size is None or server.accelerator is None:
            unknown.append(Evidence(server.said, server.place))
            continue
        misfit = _misfit(server, size, server.accelerator)
        said = misfit or f"{size:g}B parameters on {server.accelerator}"
        (wrong if misfit else right).append(Evidence(said, server.place))
    if wrong:
        return failed(wrong)
    if right:
        return passed(right)
    return manual("the model's size and its accelerator would show it", unknown)


def _specialised(facts: Facts) -> Judgement:
    used = [
        Evidence(f"{s.engine} on {s.accelerator}", s.place)
        for s in facts.servers
        if s.accelerator in SPECIALISED
    ]
    used += facts.deployment.signal("accelerator")
    if used:
        return passed(used)
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    servers = [Evidence(s.said, s.place) for s in facts.servers]
    return manual("a measurement on one would show it", servers)


def _costed(facts: Facts) -> Judgement:
    if facts.writings.hosting:
        return passed(facts.writings.hosting)
    spent = facts.usage.a_month(total(dollars(r) for r in facts.usage.records))
    if facts.servers or (spent is not None and spent >= HIGH_SPEND):
        servers = [Evidence(s.said, s.place) for s in facts.servers]
        return manual("a written comparison would show it", servers)
    return inapplicable("no self-hosting and no spend of $10,000 a month is seen")


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
            judge=_matched,
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
            never_fails="a GPU may well be the cheapest; no file tells what else was weighed.",
            manual="A served model is seen, and no such accelerator.",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Measure tokens per dollar on one of them, or attest that it was considered.",
            snippet="checklist: {OPS102: {status: done, reason: inf2 measured, 10 % dearer}}",
            source="Cost checklist: specialised accelerators considered.",
            judge=_specialised,
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
            never_fails="that no comparison is in the project does not show that nobody made one.",
            manual="A served model is seen, or the usage log costs $10,000 a month or more.",
            not_applicable="No served model is seen, and no such spend.",
            saving=None,
            remedy="Write down what the month costs in the cloud and on own machines.",
            snippet="docs/hosting-costs.md",
            source="Cost checklist: cloud against on-premises costed.",
            judge=_costed,
        ),
    ),
)

from __future__ import annotations

from collections import defaultdict

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.probes.deploy.facts import Server, Workload
from llmopt.domain import Evidence


def _instances(facts: Facts) -> Judgement:
    gateways = [*facts.deployment.signal("gateway"), *facts.code.seen("gateway")]
    if gateways:
        return passed(gateways, "a gateway is shared")
    deployed = [s for s in facts.deployment.servers if _deployed(s, facts)]
    if not deployed:
        return inapplicable("no model server is deployed here")
    alike: defaultdict[tuple[str, str], list[Server]] = defaultdict(list)
    for server in deployed:
        if server.model:
            alike[server.where, server.model].append(server)
    doubled = [s for group in alike.values() if len(group) > 1 for s in group]
    if doubled:
        return failed([Evidence(s.said, s.place) for s in doubled], "served more than once")
    using = _clients(facts)
    clients = [Evidence(f"{w.kind} {w.name} uses it", w.place) for w in using]
    servers = [Evidence(s.said, s.place) for s in deployed]
    if _several(using):
        return passed([*servers, *clients], "several applications ask one server")
    return manual("whether other applications use it", servers)


def _deployed(server: Server, facts: Facts) -> bool:
    """Tell whether a workload or service runs it; an image alone is not deployed."""
    files = {workload.place.file for workload in facts.deployment.workloads}
    return server.place.file in files


def _several(clients: list[Workload]) -> bool:
    """Tell whether one place runs more than one: compose may run what a cluster runs."""
    names = {(w.in_cluster, w.name) for w in clients}
    return any(sum(place is c for c, _ in names) > 1 for place in (True, False))


def _clients(facts: Facts) -> list[Workload]:
    """Return the workloads whose environment names the host of a model server."""
    lines = {(s.place.file, s.place.line) for s in facts.deployment.servers}
    hosts = {
        w.name
        for w in facts.deployment.workloads
        if any((c.place.file, c.place.line) in lines for c in w.containers)
        or (w.place.file, w.place.line) in lines
        or any(
            s.place.file == w.place.file and s.place.line >= w.place.line
            for s in facts.deployment.servers
            if w.in_cluster
        )
    }
    return [
        w
        for w in facts.deployment.workloads
        if w.name not in hosts
        and any(
            f"//{host}" in value or f"//{host}." in value
            for c in w.containers
            for value in c.environment.values()
            for host in hosts
        )
    ]


def _tenants(facts: Facts) -> list[Evidence]:
    found = list(facts.code.seen_beside_calls("tenant"))
    if len(facts.usage.tenants) > 1:
        found.append(Evidence(f"{len(facts.usage.tenants)} tenants in the usage log"))
    return found


def _quotas(facts: Facts) -> Judgement:
    limits = [*facts.code.seen("limits"), *facts.deployment.signal("limits")]
    if limits:
        return passed(limits)
    tenants = _tenants(facts)
    if not tenants:
        return inapplicable("no tenants are seen")
    return failed(tenants, "nothing limits what one of them uses")


def _monitored(facts: Facts) -> Judgement:
    tenants = _tenants(facts)
    if not tenants:
        return inapplicable("no tenants are seen")
    if facts.usage.tenants:
        return passed(facts.usage.evidence, "the usage log names tenants")
    carried = [c.evidence("the call carries the tenant") for c in facts.code.calls if c.tenant]
    told = facts.code.seen_beside_calls("tenant-told")
    if carried or told:
        return passed([*carried, *told])
    return failed(tenants, "nothing records which of them causes which cost")


GOAL = Goal(
    code="OPS3",
    name="multi-tenant serving",
    title="Multi-tenant serving",
    area=INFRASTRUCTURE,
    checks=(
        Check(
            code="OPS301",
            name="shared-instances",
            title="Applications share model instances",
            weight=2,
            effort="medium",
            needs=("deployment", "code"),
            judges="Whether the same model is served more than once.",
            passes=(
                "A gateway is deployed or called (LiteLLM proxy, Portkey, Kong AI, Envoy AI, "
                "OpenRouter); or a model server and two or more other workloads or services, of "
                "different names and both in a cluster or both in compose files, that name its "
                "host in their environment."
            ),
            fails="Two workloads or services serve the same model.",
            manual="One model server is seen, and fewer than two that use it.",
            not_applicable="No model server is deployed here and no gateway is seen.",
            saving=None,
            remedy="Let all applications ask one service.",
            snippet="OPENAI_BASE_URL: http://llm-gateway:4000/v1",
            source="Cost checklist: model instances shared across applications.",
            judge=_instances,
        ),
        Check(
            code="OPS302",
            name="quotas",
            title="Fair scheduling and quotas",
            weight=3,
            effort="medium",
            needs=("code", "deployment", "dependencies"),
            judges="Whether one tenant can use up what all pay for.",
            passes=(
                "Limits are seen: a rate limiter used in application code (slowapi, Flask-Limiter, "
                "fastapi-limiter, limits, express-rate-limit, rate-limiter-flexible, "
                "@upstash/ratelimit, a name that holds rate_limit, ratelimit, quota or "
                "token_bucket), a reply of status 429, or a gateway's budgets and limits "
                "(max_budget, rpm_limit, tpm_limit)."
            ),
            fails="Tenants are seen, and no such limit.",
            manual=None,
            not_applicable="No tenants are seen.",
            saving=None,
            remedy="Give each tenant tokens a minute and a cap of concurrent requests; answer 429.",
            snippet="if not bucket(tenant).take(tokens): raise HTTPException(429)",
            source="Serving: per-tenant token rate limits and concurrency caps, fair scheduling.",
            judge=_quotas,
        ),
        Check(
            code="OPS303",
            name="tenant-monitoring",
            title="Usage and performance are monitored per tenant",
            weight=2,
            effort="low",
            needs=("code", "usage"),
            judges="Whether it can be told which tenant causes which cost.",
            passes=(
                "The usage log names tenants; or a call carries the tenant (user=, metadata, "
                "extra_headers or tags that hold it); or application code puts a tenant into a "
                "metric, a log line or a span in a file with a call."
            ),
            fails="Tenants are seen, and none of this.",
            manual=None,
            not_applicable="No tenants are seen.",
            saving=None,
            remedy="Send the tenant with each request, and sum usage by it.",
            snippet='client.chat.completions.create(..., metadata={"tenant": tenant.id})',
            source="Serving: per-tenant metrics.",
            judge=_monitored,
        ),
    ),
)

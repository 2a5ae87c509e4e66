from __future__ import annotations

from llmopt.audit.check import INFRASTRUCTURE, Check, Goal

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
                "OpenRouter); or a model server and two or more other workloads or services that "
                "name its host in their environment."
            ),
            fails="Two workloads or services serve the same model.",
            manual="One model server is seen, and fewer than two that use it.",
            not_applicable="No model server is deployed here and no gateway is seen.",
            saving=None,
            remedy="Let all applications ask one service.",
            snippet="OPENAI_BASE_URL: http://llm-gateway:4000/v1",
            source="Cost checklist: model instances shared across applications.",
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
        ),
    ),
)

from __future__ import annotations

from statistics import median

from llmopt.audit import money
from llmopt.audit.check import MONITORING, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.domain import Evidence, Saving

TRACERS = (
    "langfuse",
    "langsmith",
    "openlit",
    "traceloop-sdk",
    "arize-phoenix",
    "opentelemetry-api",
)
SPIKE = 3.0
"""Times the median day's spend."""
FEWEST_DAYS = 5
"""A median of fewer days tells nothing."""


def _tokens(facts: Facts) -> Judgement:
    seen = [*facts.usage.evidence, *_traced(facts), *facts.code.seen_beside_calls("usage-read")]
    if seen:
        return passed(seen)
    if not facts.code.calls:
        return inapplicable("no call is seen")
    calls = [call.evidence() for call in facts.code.calls]
    return failed(calls, f"nobody counts its tokens{facts.unused(*TRACERS)}")


def _traced(facts: Facts) -> list[Evidence]:
    return [*facts.code.seen("tracing"), *facts.deployment.signal("tracing")]


def _latency(facts: Facts) -> Judgement:
    seen = [*_traced(facts), *facts.code.seen("metrics"), *facts.deployment.signal("scrape")]
    seen += facts.code.seen_beside_calls("timed")
    if any(record.latency_ms is not None for record in facts.usage.records):
        seen += facts.usage.evidence
    if seen:
        return passed(seen)
    asked = [call.evidence() for call in facts.code.calls]
    asked += [Evidence(s.said, s.place) for s in facts.servers]
    if not asked:
        return inapplicable("neither a call nor a served model is seen")
    return failed(asked, "nobody measures how long it takes")


def _anomalies(facts: Facts) -> Judgement:
    seen = [*facts.deployment.signal("alert", "budget"), *facts.code.seen_beside_calls("budget")]
    if seen:
        return passed(seen)
    if not facts.code.calls and not facts.usage:
        return inapplicable("no call is seen and there is no usage log")
    spikes = _spikes(facts)
    if spikes:
        days = [
            Evidence(f"{day}: ${spent:,.2f}, the median is ${usual:,.2f}")
            for day, spent, usual in spikes
        ]
        return failed(days, "no alert is seen")
    return manual("an alert may be set up at the provider")


def _spikes(facts: Facts) -> list[tuple[str, float, float]]:
    days = facts.usage.spend_by_day
    if len(days) < FEWEST_DAYS:
        return []
    usual = median(days.values())
    return [(day, spent, usual) for day, spent in sorted(days.items()) if spent > SPIKE * usual > 0]


def _saving(facts: Facts) -> Saving | None:
    spikes = _spikes(facts)
    if not spikes:
        return None
    above = facts.usage.a_month(sum(spent - usual for _, spent, usual in spikes))
    return Saving(
        None, above, f"spend above the median on {len(spikes)} days; {money.over(facts.usage)}"
    )


GOAL = Goal(
    code="MON1",
    name="monitoring",
    title="Monitoring",
    area=MONITORING,
    checks=(
        Check(
            code="MON101",
            name="token-usage",
            title="Token usage is tracked by endpoint or feature",
            weight=4,
            effort="low",
            needs=("code", "usage", "deployment"),
            judges="Whether somebody can tell where the tokens go.",
            passes=(
                "A usage log is configured; or tracing of model calls is set up in "
                "application code or "
                "the environment of a deployment file (OpenTelemetry GenAI instrumentation, "
                "OpenLLMetry, OpenInference, Langfuse, LangSmith, Helicone, Phoenix, Weave, "
                "Portkey, LiteLLM callbacks, MLflow autolog, Datadog LLM observability, Vercel AI "
                "telemetry); or a file with a call reads the reply's usage (usage, that of "
                "anything else left out, usage_metadata, total_tokens, prompt_tokens, "
                "input_tokens, output_tokens, get_openai_callback). The dependency alone does "
                "not pass."
            ),
            fails="A call is seen, and none of this.",
            manual=None,
            not_applicable="No call is seen.",
            saving=None,
            remedy="Record the usage of every reply with the name of its feature.",
            snippet='log.info("llm", feature="summary", tokens=reply.usage.total_tokens)',
            source="Cost checklist: token usage by endpoint or feature.",
            judge=_tokens,
        ),
        Check(
            code="MON102",
            name="latency",
            title="Latency and throughput are measured",
            weight=2,
            effort="low",
            needs=("code", "usage", "deployment"),
            judges="Whether slow or idle models would be seen.",
            passes=(
                "Tracing of model calls as in MON101; a usage log with latencies; OpenTelemetry, "
                "Prometheus, StatsD, Datadog, New Relic or Sentry tracing used in application "
                "code; a clock (perf_counter, monotonic, time.time, performance.now, Date.now) "
                "read twice in a file with a call; or metrics of the model server scraped "
                "(ServiceMonitor, PodMonitor, prometheus.io/scrape)."
            ),
            fails="A call or a served model is seen, and none of this.",
            manual=None,
            not_applicable="Neither a call nor a served model is seen.",
            saving=None,
            remedy="Time every request, and keep the distribution.",
            snippet='with histogram.labels(feature="summary").time(): reply = ask(request)',
            source="Cost checklist: latency and throughput.",
            judge=_latency,
        ),
        Check(
            code="MON103",
            name="cost-anomalies",
            title="Cost anomalies are detected",
            weight=3,
            effort="low",
            needs=("usage", "deployment", "code"),
            judges="Whether a day of unusual spend would raise an alarm.",
            passes=(
                "An alert or budget is seen: a Prometheus rule or a Grafana alert that names "
                "tokens or "
                "cost, a cloud budget in Terraform (aws_budgets_budget, aws_ce_anomaly_monitor, "
                "google_billing_budget, azurerm_consumption_budget), max_budget or budget "
                "alerts of "
                "a LiteLLM proxy, or application code that compares spend with a budget (a name "
                "that holds budget or cost_alert, in a file with a call)."
            ),
            fails="A day of the usage log spent over three times the median day; no alert is seen.",
            manual="No alert is seen here; it may be set up at the provider.",
            not_applicable="No call is seen and there is no usage log.",
            saving="What the days above three times the median spent more than it, a month.",
            remedy="Set a budget with an alarm at the provider or in your metrics.",
            snippet="expr: sum(increase(llm_cost_dollars[1d])) > 200",
            source="Cost checklist: cost anomaly detection.",
            judge=_anomalies,
            saves=_saving,
        ),
    ),
)

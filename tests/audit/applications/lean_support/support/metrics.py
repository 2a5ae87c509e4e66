"""What is measured of every request to a model."""

from prometheus_client import Counter, Histogram

TOKENS = Counter("llm_tokens", "Tokens used", ["feature", "tenant", "direction"])
SECONDS = Histogram("llm_seconds", "Time of a request", ["feature"])


def record(feature: str, tenant: str, usage) -> None:
    TOKENS.labels(feature, tenant, "in").inc(usage.input_tokens)
    TOKENS.labels(feature, tenant, "out").inc(usage.output_tokens)

"""Where tenants are told to those who watch: in metrics, log lines and spans."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmopt.audit.probes.code.module import Invocation, Module, Sighting
from llmopt.audit.probes.code.signals import SIGNALS

_TENANT = SIGNALS["tenant"]
_WATCHED = re.compile(
    r"(?:.*\.)?(?:labels|with_?[lL]abels|set_?[aA]ttributes?|set_?[tT]ags?|bind|"
    r"start_(?:as_current_)?span|start(?:Active)?Span|debug|info|warn|warning|error|exception|log|"
    r"inc|incr|increment|observe|record|gauge|histogram|timing|distribution|track|capture)"
)
"""Calls of metrics (Prometheus, StatsD, OpenTelemetry), loggers and tracers."""


def see_tenants(module: Module) -> Iterator[Sighting]:
    """Yield where a tenant is named to a metric, a log line or a span."""
    for call in module.invocations:
        if _WATCHED.fullmatch(call.name) and _names_tenant(call):
            yield Sighting("tenant-told", f"{call.name} names the tenant", call.line, call.column)


def _names_tenant(call: Invocation) -> bool:
    names = (*call.mentions, *(f"{name}=" for name in call.keywords))
    return any(_TENANT.search(name) for name in names)

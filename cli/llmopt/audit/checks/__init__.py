"""The 46 checks under their 15 goals: one file a goal, the source of their reference."""

from __future__ import annotations

from collections.abc import Mapping

from llmopt.audit.check import Check, Goal
from llmopt.audit.checks import (
    arc1_model,
    arc2_pattern,
    arc3_compression,
    inf1_batching,
    inf2_caching,
    inf3_generation,
    mon1_monitoring,
    mon2_feedback,
    mon3_documentation,
    ops1_hardware,
    ops2_containers,
    ops3_tenants,
    prm1_templates,
    prm2_context,
    prm3_output,
)

GOALS: tuple[Goal, ...] = tuple(
    module.GOAL
    for module in (
        arc1_model,
        arc2_pattern,
        arc3_compression,
        prm1_templates,
        prm2_context,
        prm3_output,
        inf1_batching,
        inf2_caching,
        inf3_generation,
        ops1_hardware,
        ops2_containers,
        ops3_tenants,
        mon1_monitoring,
        mon2_feedback,
        mon3_documentation,
    )
)
CHECKS: Mapping[str, Check] = {check.code: check for goal in GOALS for check in goal.checks}

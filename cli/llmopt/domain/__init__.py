"""The words of llmopt as frozen values: every room speaks them, none of them acts."""

from llmopt.domain.calls import (
    Call,
    CallRole,
    Completion,
    FinishReason,
    Request,
    TokenCount,
    ToolCall,
    TrialKey,
    Usage,
)
from llmopt.domain.checklist import Attestation, ChecklistSettings, UsageFile
from llmopt.domain.findings import Effort, Evidence, Finding, Rule, Saving, Severity
from llmopt.domain.limits import Bound, CaseLimits, Limit, Measure
from llmopt.domain.models import FromEnvironment, Limits, Model, Price
from llmopt.domain.perturbations import PERTURBATIONS, Perturbation
from llmopt.domain.prompts import Message, MessageTemplate, Place, Prompt, Role, Variant
from llmopt.domain.runs import Outcomes, PerturbedOutcomes, Run, RunStatus
from llmopt.domain.suites import Case, Config, Robustness, ScorerSpec, Suite
from llmopt.domain.trials import Candidate, Failure, Measured, Score, Trial

__all__ = [
    "PERTURBATIONS",
    "Attestation",
    "Bound",
    "Call",
    "CallRole",
    "Candidate",
    "Case",
    "CaseLimits",
    "ChecklistSettings",
    "Completion",
    "Config",
    "Effort",
    "Evidence",
    "Failure",
    "Finding",
    "FinishReason",
    "FromEnvironment",
    "Limit",
    "Limits",
    "Measure",
    "Measured",
    "Message",
    "MessageTemplate",
    "Model",
    "Outcomes",
    "Perturbation",
    "PerturbedOutcomes",
    "Place",
    "Price",
    "Prompt",
    "Request",
    "Robustness",
    "Role",
    "Rule",
    "Run",
    "RunStatus",
    "Saving",
    "Score",
    "ScorerSpec",
    "Severity",
    "Suite",
    "TokenCount",
    "ToolCall",
    "Trial",
    "TrialKey",
    "Usage",
    "UsageFile",
    "Variant",
]

from __future__ import annotations

from llmopt.audit.check import MONITORING, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, manual, passed
from llmopt.domain import Evidence


def _written(facts: Facts) -> Judgement:
    prompts = facts.project.prompts
    seen = list(facts.writings.knowledge)
    if prompts and all(prompt.described for prompt in prompts):
        seen += [Evidence(f"prompt {p.name} has a description", p.place) for p in prompts]
    return passed(seen) if seen else manual("a page of what works may be elsewhere")


def _shared(facts: Facts) -> Judgement:
    seen = [*facts.deployment.signal("evaluated-in-ci"), *facts.writings.rules]
    return passed(seen) if seen else manual("rules on prompts and cost may be elsewhere")


def _tracked(facts: Facts) -> Judgement:
    seen = list(facts.writings.savings)
    if facts.project.baseline:
        seen.append(facts.project.baseline)
    if facts.tracked_since:
        seen.append(Evidence(f"audits since {facts.tracked_since} say what mending would save"))
    return passed(seen) if seen else manual("a record of savings may be elsewhere")


GOAL = Goal(
    code="MON3",
    name="documentation",
    title="Documentation",
    area=MONITORING,
    checks=(
        Check(
            code="MON301",
            name="knowledge-base",
            title="What works is written down",
            weight=1,
            effort="low",
            needs=("documents", "prompts"),
            judges="Whether decisions about prompts and models are documented.",
            passes=(
                "A Markdown or text file of the project (README excepted) of at least 50 "
                "words speaks "
                "of prompts or models and of tokens, cost or latency, or compares hosting costs "
                "(OPS103) and speaks of models beside, or is named prompts, llm or language-models "
                "and speaks of cost; or every llmopt prompt has a description."
            ),
            fails=None,
            never_fails="what is not written here may be written in a wiki.",
            manual="No such file is seen here; it may be in a wiki.",
            not_applicable="No llm use is seen.",
            saving=None,
            remedy="Keep a page of what was tried, what it saved and what it cost in quality.",
            snippet="docs/prompts.md",
            source="Cost checklist: knowledge base of what works.",
            judge=_written,
        ),
        Check(
            code="MON302",
            name="practices-shared",
            title="Practices are shared across teams",
            weight=1,
            effort="low",
            needs=("documents", "deployment"),
            judges="Whether a change meets the team's rules on prompts and cost.",
            passes=(
                "A CI workflow runs llmopt, promptfoo, DeepEval or another evaluation of prompts; "
                "or CONTRIBUTING, AGENTS or a pull request template speaks of prompts or "
                "models and of "
                "tokens or cost."
            ),
            fails=None,
            never_fails="rules of a team may stand where no file of the project shows them.",
            manual="No such rule is seen here.",
            not_applicable="No llm use is seen.",
            saving=None,
            remedy="Let CI hold prompts against their baseline.",
            snippet="run: llmopt gate",
            source="Cost checklist: practices shared across teams.",
            judge=_shared,
        ),
        Check(
            code="MON303",
            name="savings-tracked",
            title="Savings are tracked",
            weight=2,
            effort="low",
            needs=("runs", "documents"),
            judges="Whether anybody can say what was saved since when.",
            passes=(
                "llmopt.baseline.json is in the project and holds the figures of a prompt; or two "
                "earlier audits a week or more apart are stored, the first of which says in "
                "dollars what mending would save; or a sentence or table of a Markdown or text "
                "file of the project says what was saved (saved, savings, fell, cut or reduced "
                "by), as money or as a share of tokens or cost, near prompts or models. What "
                "could, would or should be saved is no record."
            ),
            fails=None,
            never_fails="a record of savings may be kept elsewhere.",
            manual="No such record is seen here.",
            not_applicable="No llm use is seen.",
            saving=None,
            remedy="Commit the baseline, and audit now and then.",
            snippet="llmopt baseline update && llmopt checklist --diff latest",
            source="Cost checklist: savings tracked.",
            judge=_tracked,
        ),
    ),
)

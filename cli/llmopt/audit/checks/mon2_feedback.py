from __future__ import annotations

from datetime import timedelta

from llmopt.audit.check import MONITORING, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import SUPERSEDED
from llmopt.audit.probes.runs import RunFact

RECENT = timedelta(days=180)


def _asks(facts: Facts) -> bool:
    return bool(facts.code.calls or facts.project.prompts)


def _recent(facts: Facts) -> list[RunFact]:
    return [run for run in facts.runs if facts.today - run.day <= RECENT]


def _reviewed(facts: Facts) -> Judgement:
    if not _asks(facts):
        return inapplicable("no call and no prompt is seen")
    recent = [run.evidence for run in _recent(facts)]
    seen = [*recent, *facts.code.seen("registry")]
    if seen:
        return passed(seen)
    if facts.runs:
        return failed([facts.runs[0].evidence], "that is more than 180 days ago")
    return manual("a run of the last 180 days would show it")


def _tested(facts: Facts) -> Judgement:
    if not _asks(facts):
        return inapplicable("no call and no prompt is seen")
    seen = [run.evidence for run in facts.runs if run.compares]
    seen += [c.evidence for c in facts.comparisons if len(c.models) > 1 or c.prompts > 1]
    seen += facts.code.seen_beside_calls("experiment")
    seen += facts.code.seen("evaluation")
    seen += [e for file in facts.code.tests for e in file.seen.get("evaluation", ())]
    if seen:
        return passed(seen)
    if facts.runs:
        return failed([run.evidence for run in facts.runs], "no run compares two candidates")
    return manual("a run that compares two variants would show it")


def _models(facts: Facts) -> Judgement:
    if not facts.models and facts.unread_models:
        return manual("the model's name would show whether it is current", facts.unread_models)
    if not facts.models:
        return inapplicable("no model in use is named")
    old = [e for name, e in facts.models.items() if SUPERSEDED.match(name)]
    if old:
        return failed(old, "its provider has superseded it")
    compared = [run.evidence for run in _recent(facts) if len(run.models) > 1]
    if compared:
        return passed(compared, "models were compared recently")
    return manual("a run of the last 180 days with two models would show it", facts.models.values())


GOAL = Goal(
    code="MON2",
    name="feedback loops",
    title="Feedback loops",
    area=MONITORING,
    checks=(
        Check(
            code="MON201",
            name="prompts-reviewed",
            title="Prompts are reviewed and updated regularly",
            weight=2,
            effort="low",
            needs=("runs", "code"),
            judges="When the prompts were last evaluated. Recently: within 180 days.",
            passes=(
                "The run store has a recent run; or prompts come from a registry that keeps their "
                "versions (Langfuse get_prompt, LangSmith pull_prompt or hub.pull, PromptLayer, "
                "Humanloop, MLflow load_prompt)."
            ),
            fails="The run store has runs, the last of them more than 180 days old.",
            manual="No run and no registry is seen.",
            not_applicable="No call and no llmopt prompt.",
            saving=None,
            remedy="Evaluate the prompts on today's models, and put it into the calendar.",
            snippet="llmopt eval",
            source="Cost checklist: prompts reviewed and updated regularly.",
            judge=_reviewed,
        ),
        Check(
            code="MON202",
            name="changes-tested",
            title="Changes are A/B tested",
            weight=3,
            effort="medium",
            needs=("runs", "code"),
            judges="Whether alternatives were compared before they were adopted.",
            passes=(
                "A run of the run store has two candidates of one prompt; or a promptfoo "
                "configuration has two prompts or providers; or an experiment service (Statsig, "
                "GrowthBook, LaunchDarkly, OpenFeature, Optimizely, Unleash) is used in a file "
                "with a call; or evaluations of LangSmith, Langfuse, Braintrust or DeepEval "
                "are run."
            ),
            fails="The run store has runs, and none of them compares two candidates of a prompt.",
            manual="No run, no comparison and no experiment is seen.",
            not_applicable="No call and no llmopt prompt.",
            saving=None,
            remedy="Compare the change with what runs today on the same cases.",
            snippet="llmopt eval --variant today --variant shorter",
            source="Evaluation process: A/B test variants, look at the trade-off, select.",
            judge=_tested,
        ),
        Check(
            code="MON203",
            name="models-reviewed",
            title="New models and techniques are evaluated",
            weight=3,
            effort="medium",
            needs=("runs", "code", "usage"),
            judges="Whether models in use are of a generation that their provider has superseded.",
            passes=(
                "No superseded model is in use, and a run of the last 180 days has two models or "
                "more."
            ),
            fails=(
                "A superseded model is in use: gpt-3.5, gpt-4 and gpt-4-turbo (not gpt-4o, "
                "gpt-4.1), "
                "text- and code-davinci, o1-preview and o1-mini, claude-1, claude-2, "
                "claude-instant, claude-3 and 3.5, gemini-pro, gemini-1.0 and 1.5, palm, llama-2, "
                "mistral-7b-instruct-v0.1 and v0.2, command and command-light."
            ),
            manual=(
                "No superseded model is known to be in use, and no recent run compares models."
            ),
            not_applicable="No model in use is named, and no call is seen.",
            saving=None,
            remedy="Evaluate the successor: newer small models often do what older large ones did.",
            snippet="llmopt eval --model openai/gpt-5-mini --model openai/gpt-4-turbo",
            source="The providers' published lists of deprecated and legacy models.",
            judge=_models,
        ),
    ),
)

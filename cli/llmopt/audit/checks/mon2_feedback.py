from __future__ import annotations

from llmopt.audit.check import MONITORING, Check, Goal

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
            manual="No superseded model is in use, and no recent run compares models.",
            not_applicable="No model in use is named.",
            saving=None,
            remedy="Evaluate the successor: newer small models often do what older large ones did.",
            snippet="llmopt eval --model openai/gpt-5-mini --model openai/gpt-4-turbo",
            source="The providers' published lists of deprecated and legacy models.",
        ),
    ),
)

from __future__ import annotations

from llmopt.audit.check import PROMPTS, Check, Goal

GOAL = Goal(
    code="PRM1",
    name="templates",
    title="Lean prompt templates",
    area=PROMPTS,
    checks=(
        Check(
            code="PRM101",
            name="needless-text",
            title="Needless text and pleasantries are removed",
            weight=3,
            effort="low",
            needs=("prompts", "code"),
            judges=(
                "Needless phrases in prompt texts: pleasantries (please, kindly, thank you, "
                "thanks, "
                "I would like you to, I want you to, could you, would you, can you, feel free to), "
                "filler (very important, make sure to, be sure to, as an AI, in order to, keep in "
                "mind that, it is important that, note that) and ornament (four or more of * = - # "
                "~ _ in a row, emoji)."
            ),
            passes="At least one prompt text was read, and none holds two needless phrases.",
            fails="A prompt text holds two needless phrases or more (a repeated one counts).",
            manual="There are calls, but no prompt text stands where it can be read.",
            not_applicable="No call and no llmopt prompt.",
            saving=(
                "Tokens of the needless phrases, times the volume of the prompt (of the usage log "
                "over all prompts, where prompts are not told apart), at the model's input price."
            ),
            remedy="Delete the phrases; the shorter text is a variant to evaluate.",
            snippet="llmopt compress sentiment && llmopt eval sentiment",
            source="Prompt templates: needless text and pleasantries removed.",
        ),
        Check(
            code="PRM102",
            name="structured-prompt",
            title="Prompts have a structured format for consistent output",
            weight=2,
            effort="low",
            needs=("prompts", "code"),
            judges=(
                "Whether long prompt texts mark their parts: lines that begin with a label and a "
                "colon, XML tags, markdown headings, bulleted or numbered lists, or separate "
                "system and user messages."
            ),
            passes=(
                "At least one prompt text was read, and each of more than 100 tokens marks its "
                "parts. (A text of 100 tokens or fewer needs no marks.)"
            ),
            fails="A prompt text of more than 100 tokens marks no parts.",
            manual="There are calls, but no prompt text stands where it can be read.",
            not_applicable="No call and no llmopt prompt.",
            saving=None,
            remedy="Name the parts: role, task, format, constraints, context, query.",
            snippet="Task: label the review.\nLabels: positive, negative\nText: {{ text }}",
            source="Prompt templates: structured formats for consistent output.",
        ),
        Check(
            code="PRM103",
            name="zero-shot-first",
            title="Worked examples are there only where zero-shot does not suffice",
            weight=3,
            effort="low",
            needs=("prompts", "code", "runs"),
            judges=(
                "Worked examples in prompt texts: examples of an llmopt variant, two or more "
                "assistant messages written in a call's messages, a few-shot template of a "
                "framework, or two or more example marks (Example 1, Input:/Output:, Q:/A:) "
                "in one text."
            ),
            passes=(
                "At least one prompt text was read and none has worked examples; or a run compares "
                "a variant with examples with one without, for each prompt that has them."
            ),
            fails="A prompt in use has worked examples, and no run compares it with zero-shot.",
            manual="There are calls, but no prompt text stands where it can be read.",
            not_applicable="No call and no llmopt prompt.",
            saving="Tokens of the examples, times the volume, at the model's input price.",
            remedy="Evaluate the prompt without its examples.",
            snippet="llmopt eval sentiment --variant fewshot --variant zeroshot",
            source="Prompt techniques: zero-shot where it suffices.",
        ),
    ),
)

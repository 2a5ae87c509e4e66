from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import PROMPTS, Check, Goal
from llmopt.audit.counting import text_tokens
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, counted, failed, inapplicable, manual, passed
from llmopt.audit.phrases import example_marks, excerpts, marks_parts, needless
from llmopt.audit.probes.project import PromptFact
from llmopt.domain import Evidence, Saving

MOST_NEEDLESS = 1
"""One "please" is nobody's waste."""
LONG_TEXT = 100
"""Tokens of a text that needs marks to be read."""


def _unread(facts: Facts) -> Judgement | None:
    """Say why there is nothing to judge, where no prompt text was read."""
    if facts.texts:
        return None
    if facts.code.calls:
        calls = [call.evidence() for call in facts.code.calls]
        return manual("the prompt texts do not stand where they can be read", calls)
    return inapplicable("no call and no prompt is seen")


def _read(facts: Facts) -> list[Evidence]:
    first = facts.texts[0]
    count = counted(len(facts.texts), "prompt text")
    return [Evidence(f"{count} read", first.place)]


def _lean(facts: Facts) -> Judgement:
    wordy = [
        Evidence(f"{len(found)} needless phrases: {', '.join(excerpts(text.text))}", text.place)
        for text in facts.texts
        if len(found := needless(text.text)) > MOST_NEEDLESS
    ]
    if wordy:
        return failed(wordy)
    return _unread(facts) or passed(_read(facts), "none holds two needless phrases")


def _lean_saving(facts: Facts) -> Saving | None:
    return money.of_text(facts, money.needless_tokens, "tokens of needless phrases")


def _structured(facts: Facts) -> Judgement:
    loose = []
    for text in facts.texts:
        # No text has more tokens than characters: the short ones need no count.
        if text.separated or len(text.text) <= LONG_TEXT or marks_parts(text.text):
            continue
        tokens = text_tokens(text.text)
        if tokens > LONG_TEXT:
            loose.append(Evidence(f"{tokens} tokens without a mark of their parts", text.place))
    if loose:
        return failed(loose)
    return _unread(facts) or passed(_read(facts), "those of more than 100 tokens mark their parts")


def _zero_shot(facts: Facts) -> Judgement:
    shown = [
        Evidence(
            f"prompt {prompt.name} has {counted(len(prompt.examples), 'example')}", prompt.place
        )
        for prompt in facts.project.prompts
        if prompt.examples and not _compared(prompt, facts)
    ]
    shown += facts.code.seen("worked-examples")
    shown += facts.code.seen("few-shot")
    shown += [
        Evidence("worked examples in the text", text.place)
        for text in facts.texts
        if text.name is None and example_marks(text.text) > 1
    ]
    if shown:
        return failed(shown, "no run compares it with zero-shot")
    compared = [prompt for prompt in facts.project.prompts if prompt.examples]
    if compared:
        return passed([run.evidence for run in facts.runs], "compared with zero-shot")
    return _unread(facts) or passed(_read(facts), "none has worked examples")


def _compared(prompt: PromptFact, facts: Facts) -> bool:
    """Tell whether a run has a variant with examples beside one without."""
    for run in facts.runs:
        variants = {c.variant for c in run.candidates if c.prompt == prompt.name}
        if variants.intersection(prompt.example_variants) and variants.intersection(
            prompt.plain_variants
        ):
            return True
    return False


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
                "thanks, I would like you to, I want you to, could you, would you, can you (a "
                "please behind it is the same pleasantry), feel free to), "
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
            judge=_lean,
            saves=_lean_saving,
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
            judge=_structured,
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
            judge=_zero_shot,
            saves=money.of_examples,
        ),
    ),
)

from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import PROMPTS, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.phrases import asks_for_format, states_length
from llmopt.audit.probes.code.facts import SIMPLE_LIMIT, Code, CodeFile, ModelCall
from llmopt.audit.probes.project import PromptFact
from llmopt.domain import Evidence


def _limited(call: ModelCall, file: CodeFile, code: Code) -> bool:
    if call.instructions is not None and call.limit is None and not call.structured:
        return states_length(call.instructions)
    return (
        call.limit is not None
        or call.structured
        or "structured" in file.seen
        or any(states_length(text.text) for made in code.making(file) for text in made.texts)
    )


def _prompt_limit(prompt: PromptFact) -> bool:
    return bool(
        prompt.settings.get("max_tokens")
        or prompt.settings.get("max_completion_tokens")
        or prompt.settings.get("response_format")
        or any(states_length(text.text) for text in prompt.texts)
    )


def _limits(facts: Facts) -> Judgement:
    code = facts.code
    pairs = [(call, file) for file in code.calling() for call in file.calls]
    if not pairs and not facts.project.prompts:
        return inapplicable("no call and no prompt is seen")
    unlimited = [call for call, file in pairs if not _limited(call, file, code)]
    missing = [call.evidence() for call in unlimited if not (call.open or call.untold)]
    missing += [
        Evidence(f"prompt {prompt.name} states no limit", prompt.place)
        for prompt in facts.project.prompts
        if not _prompt_limit(prompt)
    ]
    if missing:
        return failed(missing, "no limit of the reply is stated")
    if unlimited:
        unread = [call.evidence() for call in unlimited]
        return manual("the settings or the text come from what cannot be read", unread)
    calls = [call.evidence(f"{call.api} call with a limit") for call, _ in pairs]
    prompts = [Evidence(f"prompt {p.name} has a limit", p.place) for p in facts.project.prompts]
    return passed([*calls, *prompts])


def _structured(facts: Facts) -> Judgement:
    wrong: list[Evidence] = []
    right: list[Evidence] = []
    for file in facts.code.calling():
        made = facts.code.made_by(file)
        kept = [call.evidence("structured output") for call in made if call.structured]
        way = (file, *(one for one in facts.code.files if one.file in file.reached))
        kept += [evidence for one in way for evidence in one.seen.get("structured", ())]
        if kept:
            right += kept
            continue
        wrong += file.seen.get("reply-parsed", ())
        wrong += [
            Evidence("the prompt asks for a format", text.place)
            for text in file.texts
            if asks_for_format(text.text)
        ]
    if wrong:
        return failed(wrong, "nothing makes the provider keep the format")
    right += [
        Evidence(f"prompt {prompt.name} is scored field by field", prompt.place)
        for prompt in facts.project.prompts
        if prompt.structured
    ]
    if right:
        return passed(right)
    return inapplicable("no reply is read by a program")


def _stops(facts: Facts) -> Judgement:
    calls = facts.code.calls
    stopping = [call.evidence("a stop sequence") for call in calls if call.stop]
    stopping += facts.code.seen_beside_calls("stream-left")
    stopping += [
        Evidence(f"prompt {prompt.name} has a stop sequence", prompt.place)
        for prompt in facts.project.prompts
        if prompt.settings.get("stop")
    ]
    if stopping:
        return passed(stopping)
    if not calls and not facts.project.prompts:
        return inapplicable("no call and no prompt is seen")
    if all(call.structured or call.short for call in calls) and all(
        prompt.structured or (prompt.settings.get("max_tokens") or SIMPLE_LIMIT + 1) <= SIMPLE_LIMIT
        for prompt in facts.project.prompts
    ):
        return inapplicable("every reply is structured or short")
    wasted = [
        evidence
        for file in facts.code.calling()
        if not any(call.stop or call.short for call in facts.code.made_by(file))
        for evidence in file.seen.get("reply-cut", ())
    ]
    if wasted:
        return failed(wasted, "tokens are paid for and thrown away")
    return manual("whether replies go on after what is needed", [call.evidence() for call in calls])


GOAL = Goal(
    code="PRM3",
    name="output",
    title="Replies no longer than needed",
    area=PROMPTS,
    checks=(
        Check(
            code="PRM301",
            name="output-limits",
            title="Format and length limits are stated",
            weight=4,
            effort="low",
            needs=("code", "prompts", "usage"),
            judges=(
                "Whether each call and each llmopt baseline variant limits its reply: max_tokens, "
                "max_completion_tokens, max_output_tokens, max_new_tokens, num_predict, maxTokens, "
                "maxOutputTokens or their like; structured output (PRM302); or a prompt text of "
                "its file, or of one that leads to it, that states a length (in one word, one "
                "sentence, at most 50 words, two "
                "paragraphs, only the label)."
            ),
            passes="Each call and baseline variant has a limit.",
            fails=(
                "A call that is not open and whose text can be read, or a baseline variant, has "
                "none of these."
            ),
            manual="The only calls without a limit are open, or send a text that cannot be read.",
            not_applicable="No call and no llmopt prompt.",
            saving=(
                "Output tokens above the median reply of each feature in the usage log, at the "
                "output price: what a limit near the median would cut, an upper bound."
            ),
            remedy="State the length in the prompt, and set max_tokens as a safety net.",
            snippet="client.chat.completions.create(..., max_tokens=200)",
            source="Cost checklist: format and length limits stated.",
            judge=_limits,
            saves=money.of_long_replies,
        ),
        Check(
            code="PRM302",
            name="structured-output",
            title="Replies that a program reads are structured",
            weight=3,
            effort="low",
            needs=("code", "prompts"),
            judges=(
                "Whether code that parses replies (json.loads, JSON.parse, yaml.safe_load, a "
                "regular expression or split on a reply), or a prompt that asks for JSON or "
                "YAML, has "
                "the provider keep the format."
            ),
            passes=(
                "Structured output is used: response_format, text_format, a parse method, "
                "with_structured_output, output_config or a forced tool_choice, instructor, "
                "outlines, guided_json, guided_choice, guided_regex or a grammar of vLLM, SGLang "
                "or llama.cpp, a JSON or Pydantic output parser, generateObject, a "
                "responseSchema, a DSPy signature, format=json of Ollama; or llmopt cases "
                "scored by json."
            ),
            fails=(
                "A file with a call parses the reply or its prompt text asks for JSON or YAML, and "
                "no call in the file has structured output, nor anything on its way to the call."
            ),
            manual=None,
            not_applicable="No reply is parsed and no prompt text asks for JSON or YAML.",
            saving=None,
            remedy="Name the fields in a schema and let the provider keep it.",
            snippet="client.chat.completions.parse(..., response_format=Invoice)",
            source="Prompt techniques: structured output.",
            judge=_structured,
        ),
        Check(
            code="PRM303",
            name="early-stopping",
            title="Replies stop early",
            weight=2,
            effort="low",
            needs=("code", "prompts", "usage"),
            judges="Whether tokens are generated that the code then throws away.",
            passes=(
                "A call or a baseline variant has a stop sequence (stop, stop_sequences, "
                "stopSequences, stopping_criteria), or leaves a stream when it has enough (break "
                "in the loop over it)."
            ),
            fails=(
                "Code keeps only the first line, word or characters of a reply (split, "
                "splitlines, partition or a slice from the start on it), and no call in the file "
                "has a stop sequence or a limit of 64 tokens or fewer."
            ),
            manual="There are calls without a stop sequence, and no reply is cut.",
            not_applicable=(
                "No call and no llmopt prompt; or each call has structured output or a limit of "
                "64 tokens or fewer."
            ),
            saving=None,
            remedy="Name what ends the answer.",
            snippet='client.chat.completions.create(..., stop=["\\n"])',
            source="Cost checklist: early stopping.",
            judge=_stops,
        ),
    ),
)

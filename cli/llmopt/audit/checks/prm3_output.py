from __future__ import annotations

from llmopt.audit.check import PROMPTS, Check, Goal

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
                "maxOutputTokens or their like; structured output (PRM302); or a prompt text "
                "of the "
                "same file that states a length (in one word, one sentence, at most 50 words, two "
                "paragraphs, only the label)."
            ),
            passes="Each call and baseline variant has a limit.",
            fails="A call that is not open, or a baseline variant, has none of these.",
            manual="The only calls without a limit are open.",
            not_applicable="No call and no llmopt prompt.",
            saving=(
                "Output tokens above the median reply of each feature in the usage log, at the "
                "output price: what a limit near the median would cut, an upper bound."
            ),
            remedy="State the length in the prompt, and set max_tokens as a safety net.",
            snippet="client.chat.completions.create(..., max_tokens=200)",
            source="Cost checklist: format and length limits stated.",
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
                "outlines, guided_json, a JSON or Pydantic output parser, generateObject, a "
                "responseSchema, a DSPy signature, format=json of Ollama; or llmopt cases scored "
                "by json."
            ),
            fails=(
                "A file with a call parses the reply or its prompt text asks for JSON or YAML, and "
                "no call in the file has structured output."
            ),
            manual=None,
            not_applicable="No reply is parsed and no prompt text asks for JSON or YAML.",
            saving=None,
            remedy="Name the fields in a schema and let the provider keep it.",
            snippet="client.chat.completions.parse(..., response_format=Invoice)",
            source="Prompt techniques: structured output.",
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
        ),
    ),
)

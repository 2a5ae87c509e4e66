from __future__ import annotations

from llmopt.audit.check import ARCHITECTURE, Check, Goal

GOAL = Goal(
    code="ARC1",
    name="model choice",
    title="Cheapest model that meets the accuracy need",
    area=ARCHITECTURE,
    checks=(
        Check(
            code="ARC101",
            name="smaller-models-first",
            title="Smaller models are evaluated before larger ones",
            weight=5,
            effort="medium",
            needs=("code", "runs", "usage"),
            judges="Whether a small model was tried wherever a large one is in use.",
            passes=(
                "Only small models are in use; or a run of the run store has a small model among "
                "its candidates; or a promptfoo configuration names a small model beside another."
            ),
            fails="A large model is in use and no evaluation of a small one is seen.",
            manual="There is a call, but no model in use can be told small or large.",
            not_applicable="No call, llmopt model or usage record names a model.",
            saving=(
                "The spend on large models in the usage log or by traffic, less what the same "
                "tokens cost on the cheapest small model that the project names: an upper bound, "
                "for an evaluation may keep some requests on the large one."
            ),
            remedy="Evaluate a small model on your own cases; adopt it where quality holds.",
            snippet="llmopt eval --model openai/gpt-5-mini --model openai/gpt-5",
            source="Cost checklist: smaller models evaluated before larger.",
        ),
        Check(
            code="ARC102",
            name="specialised-models",
            title="Specialised models are considered for narrow tasks",
            weight=3,
            effort="high",
            needs=("code", "prompts"),
            judges="Whether narrow tasks run on a general large model.",
            passes=(
                "A fine-tuned or specialised model is used: a model name beginning ft: or naming "
                "code, coder, rerank, moderation, guard or embed-classify use; LoRA adapters on a "
                "served model; a classification, token-classification or zero-shot pipeline of "
                "transformers; SetFit; a spaCy text categoriser; a fine-tuning job in code."
            ),
            fails="A simple task runs on a large model, and nothing specialised is seen.",
            manual="There are calls, but none is a simple task or its model's size is unknown.",
            not_applicable=(
                "No call and no llmopt prompt; or every simple task runs on a small model."
            ),
            saving="As ARC101, over the calls of simple tasks alone.",
            remedy=(
                "Compare a fine-tuned small model or a plain classifier with today's model on the "
                "same cases."
            ),
            snippet="llmopt eval labels --model openai/ft:gpt-5-mini:acme --model openai/gpt-5",
            source="Cost checklist: specialised models considered.",
        ),
        Check(
            code="ARC103",
            name="model-cascade",
            title="A cascade serves tasks of variable difficulty",
            weight=4,
            effort="medium",
            needs=("code", "usage", "runs"),
            judges="Whether easy requests reach the large model although they need not.",
            passes=(
                "A router or cascade is seen: RouteLLM, semantic-router, NotDiamond, a router "
                "chain or LLM router of LangChain or LlamaIndex; a function that calls a small "
                "model, then under a condition a larger one; a variable that picks a small or a "
                "large model under a condition and is the model of a call; an llmopt variant with "
                "strategy cascade. Fallbacks for errors (except, fallbacks=) are no cascade."
            ),
            fails=(
                "No cascade is seen, and either at least 20 % of a large model's requests in the "
                "usage log are easy (at most 500 tokens in and 64 out), or a run shows a small "
                "model right on half the cases or more, yet less often than the large one."
            ),
            manual="A large model is in use, and neither usage log nor runs show difficulty.",
            not_applicable=(
                "No model in use is large; or the usage log shows fewer than 20 % easy requests."
            ),
            saving=(
                "Easy requests of the usage log, priced on the cheapest small model that the "
                "project names instead of the large one, less the small model's price on the "
                "requests that still escalate being unknown: an upper bound."
            ),
            remedy="Ask the small model first, and the large one where it is not sure.",
            snippet="strategy: {cascade: [openai/gpt-5-mini, openai/gpt-5]}",
            source="Cost checklist: cascade for tasks of variable difficulty.",
        ),
    ),
)

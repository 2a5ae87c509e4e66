"""Which models a file chooses between, and which it loads and runs itself."""

from __future__ import annotations

import re

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.module import Module
from llmopt.audit.probes.code.settings import MODEL_KEYS, given
from llmopt.domain import Evidence, Place

_LOADS = re.compile(
    r"(?:.*\.)?(?:LLM|Llama(?:\.from_pretrained)?|AutoModelFor(?:CausalLM|"
    r"Seq2SeqLM)\.from_pretrained|"
    r"pipeline|Generator|AsyncLLMEngine)"
)


def see_choices(calling: Calling) -> tuple[tuple[Evidence, tuple[str, ...]], ...]:
    """Return the texts that code chooses between, those of one function's calls among them."""
    module = calling.module
    called = {call.name for call in module.invocations}
    subscripted = {name.text for name in module.names if name.text.endswith("[]")}
    found = [
        (Evidence("the model is chosen under a condition", Place(module.file, c.line, 1)), c.texts)
        for c in module.choices
        if not c.name or f"{c.name}[]" in subscripted or f"{c.name}.get" in called
    ]
    for function in module.functions:
        texts = [
            value
            for call in module.invocations
            if call.function == function.name
            and (call in calling.runs or flow.called(call) in calling.functions)
            for value in call.keywords.values()
            if isinstance(value, str)
        ]
        if calling.replies.within(function.tests, function.name):
            texts += _asked_of(calling, function.name)
        if len(set(texts)) > 1 and function.conditional:
            place = Place(module.file, function.line, 1)
            found.append(
                (Evidence(f"{function.name} asks one model, then another", place), tuple(texts))
            )
    return tuple(found)


def _asked_of(calling: Calling, function: str) -> list[str]:
    """Return the models of the calls in the functions that a function calls."""
    called = {flow.called(call) for call in calling.passing() if call.function == function}
    models = [given(run.keywords, MODEL_KEYS) for run in calling.runs if run.function in called]
    return [model for model in models if isinstance(model, str)]


def served_model(module: Module) -> str | None:
    """Return the model that is loaded here: `LLM(model=...)`, `from_pretrained(...)`."""
    for call in module.invocations:
        if _LOADS.fullmatch(call.name) and call.keywords.get("task") != "classification":
            name = given(call.keywords, ("model", "repo_id", "model_path", "0"))
            if call.name.endswith("pipeline"):
                name = given(call.keywords, ("model", "1"))
            if isinstance(name, str):
                return name
    return None

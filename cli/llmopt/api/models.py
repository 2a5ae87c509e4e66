"""The models that a project has, and whether they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from llmopt.api.manner import Outside
from llmopt.domain import Message, Model, Request, Suite, TrialKey
from llmopt.errors import LlmoptError
from llmopt.evaluate.endpoint import completed
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.worst_case import REPLY_LIMITS
from llmopt.prices.table import Pricer, table_date
from llmopt.providers import registry
from llmopt.report.models import Answer, Header, ModelList, Shown
from llmopt.tokens.counting import counter_for

CHECK_TOKENS = 16
"""Of a reply that checks whether a model answers: the least that every API takes."""


def model_list(
    suite: Suite, names: Sequence[str], *, check: bool, outside: Outside | None = None
) -> ModelList:
    """Describe the models named, or those that a run would take; with `check`, ask each once.

    Raises:
        UsageError: a name is no model.
    """
    outside = outside or Outside()
    models = resolve_models(suite, names, folder=Path.cwd())
    shown = [_shown(model, outside) for model in models]
    if check:
        shown = asyncio.run(_checked(models, shown, outside))
    return ModelList(tuple(shown), table_date())


def _shown(model: Model, outside: Outside) -> Shown:
    counter, pricer = counter_for(model.identity), Pricer(model)
    home, endpoint = None, None
    if not registry.is_local(model):
        provider, _ = registry.build_to_describe(
            model, environ=outside.environ, clock=outside.seconds
        )
        home, endpoint = getattr(provider, "home", None), getattr(provider, "endpoint", None)
    key_env = model.api_key_env
    if key_env is None and home is not None and (endpoint is None or endpoint.at_home):
        key_env = home.key_env
    return Shown(
        model=model,
        local=registry.is_local(model),
        price=pricer.price,
        context_window=pricer.context_window,
        tokenizer=counter.label,
        tokenizer_exact=counter.exact,
        key_env=key_env,
        key_set=None if key_env is None else _is_set(key_env, outside),
        headers=tuple(
            Header(name, None, None)
            if isinstance(value, str)
            else Header(name, value.variable, _is_set(value.variable, outside))
            for name, value in model.headers.items()
        ),
        endpoint=endpoint.shown if endpoint else None,
    )


def _is_set(variable: str, outside: Outside) -> bool:
    return bool(outside.environ.get(variable, "").strip())


async def _checked(
    models: Sequence[Model], shown: Sequence[Shown], outside: Outside
) -> list[Shown]:
    return [
        replace(one, answer=await _asked(model, outside))
        for model, one in zip(models, shown, strict=True)
    ]


async def _asked(model: Model, outside: Outside) -> Answer | None:
    """Ask a model for a word; a recording has no answer to a question of ours."""
    if model.provider == "recorded":
        return None
    key = TrialKey("check", "check", model.name, "check", 0)
    params = {name: value for name, value in model.params.items() if name not in REPLY_LIMITS}
    request = Request((Message("user", "Say ok."),), {**params, "max_tokens": CHECK_TOKENS}, key)
    try:
        provider = registry.build(model, environ=outside.environ, clock=outside.seconds)
        if prepare := getattr(provider, "open", None):
            prepare()
        try:
            reply = await completed(provider, request)
        finally:
            if close := getattr(provider, "aclose", None):
                await close()
    except LlmoptError as error:
        return Answer(None, None, None, None, fault=error.message, hint=error.hint)
    cost = Pricer(model).charge(request, reply)
    usage = reply.usage
    return Answer(reply.latency_ms, usage.input_tokens, usage.output_tokens, cost)

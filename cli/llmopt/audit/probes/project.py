"""The llmopt project: its models, prompts, cases, traffic."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmopt.audit.probes.code.facts import PromptText
from llmopt.domain import ChecklistSettings, Config, Evidence, Model, Place, Prompt, Suite
from llmopt.errors import InputError

_SLOT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PromptFact:
    """A prompt as its team runs it: the baseline variant on the baseline model.

    `mean_tokens` is its input over its cases; None where there are none, or nobody counted.
    """

    name: str
    place: Place
    described: bool
    texts: tuple[PromptText, ...]
    settings: Mapping[str, Any]
    examples: tuple[str, ...]
    """The worked examples, each as it is sent."""
    example_variants: tuple[str, ...]
    plain_variants: tuple[str, ...]
    labelled: bool
    structured: bool
    strategies: frozenset[str]
    mean_tokens: float | None
    calls_a_month: float | None


@dataclass(frozen=True, slots=True)
class Project:
    """What llmopt's own files say; empty where there are none."""

    models: tuple[Model, ...] = ()
    baseline_model: Model | None = None
    prompts: tuple[PromptFact, ...] = ()
    settings: ChecklistSettings = field(default_factory=ChecklistSettings)
    config: Evidence | None = None
    baseline: Evidence | None = None
    """llmopt.baseline.json, where it is."""


def read_project(root: Path, config: Path | None, notes: list[str]) -> Project:
    """Read the llmopt project at `root`, if there is one; problems of its prompts are noted.

    Raises:
        InputError: its configuration is wrong, so that nobody knows what it attests.
    """
    from llmopt.files.loading import find_root, load

    path = config or root / "llmopt.yaml"
    if not path.is_file() and (find_root(root)[1] or not _has_prompts(root)):
        return Project()
    loaded = load(root, config=path if path.is_file() else None)
    errors = [p for p in loaded.problems if p.file == path.name and p.severity == "error"]
    if errors:
        raise InputError(errors)
    # A project may have a configuration for its audit alone: no folder of prompts is missed.
    told = [p for p in loaded.problems if p.line is not None or (root / p.file).is_file()]
    notes += [f"{problem.where}: {problem.message}" for problem in told]
    suite = loaded.suite
    model = _baseline_model(suite.config)
    committed = root / "llmopt.baseline.json"
    return Project(
        models=suite.config.models,
        baseline_model=model,
        prompts=tuple(_fact(prompt, suite, model) for prompt in suite.prompts.values()),
        settings=suite.config.checklist,
        config=Evidence(
            "llmopt is set up", Place(path.name if path.is_file() else "prompts", 1, 1)
        ),
        baseline=Evidence("the baseline is committed", Place(committed.name, 1, 1))
        if _has_figures(committed)
        else None,
    )


def _has_figures(baseline: Path) -> bool:
    """Tell whether a committed baseline holds the figures of any prompt."""
    try:
        document = json.loads(baseline.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool(document.get("prompts"))


def _has_prompts(root: Path) -> bool:
    """Tell whether there is a prompt file where llmopt looks for one without configuration."""
    for path in sorted((root / "prompts").glob("*.y*ml")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if re.search(r"(?m)^prompt:", text) and re.search(r"(?m)^variants:", text):
            return True
    return False


def _baseline_model(config: Config) -> Model | None:
    named = (model for model in config.models if model.name == config.baseline_model)
    return next(named, config.models[0] if config.models else None)


def _fact(prompt: Prompt, suite: Suite, model: Model | None) -> PromptFact:
    variant = prompt.variants[prompt.baseline]
    from llmopt.audit.models import monthly_calls

    roles = {message.role for message in variant.messages}
    scorers = {spec.name for spec in suite.scorers.get(prompt.name, ())}
    replies = [message for message in variant.messages if message.role == "assistant"]
    examples = [_SLOT.sub(" ", message.text) for message in replies if len(replies) > 1]
    examples += [" ".join(str(value) for value in row.values()) for row in variant.examples]
    has_examples = {
        name
        for name, other in prompt.variants.items()
        if other.examples or sum(message.role == "assistant" for message in other.messages) > 1
    }
    return PromptFact(
        name=prompt.name,
        place=variant.place,
        described=bool(prompt.description.strip()),
        texts=tuple(
            PromptText(
                _SLOT.sub(" ", message.text),
                message.place,
                message.role,
                separated={"system", "user"} <= roles,
                name=prompt.name,
            )
            for message in variant.messages
        ),
        settings={**(model.params if model else {}), **variant.params},
        examples=tuple(examples),
        example_variants=tuple(sorted(has_examples)),
        plain_variants=tuple(sorted(prompt.variants.keys() - has_examples)),
        labelled="label" in scorers,
        structured="json" in scorers,
        strategies=frozenset(
            str(getattr(other, "strategy", None) or "") for other in prompt.variants.values()
        ),
        mean_tokens=_mean_tokens(prompt.name, suite, model),
        calls_a_month=monthly_calls(suite.config.traffic.get(prompt.name)),
    )


def _mean_tokens(name: str, suite: Suite, model: Model | None) -> float | None:
    """Count the prompt's input over its cases, offline, where the room that counts is there."""
    if model is None or not suite.cases.get(name):
        return None
    from llmopt.measure.footprint import footprints

    baseline = suite.prompts[name].baseline
    try:
        found = footprints(suite, [model], prompts=[name], variants=[baseline])
    except InputError:
        return None
    return found[0].mean_tokens if found else None

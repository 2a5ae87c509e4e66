"""`llmopt.yaml` to a `Config`."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, NamedTuple

from llmopt.domain import (
    Attestation,
    ChecklistSettings,
    Config,
    FromEnvironment,
    Limits,
    Model,
    Place,
    Price,
    UsageFile,
)
from llmopt.files.problems import Report, did_you_mean, hints, listing, looks_secret, shorten
from llmopt.files.reading import Parsed, read
from llmopt.files.schemas.config import ConfigFile, ModelEntry
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import Mapping, Node, Scalar, Sequence

_SECRET_KEY = re.compile(
    r"(?i)api[_-]?key|(access|auth|secret|bearer)[_-]?(key|token)|secret|token|password|key"
)
_SECRET_HEADER = re.compile(
    r"(?i).*authorization.*|(.*[-_])?(auth|(api)?key|token|secret|password|cookie)"
)
_NAME_A_VARIABLE = "name the environment variable that holds it: api_key_env: OPENAI_API_KEY"
_NAME_ONE_FOR_A_HEADER = (
    "name the environment variable that holds the whole value: "
    "headers: {Authorization: {env: GATEWAY_KEY}}"
)


_Inside = Literal["the file", "a model", "headers"]
_SECRET_NAMES: dict[_Inside, re.Pattern[str]] = {
    "a model": _SECRET_KEY,
    "headers": _SECRET_HEADER,
}
"""What a key is called, where keys may be expected."""


class Located(NamedTuple):
    """A text from the configuration and where it stands; None where it is a default."""

    text: str
    place: Place | None


class NamedPrompt(NamedTuple):
    """A prompt that a setting is about, which must exist."""

    setting: str
    name: str
    place: Place


class ConfigRead(NamedTuple):
    """The configuration, with the places that later checks need."""

    config: Config
    prompts: tuple[Located, ...]
    testcases: tuple[Located, ...]
    named_prompts: tuple[NamedPrompt, ...]


NO_CONFIG = ConfigRead(
    Config((), None, {}, {}, None), (Located("prompts", None),), (Located("testcases", None),), ()
)


def read_config(root: Mapping, source: Source, report: Report) -> ConfigRead:
    """Read the configuration; what is wrong in it is reported and left out."""
    _take_out_secrets(root, source, report)
    parsed = read(ConfigFile, root, source, report)
    if parsed is None:
        return NO_CONFIG._replace(config=Config((), None, {}, {}, source.path))
    file = parsed.value
    models = _models(parsed, report)
    config = Config(
        models=models,
        baseline_model=_baseline(parsed, models, report),
        judge_model=_helper(parsed, "judge_model", file.judge_model, models, report),
        embedding_model=_helper(parsed, "embedding_model", file.embedding_model, models, report),
        traffic=dict(file.traffic),
        gates=file.gates.limits(),
        path=source.path,
        checklist=_checklist(parsed),
        prompt_gates={name: gates.limits() for name, gates in file.gates.prompts.items()},
    )
    return ConfigRead(
        config,
        _folders(parsed, "prompts", file.prompts),
        _folders(parsed, "testcases", file.testcases),
        _named_prompts(parsed),
    )


def _named_prompts(parsed: Parsed[ConfigFile]) -> tuple[NamedPrompt, ...]:
    traffic = [
        NamedPrompt("traffic is", name, parsed.key_place("traffic", name))
        for name in parsed.value.traffic
    ]
    gates = [
        NamedPrompt("gates are", name, parsed.key_place("gates", "prompts", name))
        for name in parsed.value.gates.prompts
    ]
    return (*traffic, *gates)


def _checklist(parsed: Parsed[ConfigFile]) -> ChecklistSettings:
    entry = parsed.value.checklist
    return ChecklistSettings(
        usage=tuple(
            UsageFile(item.file, dict(item.columns), parsed.place("checklist", "usage", i))
            for i, item in enumerate(entry.usage)
        ),
        attestations={
            code: Attestation(
                item.status,
                item.reason,
                item.link,
                date.fromisoformat(item.until) if item.until else None,
                parsed.key_place("checklist", code),
            )
            for code, item in (entry.__pydantic_extra__ or {}).items()
        },
    )


def _folders(parsed: Parsed[ConfigFile], key: str, names: list[str]) -> tuple[Located, ...]:
    given = key in parsed.value.model_fields_set
    return tuple(
        Located(name, parsed.place(key, i) if given else None) for i, name in enumerate(names)
    )


def _models(parsed: Parsed[ConfigFile], report: Report) -> tuple[Model, ...]:
    models: dict[str, Model] = {}
    for i, entry in enumerate(parsed.value.models):
        place = parsed.place("models", i)
        model = (
            Model(entry, entry, place=place)
            if isinstance(entry, str)
            else _model(entry, parsed, "models", i)
        )
        first = models.setdefault(model.name, model)
        if first is not model:
            where = f"the first one is in line {first.place.line}; " if first.place else ""
            report.error(
                place,
                f"two models are called '{shorten(model.name)}'",
                hint=f"{where}give one of them a 'name'",
            )
    return tuple(models.values())


def _helper(
    parsed: Parsed[ConfigFile],
    key: str,
    entry: str | ModelEntry | None,
    models: tuple[Model, ...],
    report: Report,
) -> Model | None:
    """A model that helps to score: one of those listed, where it is only named."""
    if entry is None:
        return None
    named = {text: model for model in models for text in (model.id, model.name)}
    place = parsed.place(key)
    if isinstance(entry, str):
        return named.get(entry) or Model(entry, entry, place=place)
    model = _model(entry, parsed, key)
    if model.name in named:
        report.error(
            place,
            f"two models are called '{shorten(model.name)}'",
            hint="give one of them a 'name', or only name the listed one here",
        )
    return model


def _model(entry: ModelEntry, parsed: Parsed[ConfigFile], *path: str | int) -> Model:
    price = entry.price
    return Model(
        id=entry.id,
        name=entry.name or entry.id,
        params=entry.params.model_dump(exclude_unset=True),
        base_url=entry.base_url,
        api_key_env=entry.api_key_env,
        headers={
            name: value
            if isinstance(value, str)
            else FromEnvironment(value.env, parsed.place(*path, "headers", name))
            for name, value in entry.headers.items()
        },
        price=Price(**price.model_dump()) if price else None,
        limits=Limits(**entry.limits.model_dump()),
        api=entry.api,
        stream=entry.stream,
        place=parsed.place(*path),
    )


def _baseline(parsed: Parsed[ConfigFile], models: tuple[Model, ...], report: Report) -> str | None:
    """The name of the baseline model, which may be given by name or by id."""
    wanted = parsed.value.baseline_model
    if wanted is None:
        return None
    for model in models:
        if wanted in {model.name, model.id}:
            return model.name
    if any(model.provider == "recorded" for model in models):
        return wanted  # a recording offers models that only it knows
    names = [model.name for model in models]
    report.error(
        parsed.place("baseline_model"),
        f"baseline_model '{shorten(wanted)}' is not among the models",
        hint=hints(
            did_you_mean(wanted, names),
            f"models are: {listing(names)}" if names else "list it under 'models:'",
        ),
    )
    return None


def _take_out_secrets(root: Mapping, source: Source, report: Report) -> None:
    """Refuse keys written into the file, and keep their values out of every other message."""
    models = [root.get(key) for key in ("models", "judge_model", "embedding_model")]
    todo: list[tuple[Node, _Inside]] = [(root, "the file")]
    while todo:
        node, inside = todo.pop()
        if isinstance(node, Sequence):
            for item in node.items:
                todo.append((item, inside))
                if isinstance(item, Scalar) and looks_secret(item.text):
                    _refuse_secret(item, source, report, inside)
        elif isinstance(node, Mapping):
            for name, (key, value) in list(node.entries.items()):
                a_model = inside == "a model" or any(value is one for one in models)
                part: _Inside = "a model" if a_model else inside
                todo.append((value, "headers" if a_model and name == "headers" else part))
                if isinstance(value, Scalar) and _is_secret(name, value.text, inside):
                    _refuse_secret(key, source, report, inside)
                    del node.entries[name]


def _is_secret(name: str, text: str, inside: _Inside) -> bool:
    says_so = _SECRET_NAMES.get(inside)
    return looks_secret(text) or bool(says_so and text and says_so.fullmatch(name))


def _refuse_secret(node: Scalar, source: Source, report: Report, inside: _Inside) -> None:
    report.error(
        source.place(node.start),
        "an API key or password stands in this file; anybody who reads the file can use it",
        hint=_NAME_ONE_FOR_A_HEADER if inside == "headers" else _NAME_A_VARIABLE,
    )

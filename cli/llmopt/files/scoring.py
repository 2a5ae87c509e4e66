"""How a case is judged: `score:` as users write it becomes a tree of scorer specs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import entry_points
from typing import Any, NamedTuple

from llmopt.domain import Config, Model, ScorerSpec
from llmopt.files.problems import Report, did_you_mean, hints, kind_of, listing, shorten
from llmopt.files.reading import read
from llmopt.files.schemas.scorers import COMBINERS, OPTIONS, is_number
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence, plain

DEFAULT = ScorerSpec("exact")


class _Helper(NamedTuple):
    """A setting of llmopt.yaml that names a model for scorers."""

    given: Callable[[Config], Model | None]
    hint: str


_HELPERS = {
    "judge": _Helper(
        lambda config: config.judge_model,
        "name one that is not under test: 'judge_model: anthropic/claude-haiku-4-5' in "
        "llmopt.yaml, or 'model' in the scorer",
    ),
    "similarity": _Helper(
        lambda config: config.embedding_model,
        "name one: 'embedding_model: openai/text-embedding-3-small' in llmopt.yaml, or 'model' "
        "in the scorer",
    ),
}

_MAIN_SETTING = {"python": "function", "judge": "rubric"}
_NEED_NO_EXPECTATION = frozenset({"length", "python", "judge"})
_TEXT_SCORERS = frozenset({"exact", "label", "contains", "regex", "f1", "rouge", "similarity"})
_LISTS_ALLOWED = _TEXT_SCORERS - {"regex"}


@cache
def added_scorers() -> frozenset[str]:
    """Names of the scorers that installed packages add."""
    return frozenset(point.name for point in entry_points(group="llmopt.scorers"))


def parse_score(node: Node, source: Source, report: Report) -> ScorerSpec | None:
    """Read a scorer with its options; None where it is wrong, which is then reported."""
    return _Scores(source, report).read(node, is_part=False)


class _Wrong(Exception):  # noqa: N818 - caught where the scorer's reading began
    """A scorer that cannot be read, at the node that shows why."""

    def __init__(self, node: Node, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.hint = hint


class _Scores:
    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report

    def read(self, node: Node, *, is_part: bool) -> ScorerSpec | None:
        try:
            return self._spec(node, is_part=is_part)
        except _Wrong as wrong:
            self._report.error(self._source.place(wrong.node.start), wrong.message, wrong.hint)
            return None

    def _spec(self, node: Node, *, is_part: bool) -> ScorerSpec | None:
        if isinstance(node, Scalar) and node.value is not None:
            return self._named(node, None, 1.0)
        if not isinstance(node, Mapping):
            raise _Wrong(
                node,
                f"expected a scorer, found {kind_of(plain(node))}",
                "for example label, or {contains: text}; several: {all: [label, length]}",
            )
        weight = _weight(node, is_part=is_part)
        entries = [entry for key, entry in node.entries.items() if key != "weight"]
        if len(entries) != 1:
            names = listing([entry.key.text for entry in entries]) or "none"
            raise _Wrong(
                node, f"expected one scorer, found {names}", "join several: {all: [label, ...]}"
            )
        return self._named(entries[0].key, entries[0].value, weight)

    def _named(self, key: Scalar, setting: Node | None, weight: float) -> ScorerSpec | None:
        name, place = key.text, self._source.place(key.start)
        if name in COMBINERS:
            parts = self._parts(key, setting)
            return ScorerSpec(name, {}, parts, weight, place) if parts else None
        if name in OPTIONS:
            options = self._options(key, setting)
        elif name in added_scorers():
            options = _unchecked(setting)
        else:
            raise _unknown(key)
        return None if options is None else ScorerSpec(name, options, (), weight, place)

    def _parts(self, key: Scalar, setting: Node | None) -> tuple[ScorerSpec, ...]:
        """The parts of a combiner; none where one of them is wrong."""
        if key.text == "not":
            if setting is None:
                raise _Wrong(key, "'not' needs a scorer to invert", "for example {not: exact}")
            part = self.read(setting, is_part=False)
            return (part,) if part else ()
        if not isinstance(setting, Sequence) or not setting.items:
            place = key if setting is None else setting
            message = f"'{key.text}' needs a list of scorers"
            raise _Wrong(place, message, f"for example {{{key.text}: [label, length]}}")
        parts = [self.read(item, is_part=True) for item in setting.items]
        known = tuple(part for part in parts if part)
        return known if len(known) == len(parts) else ()

    def _options(self, key: Scalar, setting: Node | None) -> dict[str, Any] | None:
        name, schema = key.text, OPTIONS[key.text]
        if setting is None or (isinstance(setting, Scalar) and setting.value is None):
            setting = Mapping(key.start)
        elif not isinstance(setting, Mapping):
            main = _MAIN_SETTING.get(name, "expect")
            if main not in schema.model_fields:
                allowed = listing(sorted(schema.model_fields))
                raise _Wrong(setting, f"'{name}' takes a mapping of options", f"options: {allowed}")
            # A setting alone stands for one option; its place stays its own.
            word = Scalar(setting.start, setting.start, main, None, main, 1)
            setting = Mapping(setting.start, {main: Entry(word, setting)})
        parsed = read(schema, setting, self._source, self._report)
        if parsed is None or parsed.damaged():
            return None
        return parsed.value.model_dump(exclude_unset=True, by_alias=True)


def _weight(node: Mapping, *, is_part: bool) -> float:
    entry = node.entries.get("weight")
    if entry is None:
        return 1.0
    if not is_part:
        raise _Wrong(entry.key, "'weight' counts only among the parts of 'all'")
    value = plain(entry.value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise _Wrong(entry.value, f"'weight' must be a number above 0, found {shorten(value)}")
    return float(value)


def _unknown(key: Scalar) -> _Wrong:
    name = key.text
    known = [*OPTIONS, *COMBINERS, *sorted(added_scorers())]
    scorers = f"scorers are: {listing(known, 30)}"
    return _Wrong(
        key, f"unknown scorer '{shorten(name)}'", hints(did_you_mean(name, known), scorers)
    )


def _unchecked(setting: Node | None) -> dict[str, Any]:
    value = None if setting is None else plain(setting)
    if value is None:
        return {}
    return dict(value) if isinstance(value, dict) else {"expect": value}


def leaves(spec: ScorerSpec) -> Iterator[ScorerSpec]:
    """The scorers of a tree that look at replies themselves."""
    if spec.name not in COMBINERS:
        yield spec
    for part in spec.parts:
        yield from leaves(part)


def needing_expectation(spec: ScorerSpec) -> list[str]:
    """The names of the scorers in a tree that cannot judge without the case's `expect`."""
    return [leaf.name for leaf in leaves(spec) if _needs(leaf)]


def _needs(leaf: ScorerSpec) -> bool:
    if leaf.name not in OPTIONS or leaf.name in _NEED_NO_EXPECTATION or "expect" in leaf.options:
        return False
    return not (leaf.name == "json" and "schema" in leaf.options)


def check_helpers(specs: Iterable[ScorerSpec], config: Config, report: Report) -> None:
    """Report scorers that ask a model where neither they nor the configuration name one."""
    for leaf in (leaf for spec in specs for leaf in leaves(spec)):
        helper = _HELPERS.get(leaf.name)
        if helper and leaf.place and not leaf.options.get("model") and not helper.given(config):
            report.error(leaf.place, f"scorer '{leaf.name}' has no model to ask", helper.hint)


def wants_text(spec: ScorerSpec) -> bool:
    """Whether `expect: 5` means the text "5" to the scorers that read it."""
    names = set(needing_expectation(spec))
    return bool(names & _TEXT_SCORERS) and "json" not in names


def as_text(value: object) -> object:
    """Numbers and truth values as the text that a model would write."""
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def misfit(spec: ScorerSpec, expect: object) -> str | None:
    """Why a tree's scorers cannot use an expectation, in words; None when they can."""
    for leaf in leaves(spec):
        reason = _misfit(leaf.name, expect) if _needs(leaf) else None
        if reason:
            return f"scorer '{leaf.name}' {reason}"
    return None


def _misfit(name: str, expect: object) -> str | None:
    found = f"'{shorten(expect)}'" if isinstance(expect, str) else kind_of(expect)
    if name == "numeric":
        return None if is_number(expect) else f"expects a number, found {found}"
    if name not in _TEXT_SCORERS:
        return None
    if isinstance(expect, list) and name in _LISTS_ALLOWED:
        strange = [kind_of(item) for item in expect if not isinstance(item, str)]
        return f"expects texts, found {strange[0]} in the list" if strange else None
    if not isinstance(expect, str):
        return f"expects text, found {found}"
    return _bad_pattern(expect) if name == "regex" else None


def _bad_pattern(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"expects a regular expression, found '{shorten(pattern)}': {error}"
    return None

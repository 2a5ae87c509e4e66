"""A prompt file to a `Prompt`, and its templates' flaws to problems in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from llmopt.domain import MessageTemplate, Place, Prompt, Role, Variant
from llmopt.errors import TemplateError
from llmopt.files.positions import inside
from llmopt.files.problems import Report, did_you_mean, hints, listing, shorten
from llmopt.files.reading import Parsed, read
from llmopt.files.schemas.prompt import PromptFile, VariantEntry
from llmopt.files.source import Source
from llmopt.files.template import EXAMPLES, compile_template, render_examples, static_heads
from llmopt.files.templates.filling import Compiled, Need
from llmopt.files.yaml_nodes import Mapping, Scalar

_ROLES: tuple[Role, ...] = ("system", "user", "assistant")


class Written(NamedTuple):
    """A template with the scalar that holds it in the file."""

    template: MessageTemplate
    scalar: Scalar
    compiled: Compiled

    def place(self, source: Source, offset: int) -> Place:
        return inside(source, self.scalar, offset)


class VariableUse(NamedTuple):
    """A variable that a variant takes from its cases, and where it says so."""

    name: str
    place: Place
    need: Need


class PromptRead(NamedTuple):
    """A prompt with what later checks need to know about its file."""

    prompt: Prompt
    source: Source
    uses: dict[str, tuple[VariableUse, ...]]
    """The variables of each variant."""
    fallible: frozenset[str]
    """The variants that may fail on values although every variable is given."""
    whole: bool
    """Whether all of it was readable, so that what is not there is not used."""


def read_prompt(root: Mapping, source: Source, report: Report) -> PromptRead | None:
    """Read a prompt file; what is wrong in it is reported and left out."""
    parsed = read(PromptFile, root, source, report)
    if parsed is None:
        return None
    file = parsed.value
    reader = _Variants(parsed, source, report)
    variants: dict[str, Variant] = {}
    uses: dict[str, tuple[VariableUse, ...]] = {}
    for name, entry in file.variants.items():
        variants[name], uses[name] = reader.variant(name, entry)
    prompt = Prompt(
        name=file.prompt,
        description=file.description,
        baseline=_baseline(parsed, root, report),
        variants=variants,
        format=file.format,
        place=parsed.place("prompt"),
        ladder=tuple(_ladder(parsed, root, report)),
    )
    whole = reader.whole and not parsed.damaged("variants")
    return PromptRead(prompt, source, uses, frozenset(reader.fallible), whole)


def _ladder(parsed: Parsed[PromptFile], root: Mapping, report: Report) -> Iterator[str]:
    """Yield the ladder's steps; what cannot be one is reported and left out."""
    readable, known = list(parsed.value.variants), _named(parsed, root)
    baseline = parsed.value.baseline or readable[0]
    seen: set[str] = set()
    for i, step in enumerate(parsed.value.ladder):
        place = parsed.place("ladder", i)
        if step not in known:
            report.error(
                place,
                f"'{shorten(step)}' in the ladder is not among the variants",
                hint=hints(did_you_mean(step, known), f"variants are: {listing(known)}"),
            )
        elif step in seen:
            report.error(
                place,
                f"'{shorten(step)}' stands in the ladder twice",
                hint="name each variant once, the least compressed first",
            )
        elif step == baseline:
            report.error(
                place,
                f"the baseline '{shorten(step)}' cannot be a step of the ladder",
                hint="every step is compared with it: leave it out",
            )
        elif step in readable:
            yield step
        seen.add(step)


def _baseline(parsed: Parsed[PromptFile], root: Mapping, report: Report) -> str:
    readable = list(parsed.value.variants)
    wanted = parsed.value.baseline
    if wanted is None or wanted in readable:
        return wanted or readable[0]
    known = _named(parsed, root)
    if wanted not in known:
        report.error(
            parsed.place("baseline"),
            f"baseline '{shorten(wanted)}' is not among the variants",
            hint=hints(did_you_mean(wanted, known), f"variants are: {listing(known)}"),
        )
    return readable[0]


def _named(parsed: Parsed[PromptFile], root: Mapping) -> list[str]:
    """Return the names of all variants that are written, readable or not."""
    written = root.get("variants")
    entries = written.entries if isinstance(written, Mapping) else ()
    return list(dict.fromkeys([*entries, *parsed.value.variants]))


class _Variants:
    def __init__(self, parsed: Parsed[PromptFile], source: Source, report: Report) -> None:
        self._parsed = parsed
        self._source = source
        self._report = report
        self._format = parsed.value.format
        self.fallible: set[str] = set()
        self.whole = True

    def variant(self, name: str, entry: VariantEntry) -> tuple[Variant, tuple[VariableUse, ...]]:
        messages = list(self._messages(name, entry))
        example = self._example(name, entry)
        variant = Variant(
            name=name,
            messages=tuple(written.template for written in messages),
            params=entry.params.model_dump(exclude_unset=True),
            place=self._parsed.key_place("variants", name),
            example=example.template if example else None,
            examples=tuple(dict(row) for row in entry.examples or ()),
            cache=entry.cache,
        )
        for written in [*messages, *([example] if example else [])]:
            self._tell_flaws(name, written)
        if any(written.compiled.can_fail for written in messages):
            self.fallible.add(name)
        if example:
            self._check_examples(name, entry, example, messages)
        if entry.cache and not any(self._heads(variant)):
            self._report.error(
                self._parsed.key_place("variants", name, "cache"),
                f"variant '{shorten(name)}' begins with a variable: there is nothing to cache",
                hint="put what never changes first, the variables last",
            )
        uses = tuple(
            VariableUse(use.name, written.place(self._source, use.offset), use.need)
            for written in messages
            for use in written.compiled.uses
            if not (example and use.name == EXAMPLES)
        )
        return variant, uses

    def _heads(self, variant: Variant) -> tuple[str, ...]:
        try:
            examples = render_examples(variant, self._format)
        except TemplateError:  # told where the examples are checked
            examples = None
        return static_heads(variant, self._format, examples)

    def _messages(self, name: str, entry: VariantEntry) -> Iterator[Written]:
        path = ("variants", name)
        for i, message in enumerate(entry.messages or ()):
            yield self._written(message.role, message.content, *path, "messages", i, "content")
        for role in _ROLES:
            text = getattr(entry, role)
            if text is not None:
                yield self._written(role, text, *path, role)

    def _example(self, name: str, entry: VariantEntry) -> Written | None:
        if entry.example is None:
            return None
        return self._written("user", entry.example, "variants", name, "example")

    def _written(self, role: Role, text: str, *path: str | int) -> Written:
        node = self._parsed.node(*path)
        scalar = (
            node if isinstance(node, Scalar) else Scalar(node.start, node.start, "", None, "", 1)
        )
        place = inside(self._source, scalar, 0)
        compiled = compile_template(text, self._format)
        uses = tuple(
            (use.name, inside(self._source, scalar, use.offset))
            for use in sorted(compiled.uses, key=lambda use: use.offset)
        )
        return Written(MessageTemplate(role, text, place, uses), scalar, compiled)

    def _tell_flaws(self, name: str, written: Written) -> None:
        self.whole = self.whole and not written.compiled.flaws
        for flaw in written.compiled.flaws:
            self._report.error(
                written.place(self._source, flaw.offset),
                f"variant '{shorten(name)}': {flaw.message}",
                flaw.hint,
            )

    def _check_examples(
        self, name: str, entry: VariantEntry, example: Written, messages: list[Written]
    ) -> None:
        for i, row in enumerate(entry.examples or ()):
            self._check_example(name, i, row, example.compiled)
        used = {use.name for written in messages for use in written.compiled.uses}
        if EXAMPLES not in used and not any(w.compiled.flaws for w in messages):
            mark = "{examples}" if self._format == "fstring" else "{{ examples }}"
            self._report.warning(
                self._parsed.key_place("variants", name, "examples"),
                f"the examples of variant '{shorten(name)}' are not used",
                hint=f"write {mark} where they should stand in a message",
            )

    def _check_example(self, name: str, i: int, row: dict[str, Any], example: Compiled) -> None:
        place = self._parsed.place("variants", name, "examples", i)
        which = f"example {i + 1} of variant '{shorten(name)}'"
        wanted = {use.name for use in example.uses if use.need == "always"}
        for missing in sorted(wanted - row.keys()):
            self._report.error(
                place,
                f"{which} lacks '{shorten(missing)}', which the 'example' template uses",
                hint=hints(did_you_mean(missing, row), f"it has: {listing(list(row))}"),
            )
        if example.fill and wanted <= row.keys():
            try:
                example.fill(row)
            except TemplateError as error:
                self._report.error(place, f"{which} cannot be filled in: {error.message}")

"""What calls are told by name: constants, functions and template files, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.facts import PromptText
from llmopt.audit.probes.code.index import Index
from llmopt.audit.probes.code.module import Module, Span, Text
from llmopt.audit.probes.code.texts import FEWEST_WORDS, plain, roles_by_group
from llmopt.audit.probes.tree import Tree
from llmopt.domain import Place

_TEMPLATES = (".txt", ".md", ".j2", ".jinja", ".jinja2", ".prompt", ".tmpl", ".mustache", ".hbs")
_ABOUT_PROMPTS = re.compile(r"(?i)prompt|instruction|system")
_SAYS_PROMPT = re.compile(r"(?i)prompt|instruction")

_NO_TEXT = re.compile(r"(?i)tools?$|schemas?$|functions?$")
_CLASS = re.compile(r"[A-Z][a-z]")
"""How the classes of libraries begin: `PromptTemplate` is no prompt."""


class Told(NamedTuple):
    """The texts that the calls of a file are known to send; `unread`: there are others."""

    texts: tuple[PromptText, ...] = ()
    unread: bool = False


class _Definition(NamedTuple):
    module: Module
    name: str
    span: Span


class Teller:
    """Reads what calls send by names, across the files of a program."""

    def __init__(self, modules: Iterable[Module], index: Index, tree: Tree) -> None:
        self._modules = {module.file: module for module in modules}
        self._index = index
        self._tree = tree
        self._templates: dict[str, list[str]] = {}
        for file in tree.ending(*_TEMPLATES):
            if _ABOUT_PROMPTS.search(file):
                self._templates.setdefault(file.rpartition("/")[2], []).append(file)

    def told(self, calling: Calling) -> Told:
        """Return what the calls of a file send by names."""
        if not calling.asking:
            return Told()
        module = calling.module
        apart = self._apart(calling)
        found: list[PromptText] = [*self._files(module.texts, apart=apart)]
        found += _given(calling, apart=apart)
        unread = False
        for name in sorted(_sent(calling)):
            definition = self._definition(module, name)
            if definition is None:
                unread |= self._is_lost(module, name)
                continue
            texts = [*self._texts(definition, apart=apart)]
            unread |= not texts and bool(_SAYS_PROMPT.search(definition.name))
            found += texts
        return Told(tuple(found), unread)

    def _definition(self, module: Module, name: str) -> _Definition | None:
        found = self._index.locate(module.file, name)
        owner = self._modules.get(found.file) if found else module
        own = found.rest.partition(".")[0].removesuffix("()") if found else name
        if owner is None or own not in owner.defined.spans or own in owner.defined.classes:
            return None
        if _NO_TEXT.search(own):
            return None
        return _Definition(owner, own, owner.defined.spans[own])

    def _is_lost(self, module: Module, name: str) -> bool:
        """Tell whether a name that says it is a prompt is imported from where nobody can read."""
        said = flow.last(name)
        return (
            bool(_SAYS_PROMPT.search(said))
            and not _CLASS.match(said)
            and any(known.text == f"import:{name}" for known in module.names)
            and self._index.locate(module.file, name) is None
        )

    def _texts(self, definition: _Definition, *, apart: bool) -> Iterator[PromptText]:
        module, _, span = definition
        within = [text for text in module.texts if span.line <= text.line <= span.end]
        yield from self._files(within, apart=apart)
        told = [text for text in within if text.use != "value" and text.text.strip()]
        if told:
            yield from (_prompt(module, text.text, text, apart=apart) for text in told)
        elif _is_text(definition) and any(_is_sentence(text) for text in within):
            whole = "\n".join(dict.fromkeys(text.text for text in within))
            yield _prompt(module, whole, within[0], apart=apart)

    def _files(self, texts: Iterable[Text], *, apart: bool) -> Iterator[PromptText]:
        """Yield the templates that short texts name, where one file alone can be meant."""
        for text in texts:
            if text.use != "value" or not text.text.endswith(_TEMPLATES):
                continue
            said = text.text.lstrip("./")
            named = self._templates.get(said.rpartition("/")[2], ())
            files = [file for file in named if f"/{file}".endswith(f"/{said}")]
            content = self._tree.text(files[0]) if len(files) == 1 else None
            if content:
                yield PromptText(plain(content), Place(files[0], 1, 1), None, separated=apart)

    def _apart(self, calling: Calling) -> bool:
        """Tell whether what is sent is a system message beside one of the user."""
        files = {calling.module.file, *calling.reached}
        modules = (self._modules[file] for file in files if file in self._modules)
        return any(
            {"system", "user"} <= roles
            for module in modules
            for roles in roles_by_group(module).values()
        )

    @cached_property
    def elsewhere(self) -> Mapping[str, Place]:
        """Return where the sentences of all files stand, by their words."""
        found: dict[str, Place] = {}
        for module in self._modules.values():
            for text in module.texts:
                if text.use == "value" and _is_sentence(text):
                    found.setdefault(plain(text.text), Place(module.file, text.line, text.column))
        return found


def _given(calling: Calling, *, apart: bool) -> Iterator[PromptText]:
    """Yield the texts that are written as arguments of what leads to a call."""
    module = calling.module
    values = (value for call in calling.through for value in call.keywords.values())
    given = {value for value in values if isinstance(value, str)}
    for text in module.texts:
        if text.use == "value" and text.text in given and _is_sentence(text):
            yield _prompt(module, text.text, text, apart=apart)


def _sent(calling: Calling) -> frozenset[str]:
    """Return the names that go into calls, directly or by way of others."""
    sent = (flow.reaching(calling.module, call.mentions, call.function) for call in calling.asking)
    return frozenset().union(*sent)


def _is_text(definition: _Definition) -> bool:
    """Tell whether a name stands for a text or for its lines, and for no tools or schemas."""
    value = definition.module.constants.get(definition.name)
    lines = value if isinstance(value, list) else [value]
    return bool(lines) and all(isinstance(line, str) for line in lines)


def _is_sentence(text: Text) -> bool:
    return len(text.text.split()) >= FEWEST_WORDS


def _prompt(module: Module, said: str, text: Text, *, apart: bool) -> PromptText:
    place = Place(module.file, text.line, text.column)
    kind, _, role = text.use.partition(":")
    return PromptText(plain(said), place, role if kind == "role" else None, separated=apart)

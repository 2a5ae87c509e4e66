"""Models that one file builds and another runs: by name, in a chain, a graph or an engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calls import RUNS, api_of
from llmopt.audit.probes.code.index import Index
from llmopt.audit.probes.code.module import Assignment, Invocation, Module

NODES = frozenset(["add_node", "addNode"])
"""What hands a graph the functions that it runs."""
_COMPONENT = "add_component"
"""What puts a generator into a pipeline of Haystack."""
MOST_ROUNDS = 6
"""Names and files that a model is handed on through."""
_FIELDS = ("self.", "this.")
_GRAPHS = re.compile(r"@?langg?(?:raph|chain/langgraph)\b.*\.(?:State|Message|Messages)?Graph")

_TURNS = re.compile(
    r"(?i)messages|history|memory|chat(?!prompt)|thread|session|configurable|saver|checkpoint"
)


class Site(NamedTuple):
    """Where a model is built: the file, and the function there."""

    file: str
    function: str


class Run(NamedTuple):
    """An invocation that runs a model of another file."""

    call: Invocation
    site: Site


class _Default(NamedTuple):
    """A framework that keeps one model for all: what sets it, and what then runs it."""

    sets: re.Pattern[str]
    makes: re.Pattern[str]


_DEFAULTS = (
    _Default(
        re.compile(r"(?:.*\.)?Settings\.llm"),
        re.compile(r".*\.(?:as_query_engine|as_chat_engine)|.*\bQueryEngine(?:\.from_\w+)?"),
    ),
    _Default(re.compile(r"dspy\.(?:settings\.)?configure"), re.compile(r"dspy\.[A-Z]\w+")),
)


class Held:
    """Follows what holds a model; `makers` are functions, by file, that return such a thing."""

    def __init__(self, modules: Sequence[Module], index: Index) -> None:
        self._modules = modules
        self._index = index
        self._names: dict[tuple[str, str, str], frozenset[Site]] = {}
        self._makers: dict[tuple[str, str], frozenset[Site]] = {}
        self._fields: dict[tuple[str, str], frozenset[Site]] = {}
        self._mentioned: dict[str, list[tuple[str, frozenset[str]]]] = {}
        built = [self._build(module) for module in modules]
        if any(built):
            for default in _DEFAULTS:
                self._share(default)
            self._follow()

    def _follow(self) -> None:
        self._mentioned = {module.file: [*_mentioned(module)] for module in self._modules}
        for _ in range(MOST_ROUNDS):
            before = len(self._names), len(self._makers)
            for module in self._modules:
                self._hand_on(module)
            if before == (len(self._names), len(self._makers)):
                break

    def makers(self, file: str) -> frozenset[str]:
        """Return the functions of a file that return what holds a model."""
        return frozenset(function for owner, function in self._makers if owner == file)

    def runs(self, module: Module) -> Iterator[Run]:
        """Yield where a file runs models that other files build."""
        for call in module.invocations:
            sites: frozenset[Site] = frozenset()
            if RUNS.fullmatch(call.name):
                sites = self._sites(module, call.name, call.function)
            elif self._has(module.file, call.function, call.name):
                sites = self._own(module.file, call.name, call.function)
            for site in sorted(sites):
                if site.file != module.file:
                    yield Run(call, site)

    # what holds a model

    def _build(self, module: Module) -> bool:
        """Keep what the models of a file are built into; tell whether there are any."""
        built = [c for c in module.invocations if (api := api_of(c, module)) and api.built]
        for call in built:
            self._keep(module.file, call, frozenset([Site(module.file, call.function)]))
        return bool(built)

    def _share(self, default: _Default) -> None:
        """Let what a framework makes hold the model that is set for all of it."""
        sites = frozenset(site for m in self._modules for site in _set_by(m, default))
        if not sites:
            return
        for module in self._modules:
            for call in module.invocations:
                if default.makes.fullmatch(call.name):
                    self._keep(module.file, call, sites)

    def _keep(self, file: str, call: Invocation, sites: frozenset[Site]) -> None:
        for target in call.targets:
            self._name(file, call.function, target, sites)
        if call.function:
            self._makers[file, call.function] = sites

    def _name(self, file: str, function: str, name: str, sites: frozenset[Site]) -> None:
        key = file, function, name
        self._names[key] = self._names.get(key, sites) | sites
        if name.startswith(_FIELDS):
            self._fields[file, name] = self._fields.get((file, name), sites) | sites

    def _hand_on(self, module: Module) -> None:
        for item in module.assignments:
            sites = self._assigned(module, item)
            for target in item.targets if sites else ():
                self._name(module.file, item.function, target, sites)
        for function, names in self._mentioned[module.file]:
            if any(RUNS.fullmatch(n) and self._sites(module, n, function) for n in names):
                continue
            sites = self._all(module, names, function)
            if sites:
                self._makers.setdefault((module.file, function), sites)
        self._put_together(module)

    def _put_together(self, module: Module) -> None:
        """Follow models into the pipelines and graphs that are made part by part."""
        for call in module.invocations:
            if flow.last(call.name) == _COMPONENT:
                sites = self._all(module, call.mentions, call.function) | _built_in(module, call)
                if sites:
                    whole = call.name.rpartition(".")[0]
                    self._name(module.file, call.function, whole, sites)
            if _GRAPHS.fullmatch(call.name):
                sites = frozenset(run.site for run in self.runs(module)) | self._nodes(module)
                if sites:
                    self._keep(module.file, call, sites)

    def _nodes(self, module: Module) -> frozenset[Site]:
        """Return the models of the functions that are nodes of a graph, in other files."""
        found: set[Site] = set()
        for call in module.invocations:
            if flow.last(call.name) not in NODES:
                continue
            for name in call.mentions:
                located = self._index.locate(module.file, name)
                other = next((m for m in self._modules if located and m.file == located.file), None)
                if located and other and other is not module:
                    found |= {r.site for r in self.runs(other) if r.call.function == located.rest}
        return frozenset(found)

    def _assigned(self, module: Module, item: Assignment) -> frozenset[Site]:
        if any(RUNS.fullmatch(name) for name in item.mentions):
            return frozenset()  # what it replied
        return self._all(module, item.mentions, item.function)

    def _all(self, module: Module, names: Iterable[str], function: str) -> frozenset[Site]:
        return frozenset(site for name in names for site in self._sites(module, name, function))

    def _sites(self, module: Module, name: str, function: str) -> frozenset[Site]:
        """Return where the model is built that a name, or what it begins with, holds."""
        own = self._own(module.file, name, function)
        if own:
            return own
        found = self._index.locate(module.file, name)
        if found is None:
            return self._makers.get((module.file, flow.root(name)), frozenset())
        first = flow.root(found.rest)
        kept = self._names.get((found.file, "", first), frozenset())
        return kept or self._makers.get((found.file, first), frozenset())

    def _own(self, file: str, name: str, function: str) -> frozenset[Site]:
        if name.startswith(_FIELDS):
            return self._fields.get((file, ".".join(name.split(".")[:2])), frozenset())
        start = flow.root(name)
        kept = self._names.get((file, function, start), frozenset())
        return kept or self._names.get((file, "", start), frozenset())

    def _has(self, file: str, function: str, name: str) -> bool:
        """Tell whether a name, whole, holds a program that is run by calling it."""
        plain = name.replace("self.", "", 1)
        return "." not in plain and "()" not in plain and bool(self._own(file, name, function))


def _built_in(module: Module, call: Invocation) -> frozenset[Site]:
    """Return the models that are built within the arguments of an invocation."""
    made = (c for c in module.invocations if c.name in call.mentions and c.line >= call.line)
    built = ((one, api_of(one, module)) for one in made)
    return frozenset(Site(module.file, one.function) for one, api in built if api and api.built)


def _set_by(module: Module, default: _Default) -> Iterator[Site]:
    """Yield where the model is built that a framework is to use everywhere."""
    sets = any(default.sets.fullmatch(call.name) for call in module.invocations)
    for call in module.invocations:
        api = api_of(call, module)
        shared = sets or any(default.sets.fullmatch(target) for target in call.targets)
        if api and api.built and shared:
            yield Site(module.file, call.function)


def _mentioned(module: Module) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each function and the names within it."""
    by_line: dict[int, list[str]] = {}
    for name in module.names:
        by_line.setdefault(name.line, []).append(name.text)
    for function in module.functions:
        lines = range(function.line, function.end + 1)
        yield function.name, frozenset(text for line in lines for text in by_line.get(line, ()))


def takes_turns(module: Module, call: Invocation) -> bool:
    """Tell whether the function of a call speaks of the turns of a conversation."""
    spans = [range(f.line, f.end + 1) for f in module.functions if f.name == call.function]
    lines = spans[0] if spans else range(call.line, call.line + 1)
    said = [(n.line, n.text) for n in module.names] + [(t.line, t.text) for t in module.texts]
    return any(line in lines and _TURNS.search(text) for line, text in said)

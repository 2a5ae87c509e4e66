"""Calls across files: which functions lead to a model from afar, who waits, what is in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calls import api_of
from llmopt.audit.probes.code.held import NODES, Held, takes_turns
from llmopt.audit.probes.code.index import Index
from llmopt.audit.probes.code.module import Assignment, Invocation, Module
from llmopt.audit.probes.code.signals import SIGNALS

_WAITING = ("route", "user-input")
MOST_BASES = 5
"""Classes that a class is made from, one after another."""
MOST_ROUNDS = 12
"""Files that a call is followed through."""


@dataclass(frozen=True, slots=True)
class Links:
    """What a file has to do with the calls of other files.

    `through` are its invocations of functions elsewhere that lead to a call, `mapped`
    those of them that hand such a function to something that repeats it, `reached` the
    files of those calls. `bulk` and `waited` are its own functions that other files run
    once an item of data, or while somebody waits. `held` are those of `through` that run
    a model which another file builds, `plain` the files of the models that are run so
    without a turn of a conversation.
    """

    through: tuple[Invocation, ...] = ()
    mapped: tuple[Invocation, ...] = ()
    reached: frozenset[str] = frozenset()
    bulk: frozenset[str] = frozenset()
    waited: frozenset[str] = frozenset()
    held: tuple[Invocation, ...] = ()
    plain: frozenset[str] = frozenset()


ALONE = Links()
"""A file whose calls are its own."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """An invocation that names a function of another file; `mapped`: as an argument."""

    call: Invocation
    file: str
    function: str
    mapped: bool


def link(modules: Sequence[Module], index: Index) -> Mapping[str, Links]:
    """Follow calls through the functions and methods of a program."""
    return _Linker(modules, index).links()


class _Linker:
    def __init__(self, modules: Sequence[Module], index: Index) -> None:
        self._modules = {module.file: module for module in modules}
        self._index = index
        self._assignments: dict[str, dict[str, list[Assignment]]] = {}
        self._models = Held(modules, index)
        self._held = {
            file: [_Edge(run.call, *run.site, mapped=False) for run in self._models.runs(m)]
            for file, m in self._modules.items()
        }
        self._edges = {file: [*self._edges_of(m)] for file, m in self._modules.items()}
        self._leading = self._lead()

    # who calls what

    def _edges_of(self, module: Module) -> Iterator[_Edge]:
        for call in module.invocations:
            target = self._target(module, flow.TAIL.sub("", call.name), call.function)
            if target:
                yield _Edge(call, *target, mapped=False)
                continue
            node = flow.last(call.name) in NODES
            if node or call.loop == "data" or flow.MAPS.fullmatch(call.name):
                for name in call.mentions:
                    handed = self._target(module, name, call.function)
                    if handed:
                        yield _Edge(call, *handed, mapped=not node)

    def _target(self, module: Module, name: str, function: str) -> tuple[str, str] | None:
        """Return the file and the function that a name stands for, where both are the project's."""
        found = self._index.locate(module.file, name)
        if found and found.file in self._modules:
            other = self._modules[found.file]
            owner, _, method = found.rest.rpartition(".")
            if not owner:
                return (other.file, method) if _has(other, method) else None
            maker = owner.removesuffix("()")
            kinds = {maker, *other.defined.typed.get((maker, "return"), ())}
            return self._first_with(method, other, [*sorted(kinds), *self._kinds(other, owner, "")])
        receiver, _, method = name.rpartition(".")
        if not receiver:
            return None
        target = self._first_with(method, module, self._kinds(module, receiver, function))
        return target if target and target[0] != module.file else None

    def _first_with(
        self, method: str, module: Module, kinds: Iterable[str]
    ) -> tuple[str, str] | None:
        """Return the first of the classes that has a method, or what it is made from."""
        for kind in kinds:
            found = self._class(module, kind)
            for _ in range(MOST_BASES):
                if found is None:
                    break
                other, name = found
                if method in other.defined.classes[name]:
                    return other.file, method
                bases = (self._class(other, base) for base in other.defined.bases.get(name, ()))
                found = next((base for base in bases if base), None)
        return None

    def _class(self, module: Module, name: str) -> tuple[Module, str] | None:
        """Return the class of the project that a name stands for in a file."""
        if name in module.defined.classes:
            return module, name
        found = self._index.locate(module.file, name)
        other = self._modules.get(found.file) if found else None
        if found and other and found.rest in other.defined.classes:
            return other, found.rest
        return None

    def _kinds(self, module: Module, name: str, function: str) -> Iterator[str]:
        """Yield what a variable may be: what it is said to be, what it is assigned from."""
        typed = module.defined.typed
        yield from sorted(typed.get((function, name), ()))
        field = name.startswith(("self.", "this."))
        for item in self._assigned(module.file).get(name, ()):
            if field or item.function in {function, ""}:
                for mention in sorted(item.mentions):
                    yield mention
                    yield from sorted(typed.get((item.function, mention), ()))
                    yield from self._returned(module, mention)

    def _assigned(self, file: str) -> Mapping[str, list[Assignment]]:
        """Return the assignments of a file by what they assign."""
        if file not in self._assignments:
            found = self._assignments[file] = {}
            for item in self._modules[file].assignments:
                for target in item.targets:
                    found.setdefault(target, []).append(item)
        return self._assignments[file]

    def _returned(self, module: Module, function: str) -> Iterator[str]:
        """Yield what a function says that it returns, as names of `module`."""
        yield from sorted(module.defined.typed.get((function, "return"), ()))
        found = self._index.locate(module.file, function)
        other = self._modules.get(found.file) if found else None
        if found and other:
            for kind in sorted(other.defined.typed.get((found.rest, "return"), ())):
                made = self._class(other, kind)
                if made:
                    # The class is known there; here it is called by the way to it.
                    yield f"{function.removesuffix(found.rest)}{kind}"

    # what leads to a model

    def _lead(self) -> dict[str, frozenset[str]]:
        leading = {
            file: flow.callers(
                module,
                {c.function for c in module.invocations if api_of(c, module) is not None}
                | {edge.call.function for edge in self._held[file]}
                | self._models.makers(file),
            )
            for file, module in self._modules.items()
        }
        for _ in range(MOST_ROUNDS):
            more = False
            for file, edges in self._edges.items():
                new = {
                    edge.call.function
                    for edge in edges
                    if edge.function in leading.get(edge.file, ())
                } - leading[file]
                if new - {""}:
                    leading[file] = flow.callers(self._modules[file], leading[file] | new)
                    more = True
            if not more:
                break
        return leading

    def _through(self, file: str) -> list[_Edge]:
        leading = [e for e in self._edges[file] if e.function in self._leading[e.file]]
        return [*leading, *self._held[file]]

    # who waits, and what is in bulk

    def links(self) -> Mapping[str, Links]:
        through = {file: self._through(file) for file in self._modules}
        bulk = self._spread(through, bulk=True)
        waited = self._spread(through, bulk=False)
        return {
            file: Links(
                through=tuple({id(edge.call): edge.call for edge in edges}.values()),
                mapped=tuple(edge.call for edge in edges if edge.mapped),
                reached=self._reached(file, through),
                bulk=bulk[file],
                waited=waited[file],
                plain=self._plain(file),
                held=tuple({id(e.call): e.call for e in self._held[file]}.values()),
            )
            for file, edges in through.items()
            if edges or bulk[file] or waited[file]
        }

    def _spread(
        self, through: Mapping[str, list[_Edge]], *, bulk: bool
    ) -> dict[str, frozenset[str]]:
        """Return the functions that are run so from other files, and those that they call."""
        found: dict[str, frozenset[str]] = dict.fromkeys(self._modules, frozenset())
        waiting = {file for file in through if through[file] and _waits(self._modules[file])}
        looped = {
            file: flow.bulk_functions(self._modules[file], self._leading[file])
            for file in through
            if through[file]
        }
        for _ in range(MOST_ROUNDS):
            before = dict(found)
            for file, edges in through.items():
                for edge in edges:
                    handed = edge.call.function in found[file]
                    if bulk:
                        once = edge.mapped or edge.call.loop == "data"
                        held = file not in waiting and (
                            once or handed or edge.call.function in looped[file]
                        )
                    else:
                        held = file in waiting or handed
                    if held:
                        found[edge.file] |= self._below(edge.file, edge.function)
            if found == before:
                break
        return found

    def _below(self, file: str, function: str) -> frozenset[str]:
        """Return a function and those of its file that it calls on the way to a model."""
        reached, leading = {function}, self._leading[file]
        while True:
            more = {
                flow.called(call)
                for call in self._modules[file].invocations
                if call.function in reached and flow.called(call) in leading - reached
            }
            if not more:
                return frozenset(reached)
            reached |= more

    def _plain(self, file: str) -> frozenset[str]:
        module = self._modules[file]
        edges = [edge for edge in self._held[file] if not takes_turns(module, edge.call)]
        return frozenset(edge.file for edge in edges)

    def _reached(self, file: str, through: Mapping[str, list[_Edge]]) -> frozenset[str]:
        reached: set[str] = set()
        front = {edge.file for edge in through[file]}
        while front:
            reached |= front
            front = {edge.file for other in front for edge in through[other]} - reached
        # What is run may be put together in another file than the model is built in.
        names = (self._index.locate(file, edge.call.name) for edge in self._held[file])
        return frozenset(reached | {found.file for found in names if found})


def _has(module: Module, function: str) -> bool:
    return any(function == known.name for known in module.functions)


def _waits(module: Module) -> bool:
    """Tell whether somebody waits for what a file does: a route, a person at a prompt."""
    patterns = [SIGNALS[signal] for signal in _WAITING]
    return any(pattern.search(name.text) for name in module.names for pattern in patterns)

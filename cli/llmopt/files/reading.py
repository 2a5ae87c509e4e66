"""From nodes to the schema's objects; what does not fit becomes problems at its exact place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from llmopt.domain import Place
from llmopt.files.explaining import explain
from llmopt.files.problems import Report
from llmopt.files.schemas.base import TAG_MARK
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import Mapping, Node, Plain, Scalar, Sequence

M = TypeVar("M", bound=BaseModel)


class Parsed(Generic[M]):
    """What was read, and where each part of it stands."""

    def __init__(self, value: M, reading: _Reading) -> None:
        self.value = value
        self._reading = reading

    def node(self, *path: str | int) -> Node:
        """The node of the part at `path`, or the nearest around it that the file has."""
        slots = self._reading.walk(path)
        return slots[-1].node if slots else self._reading.root

    def damaged(self, *path: str | int) -> bool:
        """Whether something wrong was left out of the part at `path`."""
        return self._reading.damaged(self.node(*path))

    def scalar(self, *path: str | int) -> Scalar:
        """The node of a text."""
        node = self.node(*path)
        if not isinstance(node, Scalar):
            raise TypeError(f"no text at {path}")
        return node

    def place(self, *path: str | int) -> Place:
        """Where the part at `path` begins."""
        return self._reading.source.place(self.node(*path).start)

    def key_place(self, *path: str | int) -> Place:
        """Where the key of the part at `path` begins."""
        slots = self._reading.walk(path)
        return self._reading.source.place(slots[-1].start if slots else self._reading.root.start)


def read(model: type[M], node: Node, source: Source, report: Report) -> Parsed[M] | None:
    """Check a node against a schema; what is wrong is reported and left out.

    None where a required part is missing, so that nothing useful remains.
    """
    reading = _Reading(model, node, source, report)
    while True:
        try:
            return Parsed(model.model_validate(reading.value()), reading)
        except ValidationError as error:
            details = error.errors(include_url=False)
        settled = [reading.settle(one) for one in details]
        if not all(settled):
            return None


class _Slot(NamedTuple):
    """A place that holds a value: the mapping or list, and the key or index there."""

    parent: Mapping | Sequence
    key: str | int

    @property
    def identity(self) -> tuple[int, str | int]:
        return id(self.parent), self.key

    @property
    def node(self) -> Node:
        if isinstance(self.parent, Mapping):
            return self.parent.entries[str(self.key)].value
        return self.parent.items[int(self.key)]

    @property
    def start(self) -> int:
        """Where the slot begins in the file: a mapping's at the key."""
        if isinstance(self.parent, Mapping):
            return self.parent.entries[str(self.key)].key.start
        return self.node.start


class _Reading:
    """One node on its way to an object: what was left out, what was taken as text."""

    def __init__(self, model: type[BaseModel], node: Node, source: Source, report: Report) -> None:
        self._model = model
        self.root = node
        self.source = source
        self._report = report
        self._gone: set[tuple[int, str | int]] = set()
        self._going: set[tuple[int, str | int]] = set()
        self._emptied: set[int] = set()
        self._as_text: set[tuple[int, str | int]] = set()
        self._kept: dict[int, list[int]] = {}

    def value(self) -> Plain:
        """The node as plain values, without what was left out."""
        # Only now: errors of one round locate themselves in the values of that round.
        self._gone |= self._going
        self._kept = {}
        return self._plain(self.root, {})

    def _plain(self, node: Node, done: dict[int, Plain]) -> Plain:
        if isinstance(node, Scalar):
            return node.value
        if id(node) not in done:
            done[id(node)] = (
                [self._slot_value(_Slot(node, i), done) for i in self._indices(node)]
                if isinstance(node, Sequence)
                else {
                    key: self._slot_value(_Slot(node, key), done)
                    for key in node.entries
                    if (id(node), key) not in self._gone
                }
            )
        return done[id(node)]

    def _slot_value(self, slot: _Slot, done: dict[int, Plain]) -> Plain:
        node = slot.node
        if isinstance(node, Scalar):
            return node.text if slot.identity in self._as_text else node.value
        return self._plain(node, done)

    def _indices(self, node: Sequence) -> list[int]:
        """The items of a list that are still there."""
        if id(node) not in self._kept:
            whole = range(len(node.items))
            self._kept[id(node)] = [i for i in whole if (id(node), i) not in self._gone]
        return self._kept[id(node)]

    def settle(self, details: ErrorDetails) -> bool:
        """Report an error and leave out what it is about; False when nothing remains."""
        path = [p for p in details["loc"] if not str(p).startswith(TAG_MARK)]
        slots = self.walk(path)
        target = slots[-1].node if slots else self.root
        kind = details["type"]
        if kind == "string_type" and slots and _is_plain_value(target):
            # The schema wants text, so an unquoted 17 or true is text, as it is written.
            self._as_text.add(slots[-1].identity)
            return True
        known = (
            (id(target), str(path[-1])) in self._gone
            if kind == "missing"
            else id(target) in self._emptied and kind in {"plain", "too_short"}
        )
        if not known:
            self._tell(details, path, slots)
        if not slots:
            return False
        self._going.add(slots[-1].identity)
        self._emptied.add(id(slots[-1].parent))
        return True

    def damaged(self, node: Node) -> bool:
        """Whether something was left out of a node or of what it holds."""
        if not self._emptied or isinstance(node, Scalar):
            return False
        if id(node) in self._emptied:
            return True
        inner = (
            node.items
            if isinstance(node, Sequence)
            else [entry.value for entry in node.entries.values()]
        )
        return any(self.damaged(one) for one in inner)

    def walk(self, path: Iterable[str | int]) -> list[_Slot]:
        """The slots along an error's location, as far as the file has them."""
        slots: list[_Slot] = []
        node = self.root
        for part in path:
            if isinstance(node, Mapping) and part in node.entries:
                if (id(node), part) in self._gone:
                    break
                slots.append(_Slot(node, part))
            elif isinstance(node, Sequence) and isinstance(part, int):
                slots.append(_Slot(node, self._indices(node)[part]))
            else:
                break
            node = slots[-1].node
        return slots

    def _tell(self, details: ErrorDetails, path: list[str | int], slots: list[_Slot]) -> None:
        at_key = details["type"] == "extra_forbidden" or path[-1:] == ["[key]"]
        target = slots[-1].node if slots else self.root
        start = slots[-1].start if slots and at_key else target.start
        message, hint = explain(self._model, details)
        self._report.error(self.source.place(start), message, hint)


def _is_plain_value(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, str)

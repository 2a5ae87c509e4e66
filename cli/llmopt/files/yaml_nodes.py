"""YAML as a light tree of nodes that know where they stand.

Built from the parser's events, not from its constructors: nothing in a file can name a Python
type, nesting is bounded by count and not by the stack, and aliases are shared, not copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import yaml

from llmopt.files.problems import Report, shorten
from llmopt.files.source import Source
from llmopt.files.yaml_messages import explain, unquoted_braces
from llmopt.files.yaml_scalars import Value, resolve

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # PyYAML without libyaml: the same events, slower

    class _Parser(  # type: ignore[no-redef]
        yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser
    ):
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)


DEPTH_LIMIT = 100
EXPANSION_LIMIT = 100_000
"""How much all aliases of a file may add up to: nodes, long texts counting by length."""

_CHARACTERS_PER_NODE = 64
_EMPTY = "fill it, or remove it"
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|#[^\n]*\n)*)*")
_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))


@dataclass(slots=True, eq=False)
class Scalar:
    """One value; `text` is how it is written once quotes and escapes are resolved."""

    start: int
    end: int
    text: str
    style: str | None
    value: Value
    weight: int
    height: int = 1


@dataclass(slots=True, eq=False)
class Sequence:
    """A list."""

    start: int
    items: list[Node] = field(default_factory=list)
    weight: int = 1
    height: int = 1


class Entry(NamedTuple):
    """A key of a mapping and its value."""

    key: Scalar
    value: Node


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping; keys are always text, whatever YAML would take them for."""

    start: int
    entries: dict[str, Entry] = field(default_factory=dict)
    weight: int = 1
    height: int = 1

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Scalar | Sequence | Mapping
Plain: TypeAlias = "Value | list[Plain] | dict[str, Plain]"


def plain(node: Node) -> Plain:
    """The node as plain Python values; shared nodes become shared values."""
    return _plain(node, {})


def _plain(node: Node, done: dict[int, Plain]) -> Plain:
    if isinstance(node, Scalar):
        return node.value
    if id(node) not in done:
        # Aliases cannot be cyclic and nesting is bounded: recursion ends.
        if isinstance(node, Sequence):
            done[id(node)] = [_plain(item, done) for item in node.items]
        else:
            done[id(node)] = {key: _plain(e.value, done) for key, e in node.entries.items()}
    return done[id(node)]


class Stop(Exception):  # noqa: N818 - it ends the reading of one file, it is no error to callers
    """What makes the rest of a document unreadable."""

    def __init__(self, index: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.index = index
        self.message = message
        self.hint = hint


def compose(source: Source, report: Report) -> Mapping | None:
    """Read a document whose root is a mapping; anything else becomes problems."""
    if not source.text.strip():
        report.file_error(source.name, "the file is empty", _EMPTY)
        return None
    try:
        root = _Composer(source, report).document()
    except Stop as stop:
        report.error(source.place(stop.index), stop.message, stop.hint)
        return None
    except yaml.YAMLError as error:
        place, message, hint = explain(error, source)
        report.error(place, message, hint)
        return None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        report.file_error(source.name, "the file is empty", _EMPTY)
        return None
    if not isinstance(root, Mapping):
        found = "a list" if isinstance(root, Sequence) else f"text ({shorten(root.text)!r})"
        report.error(
            source.place(root.start),
            f"the file must be a mapping of keys, found {found}",
            hint="write 'key: value' lines",
        )
        return None
    return root


class _Open(NamedTuple):
    """A collection whose end has not come yet."""

    node: Sequence | Mapping
    anchor: str | None
    keys: list[Scalar]
    merges: list[tuple[Scalar, Node]]


class _Composer:
    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report
        self._anchors: dict[str, Node | None] = {}  # None while the anchored node is being read
        self._expanded = 0

    def document(self) -> Node | None:
        root: Node | None = None
        stack: list[_Open] = []
        for event in self._events():
            node: Node
            if isinstance(event, yaml.ScalarEvent):
                node = self._scalar(event)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open(event, stack)
                continue
            elif isinstance(event, yaml.AliasEvent):
                node = self._alias(event, len(stack))
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                node = self._close(stack.pop())
            elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise Stop(
                    _index(event),
                    "a second YAML document begins here; one file holds one",
                    hint="remove the '---' line, or split the file",
                )
            else:
                continue
            if stack:
                self._attach(stack[-1], node)
            else:
                root = node
        return root

    def _events(self) -> Iterator[yaml.Event]:
        parser = _Parser(self._source.text)
        while event := parser.get_event():
            yield event

    def _open(
        self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, stack: list[_Open]
    ) -> None:
        start = _index(event)
        self._bound_depth(start, len(stack) + 1)
        self._refuse_tag(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = Mapping(start) if is_mapping else Sequence(start)
        if event.anchor:
            self._anchors[event.anchor] = None
        stack.append(_Open(node, event.anchor, [], []))

    def _close(self, opened: _Open) -> Node:
        node = opened.node
        if isinstance(node, Mapping):
            self._merge(node, opened.merges)
        if opened.anchor:
            self._anchors[opened.anchor] = node
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        self._refuse_tag(event)
        text = event.value
        style = event.style or None
        is_plain = style is None and event.tag is None
        start = _index(event)
        if event.anchor or event.tag:
            # The mark stands on the anchor; what matters is where the value begins.
            begin = _PROPERTIES.match(self._source.text, start)
            start = begin.end() if begin else start
        node = Scalar(
            start,
            end.index if (end := event.end_mark) else start,
            text,
            style,
            resolve(text) if is_plain else text,
            1 + len(text) // _CHARACTERS_PER_NODE,
        )
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        start = _index(event)
        if event.anchor not in self._anchors:
            raise Stop(
                start,
                f"'*{shorten(event.anchor)}' refers to an anchor that is not defined above it",
                hint=f'to write a text that begins with *, put it in quotes: "*{event.anchor}"',
            )
        node = self._anchors[event.anchor]
        if node is None:
            raise Stop(start, f"'*{shorten(event.anchor)}' refers to a value that contains it")
        self._bound_depth(start, depth + node.height)
        self._expanded += node.weight
        if self._expanded > EXPANSION_LIMIT:
            raise Stop(start, "the aliases of this file expand to too much data")
        return node

    def _attach(self, parent: _Open, node: Node) -> None:
        parent.node.weight += node.weight
        parent.node.height = max(parent.node.height, node.height + 1)
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif not parent.keys:
            parent.keys.append(self._key(node))
        elif parent.keys[0].text == "<<" and parent.keys[0].style is None:
            parent.merges.append((parent.keys.pop(), node))
        else:
            self._enter(parent.node, parent.keys.pop(), node)

    def _bound_depth(self, start: int, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise Stop(start, f"values are nested more than {DEPTH_LIMIT} deep")

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        text = self._source.text
        if text.startswith("{", node.start) and text[: node.start].rstrip().endswith("{"):
            begin = text.rindex("{", 0, node.start)
            raise Stop(begin, *unquoted_braces(text[begin:]))
        raise Stop(node.start, "a key must be text, found a list or a mapping")

    def _enter(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        first = mapping.entries.get(key.text)
        if first is None:
            mapping.entries[key.text] = Entry(key, value)
            return
        self._report.error(
            self._source.place(key.start),
            f"key '{shorten(key.text)}' stands twice in this mapping",
            hint=f"the first one is in line {self._source.place(first.key.start).line}",
        )

    def _merge(self, mapping: Mapping, merges: list[tuple[Scalar, Node]]) -> None:
        """`<<: *defaults`: keys written out win, of several merged mappings the first."""
        for key, value in merges:
            for part in value.items if isinstance(value, Sequence) else [value]:
                if not isinstance(part, Mapping):
                    raise Stop(key.start, "'<<' merges mappings; this value is none")
                for name, entry in part.entries.items():
                    mapping.entries.setdefault(name, entry)

    def _refuse_tag(
        self, event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent
    ) -> None:
        if event.tag is None or event.tag in _CORE_TAGS or event.tag == "!":
            return
        raise Stop(
            _index(event),
            f"tag '{shorten(_short_tag(event.tag))}' is not allowed",
            hint="write the plain value; llmopt reads text, numbers, true/false, lists, mappings",
        )


def _index(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")

"""Reading a Jinja template before it runs: what it may not do, and which variables it needs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from jinja2 import nodes

from llmopt.files.problems import did_you_mean, listing, shorten
from llmopt.files.templates.filling import Flaw, Need, Use
from llmopt.files.templates.filters import FILTER_NAMES, METHOD_NAMES, TEST_NAMES
from llmopt.files.templates.sandbox import Environment

_ALLOWED = "templates have variables, if, for, set, filters and tests"
_STATEMENTS: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.With: "with",
    nodes.AssignBlock: "set",
    nodes.Assign: "set",
}
_OPERATORS: tuple[type[nodes.Expr], ...] = (
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
    nodes.Compare,
    nodes.Concat,
    nodes.Not,
    nodes.Slice,
)
_LITERALS: tuple[type[nodes.Expr], ...] = (nodes.List, nodes.Tuple, nodes.Dict)
# Filters whose text arguments may name attributes.
_READING_ATTRIBUTES = frozenset(
    {"map", "selectattr", "rejectattr", "sort", "unique", "min", "max", "sum"}
)
# Names that Jinja itself gives a meaning inside templates.
_RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs"})


class _Scope(NamedTuple):
    """What is known where an expression stands."""

    bound: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()  # variables that a condition has found to be there
    certain: bool = True

    def unsure(self, given: Iterable[str] = ()) -> _Scope:
        return self._replace(certain=False, given=self.given | frozenset(given))


class Reading(NamedTuple):
    """What a template says about itself."""

    uses: tuple[Use, ...]
    flaws: tuple[Flaw, ...]


def read_template(tree: nodes.Template, text: str, environment: Environment) -> Reading:
    """Walk a parsed template."""
    walker = _Walker(Offsets(text, environment))
    walker.body(tree.body, _Scope())
    return Reading(tuple(walker.uses), tuple(dict.fromkeys(walker.flaws)))


class Offsets:
    """Where words stand in a template; Jinja's own nodes know only their lines."""

    def __init__(self, text: str, environment: Environment) -> None:
        self._text = text
        self._lines = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
        self._words: dict[tuple[int, str], list[int]] = defaultdict(list)
        cursor, before = 0, ""
        for line, kind, value in environment.lexer.tokeniter(text, None):
            found = text.find(value, cursor)
            if found < 0:  # line ends inside the token were written otherwise
                continue
            # Attributes, filters and tests are names too; they are kept apart from variables.
            word = f".{value}" if before in {".", "|", "is"} else value
            if kind in {"name", "operator", "string"}:
                self._words[line, word].append(found)
            cursor = found + len(value)
            before = value if kind != "whitespace" else before

    def next(self, word: str, line: int) -> int:
        """The next place of a word in a line, from call to call."""
        places = self._words.get((line, word))
        if not places:
            return self.of_line(line)
        return places.pop(0) if len(places) > 1 else places[0]

    def of(self, word: str, line: int | None) -> int:
        """The first place of a word in a line, or the line's first tag, or its start."""
        for variant in (word, f".{word}", f"'{word}'", f'"{word}"'):
            places = self._words.get((line or 1, variant))
            if places:
                return places[0]
        return self.of_line(line)

    def of_line(self, line: int | None) -> int:
        line = min(line or 1, len(self._lines))
        start = self._lines[line - 1]
        end = self._lines[line] if line < len(self._lines) else len(self._text)
        tag = re.search(r"\{[{%#]", self._text[start:end])
        return start + (tag.start() if tag else 0)


class _Walker:
    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets
        self.uses: list[Use] = []
        self.flaws: list[Flaw] = []
        self._handlers: dict[type[nodes.Node], Callable[[Any, _Scope], None]] = {
            nodes.Name: self._name,
            nodes.Getattr: self._part,
            nodes.Getitem: self._part,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Call: self._call,
            nodes.And: self._either,
            nodes.Or: self._either,
            nodes.CondExpr: self._choice,
            **dict.fromkeys(_LITERALS, self._literal),
        }

    def _flaw(self, node: nodes.Node, word: str, message: str, hint: str | None = None) -> None:
        self.flaws.append(Flaw(self._offsets.of(word, node.lineno), message, hint))

    def body(self, statements: Iterable[nodes.Node], scope: _Scope) -> _Scope:
        """Walk statements in order; the scope that they leave behind knows what they set."""
        for statement in statements:
            scope = self._statement(statement, scope)
        return scope

    def _statement(self, node: nodes.Node, scope: _Scope) -> _Scope:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                self._expression(part, scope)
        elif isinstance(node, nodes.If):
            return self._if(node, scope)
        elif isinstance(node, nodes.For):
            self._for(node, scope)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            self._expression(node.node, scope)
            return scope._replace(bound=scope.bound | {node.target.name})
        else:
            word = _STATEMENTS.get(type(node), "")
            what = f"'{word}'" if word else "this tag"
            self._flaw(node, word, f"{what} is not allowed here", _ALLOWED)
        return scope

    def _if(self, node: nodes.If, scope: _Scope) -> _Scope:
        self._expression(node.test, scope)
        inner = self.body(node.body, scope.unsure(_given(node.test, truth=True)))
        other = scope.unsure(_given(node.test, truth=False))
        rest = [self._if(branch, other) for branch in node.elif_]
        rest.append(self.body(node.else_, other))
        # A name set in one branch counts as set: the other branch may not need it later.
        return scope._replace(bound=inner.bound.union(*(branch.bound for branch in rest)))

    def _for(self, node: nodes.For, scope: _Scope) -> None:
        if node.recursive:
            self._flaw(node, "recursive", "'recursive' is not allowed here", _ALLOWED)
        self._expression(node.iter, scope)
        targets = {
            name.name
            for name in [node.target, *node.target.find_all(nodes.Name)]
            if isinstance(name, nodes.Name)
        }
        inner = scope.unsure()._replace(bound=scope.bound | targets | {"loop"})
        if node.test is not None:
            self._expression(node.test, inner)
        self.body(node.body, inner)
        self.body(node.else_, scope.unsure())

    def _expression(self, node: nodes.Node, scope: _Scope) -> None:
        handler = self._handlers.get(type(node))
        if handler is not None:
            handler(node, scope)
        elif isinstance(node, (*_OPERATORS, nodes.Operand, nodes.Keyword)):
            for child in node.iter_child_nodes():
                self._expression(child, scope)
        elif isinstance(node, nodes.Pow):
            self._flaw(node, "**", "'**' is not allowed here", "write the number out")
        elif not isinstance(node, (nodes.Const, nodes.TemplateData)):
            self._flaw(node, "", "this expression is not allowed here", _ALLOWED)

    def _either(self, node: nodes.And | nodes.Or, scope: _Scope) -> None:
        self._expression(node.left, scope)
        truth = isinstance(node, nodes.And)
        self._expression(node.right, scope.unsure(_given(node.left, truth=truth)))

    def _choice(self, node: nodes.CondExpr, scope: _Scope) -> None:
        self._expression(node.test, scope)
        self._expression(node.expr1, scope.unsure(_given(node.test, truth=True)))
        if node.expr2 is not None:
            self._expression(node.expr2, scope.unsure(_given(node.test, truth=False)))

    def _name(self, node: nodes.Name, scope: _Scope) -> None:
        if node.name in _RESERVED:
            self._flaw(node, node.name, f"'{node.name}' cannot name a variable", "rename it")
        elif node.name not in scope.bound:
            need: Need = "always" if scope.certain else "sometimes"
            self._use(node, "never" if node.name in scope.given else need)

    def _use(self, node: nodes.Name, need: Need) -> None:
        self.uses.append(Use(node.name, self._offsets.next(node.name, node.lineno), need))

    def _part(self, node: nodes.Getattr | nodes.Getitem, scope: _Scope) -> None:
        self._expression(node.node, scope)
        name: object = None
        if isinstance(node, nodes.Getattr):
            name = node.attr
        elif isinstance(node.arg, nodes.Const):
            name = node.arg.value
        else:
            self._expression(node.arg, scope)
        self._refuse_private(node, name)

    def _refuse_private(self, node: nodes.Node, name: object) -> None:
        if isinstance(name, str) and any(part.startswith("_") for part in name.split(".")):
            self._flaw(
                node,
                name,
                f"'{shorten(name)}' is out of reach: names of parts cannot begin with '_'",
            )

    def _filter(self, node: nodes.Filter, scope: _Scope) -> None:
        if node.name not in FILTER_NAMES:
            known = f"filters are: {listing(sorted(FILTER_NAMES), 60)}"
            hint = did_you_mean(node.name, FILTER_NAMES) or known
            self._flaw(node, node.name, f"there is no filter '{shorten(node.name)}'", hint)
        if node.name in _READING_ATTRIBUTES:
            for argument in [*node.args, *(pair.value for pair in node.kwargs)]:
                if isinstance(argument, nodes.Const):
                    self._refuse_private(node, argument.value)
        self._arguments(node, scope)
        if node.name in {"default", "d"} and isinstance(node.node, nodes.Name):
            if node.node.name not in scope.bound:
                self._use(node.node, "never")
        elif node.node is not None:
            self._expression(node.node, scope)

    def _test(self, node: nodes.Test, scope: _Scope) -> None:
        if node.name not in TEST_NAMES:
            known = f"tests are: {listing(sorted(TEST_NAMES), 60)}"
            hint = did_you_mean(node.name, TEST_NAMES) or known
            self._flaw(node, node.name, f"there is no test '{shorten(node.name)}'", hint)
        self._arguments(node, scope)
        if node.name in {"defined", "undefined"} and isinstance(node.node, nodes.Name):
            if node.node.name not in scope.bound:
                self._use(node.node, "never")
        else:
            self._expression(node.node, scope)

    def _arguments(self, node: nodes.Filter | nodes.Test | nodes.Call, scope: _Scope) -> None:
        for argument in [*node.args, *(pair.value for pair in node.kwargs)]:
            self._expression(argument, scope)
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self._flaw(node, "*", "'*' and '**' in arguments are not allowed here")

    def _call(self, node: nodes.Call, scope: _Scope) -> None:
        self._arguments(node, scope)
        target = node.node
        if isinstance(target, nodes.Name) and target.name == "range":
            if not node.args or node.kwargs:
                self._flaw(node, "range", "'range' needs numbers", "for example range(3)")
            return
        if isinstance(target, nodes.Getattr) and target.attr in METHOD_NAMES:
            self._expression(target.node, scope)
            return
        name = target.attr if isinstance(target, nodes.Getattr) else getattr(target, "name", "")
        self._flaw(
            node,
            name,
            f"'{shorten(name)}' cannot be called here" if name else "nothing can be called here",
            f"what can be called: range, and the methods {listing(sorted(METHOD_NAMES), 40)}",
        )

    def _literal(self, node: nodes.Expr, _: _Scope) -> None:
        if not _is_constant(node):
            self._flaw(
                node,
                "[" if isinstance(node, nodes.List) else "(",
                "lists and mappings in templates hold constants only",
                "give the list as a variable of the case",
            )


def _is_constant(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Const):
        return True
    if isinstance(node, (*_LITERALS, nodes.Pair, nodes.Neg)):
        return all(_is_constant(child) for child in node.iter_child_nodes())
    return False


def _given(test: nodes.Node, *, truth: bool) -> frozenset[str]:
    """The variables that are surely there where `test` turned out as `truth`."""
    if isinstance(test, nodes.Not):
        return _given(test.node, truth=not truth)
    if isinstance(test, nodes.Test):
        found = test.name == ("defined" if truth else "undefined")
        return frozenset({test.node.name} if found and isinstance(test.node, nodes.Name) else ())
    joins = nodes.And if truth else nodes.Or
    if isinstance(test, joins):
        return _given(test.left, truth=truth) | _given(test.right, truth=truth)
    return frozenset()

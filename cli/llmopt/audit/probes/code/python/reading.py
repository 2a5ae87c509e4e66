"""Python source to a `Module`, by its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from llmopt.audit.probes.code.flow import MAPS
from llmopt.audit.probes.code.module import (
    Assignment,
    Choice,
    Defined,
    Function,
    Invocation,
    Lookup,
    Module,
    Name,
    Part,
)
from llmopt.audit.probes.code.python.arguments import Arguments
from llmopt.audit.probes.code.python.scope import Scope, loop_kind
from llmopt.audit.probes.code.python.texts import Texts
from llmopt.audit.probes.code.python.values import Parsed, Values, dotted

_TELLING = re.compile(r"(?:^|\.)(?:print|log|debug|info|warning|error|exception)$")
"""What shows a part of a text to a person throws nothing away."""


def parse(text: str) -> Parsed | None:
    """Parse Python; None where it is none, or nests too deep to be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's code is not ours
            return Parsed(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_python(file: str, parsed: Parsed, outside: Lookup, defined: Defined) -> Module:
    """Read a file's syntax tree; `outside` knows the literals of other files.

    Raises:
        RecursionError: an expression nests too deep.
    """
    constants = parsed.literals(outside)
    reader = _Reader(Values(parsed.aliases, constants, outside))
    reader.visit(parsed.tree)
    return Module(
        file=file,
        modules=parsed.modules,
        names=tuple(reader.names),
        texts=tuple(reader.texts.found),
        invocations=tuple(reader.invocations),
        assignments=tuple(reader.assignments),
        parts=tuple(reader.parts),
        choices=tuple(reader.choices),
        functions=tuple(reader.functions),
        constants=constants,
        defined=defined,
    )


class _Reader(ast.NodeVisitor):
    def __init__(self, values: Values) -> None:
        self._values = values
        self._aliases = values.aliases
        self._scope = Scope()
        self._arguments = Arguments(values)
        self.names: list[Name] = []
        self.invocations: list[Invocation] = []
        self.assignments: list[Assignment] = []
        self.parts: list[Part] = []
        self.choices: list[Choice] = []
        self.functions: list[Function] = []
        self.texts = Texts(values)
        self._told = False
        """Whether what is read is shown to a person."""

    # names

    def visit_Import(self, node: ast.Import) -> None:
        for item in node.names:
            self._name(f"import:{item.name}", node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for item in node.names:
            self._name(f"import:{node.module or ''}.{item.name}", node)

    def visit_Name(self, node: ast.Name) -> None:
        self._name(self._aliases.get(node.id, node.id), node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._name(dotted(node, self._aliases), node)
        if isinstance(node.value, ast.Name) and node.value.id in self._aliases:
            self._name(dotted(node, {}), node)  # what it is called here says what it is for
        if not isinstance(node.value, ast.Name):
            self.visit(node.value)

    def _name(self, text: str, node: ast.stmt | ast.expr | ast.keyword) -> None:
        self.names.append(Name(text, node.lineno, node.col_offset + 1))

    # functions, loops, conditions

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = []
        for item in node.decorator_list:
            self.visit(item)
            function = item.func if isinstance(item, ast.Call) else item
            decorators.append(dotted(function, self._aliases))
        end = node.end_lineno or node.lineno
        tests = [n.test for n in ast.walk(node) if isinstance(n, ast.If | ast.IfExp)]
        told = frozenset().union(*map(self._values.mentions, tests))
        self.functions.append(
            Function(node.name, node.lineno, end, tuple(decorators), bool(tests), told)
        )
        self._name(f"def:{node.name}", node)
        for argument in node.args.posonlyargs + node.args.args + node.args.kwonlyargs:
            self.names.append(Name(argument.arg, argument.lineno, argument.col_offset + 1))
        with self._scope.inside(node.name):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                self.visit(default)
            self._each(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's name

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._name(f"class:{node.name}", node)
        self.generic_visit(node)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        texts = self._values.of(node.iter)
        if isinstance(texts, list) and any(isinstance(n, ast.If) for n in ast.walk(node)):
            self._choice([text for text in texts if isinstance(text, str)], node)
        if any(isinstance(n, ast.Break | ast.Return) for n in ast.walk(node)):
            self._part("break", node.iter)
        self._assign((node.target,), node.iter, node.lineno)
        with self._scope.repeated(loop_kind(node.target, node.iter, self._values)):
            self._each(node.body)
        self._each(node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        with self._scope.repeated("while", endless=isinstance(node.test, ast.Constant)):
            self._each(node.body)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        for generator in node.generators:
            self.visit(generator.iter)
            self.visit(generator.target)
        first = node.generators[0]
        with self._scope.repeated(loop_kind(first.target, first.iter, self._values)):
            for test in (test for g in node.generators for test in g.ifs):
                self.visit(test)
            if isinstance(node, ast.DictComp):
                self.visit(node.key)
                self.visit(node.value)
            else:
                self.visit(node.elt)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._choice([*_assigned_texts(node, self._values)], node)
        self._each(node.body)
        self._each(node.orelse)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        branches = [self._values.of(branch) for branch in (node.body, node.orelse)]
        self._choice([text for text in branches if isinstance(text, str)], node)
        self.visit(node.test)
        self.visit(node.body)
        self.visit(node.orelse)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Skip choices made for errors: a fallback is no cascade."""
        choices = len(self.choices)
        self._each(node.body)
        del self.choices[choices:]

    # statements

    def visit_Assign(self, node: ast.Assign) -> None:
        self._assign(tuple(node.targets), node.value, node.lineno)
        if isinstance(node.value, ast.Call):
            self._arguments.construct(self._target_names(node.targets[0]), node.value)
        self.texts.assigned(node.targets[0], node.value)
        with self._scope.assigning(self._names_of(node.targets)):
            self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign((node.target,), node.value, node.lineno)
            self.texts.assigned(node.target, node.value)
            with self._scope.assigning(self._names_of([node.target])):
                self.visit(node.value)
        self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._assign((node.target,), node.value, node.lineno)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._assign((node.target,), node.value, node.lineno)
        self.generic_visit(node)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            targets = [item.optional_vars] if item.optional_vars else []
            if targets:
                self._assign(tuple(targets), item.context_expr, node.lineno)
            with self._scope.assigning(self._names_of(targets)):
                self.visit(item.context_expr)
        self._each(node.body)

    visit_AsyncWith = visit_With  # noqa: N815

    def _assign(self, targets: tuple[ast.expr, ...], value: ast.expr, line: int) -> None:
        mentions = self._values.mentions(value)
        names = self._names_of(targets)
        keyed = any(isinstance(target, ast.Subscript) for target in targets)
        self.assignments.append(Assignment(names, mentions, self._scope.function, line, keyed))

    def _names_of(self, targets: Iterable[ast.expr]) -> tuple[str, ...]:
        return tuple(name for target in targets for name in self._target_names(target))

    def _target_names(self, target: ast.expr) -> list[str]:
        if isinstance(target, ast.Tuple | ast.List):
            return [name for item in target.elts for name in self._target_names(item)]
        if isinstance(target, ast.Subscript | ast.Starred):
            return self._target_names(target.value)
        return [dotted(target, self._aliases)]

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.texts.returned(node.value)
            self.visit(node.value)

    # expressions

    def visit_Call(self, node: ast.Call) -> None:
        keywords: dict[str, Any] = {}
        is_open = self._arguments.collect(node, keywords)
        self.invocations.append(
            Invocation(
                name=dotted(node.func, self._aliases),
                line=node.lineno,
                column=node.col_offset + 1,
                function=self._scope.function,
                keywords=keywords,
                mentions=frozenset().union(
                    *(self._values.mentions(a) for a in node.args),
                    *(self._values.mentions(k.value) for k in node.keywords),
                ),
                targets=self._scope.targets,
                loop=self._scope.innermost,
                open=is_open,
                tools=frozenset().union(
                    *(self._values.mentions(k.value) for k in node.keywords if k.arg == "tools")
                ),
            )
        )
        self.texts.call(node)
        told, self._told = (
            self._told,
            self._told or bool(_TELLING.search(self.invocations[-1].name)),
        )
        maps = MAPS.fullmatch(self.invocations[-1].name)
        for part in ast.iter_child_nodes(node):
            if maps and isinstance(part, ast.Lambda):
                with self._scope.repeated("data"):
                    self.visit(part)
            else:
                self.visit(part)
        self._told = told

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg:
            self._name(f"{node.arg}=", node)
            self.texts.keyed(node.arg, node.value)
        self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        pairs = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        self.texts.message(pairs)
        for key, value in pairs.items():
            self._name(f"{key}=", value)
            self.texts.keyed(key, value)
        texts = [self._values.of(value) for value in pairs.values()]
        if len(pairs) == len(node.keys) and all(isinstance(text, str) for text in texts):
            self._choice(texts, node, name=self._scope.targets[0] if self._scope.targets else "")
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        with self.texts.listed(node):
            self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self.texts.pair(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        kind = _part_kind(node)
        if kind and not self._told:
            self._part(kind, node.value)
        self._name(f"{dotted(node.value, self._aliases)}[]", node)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            self._name(f"{dotted(node.value, self._aliases)}[].{node.slice.value}", node)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self._name(f"{dotted(right, self._aliases)}[]", right)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self.texts.constant(node)

    # helpers

    def _each(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.visit(node)

    def _part(self, kind: Literal["head", "tail", "break"], of: ast.expr) -> None:
        self.parts.append(Part(kind, self._values.mentions(of), of.lineno, self._scope.function))

    def _choice(self, texts: list[str], node: ast.stmt | ast.expr, *, name: str = "") -> None:
        if len(set(texts)) > 1:
            self.choices.append(Choice(tuple(texts), node.lineno, name))


def _part_kind(node: ast.Subscript) -> Any:  # noqa: ANN401 - one of Part's kinds, or None
    taken = node.slice
    if isinstance(taken, ast.Slice):
        if taken.lower is None and taken.upper is not None:
            return "head"
        return "tail" if isinstance(taken.lower, ast.UnaryOp) else None
    of_split = (
        isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in {"split", "splitlines", "partition"}
    )
    if of_split and isinstance(taken, ast.Constant) and taken.value == 0:
        return "head"
    return None


def _assigned_texts(node: ast.If, values: Values) -> Iterator[str]:
    """Yield the texts that the branches of a condition assign or return."""
    for statement in [*node.body, *node.orelse]:
        if isinstance(statement, ast.If):
            yield from _assigned_texts(statement, values)
        elif isinstance(statement, ast.Assign | ast.Return):
            text = values.of(statement.value)
            if isinstance(text, str):
                yield text

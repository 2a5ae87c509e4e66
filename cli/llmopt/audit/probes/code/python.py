"""Python source to a `Module`, by its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from llmopt.audit.probes.code.module import (
    Assignment,
    Choice,
    Function,
    Invocation,
    Loop,
    Module,
    Name,
    Part,
    Text,
)
from llmopt.audit.probes.code.values import Constants, Parsed, Values, dotted

TEXT_KEYS = frozenset(
    [
        "system",
        "instructions",
        "system_prompt",
        "system_instruction",
        "prompt",
        "template",
        "prompt_template",
        "contents",
        "input",
        "preamble",
        "backstory",
    ]
)
_ROLES = {"human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}
_MESSAGES = {"SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant"}
_STEPS = re.compile(r"attempt|retr(?:y|ies)|tr(?:y|ies)|steps?|turns?|rounds?|iterations?|hops?")
_MODELS = re.compile(r"(?i)(?:^|_|\.)(?:models?|llms?|clients?|providers?|backends?|fallbacks?)$")
"""A loop over these asks one after the other until one answers."""
_TEMPLATES = re.compile(r".*(?:PromptTemplate|from_template|Prompt)$")
_TELLING = re.compile(r"(?:^|\.)(?:print|log|debug|info|warning|error|exception)$")
"""What shows a part of a text to a person throws nothing away."""
_PROMPT_NAME = re.compile(r"(?i)prompt|template|instruction|system")
MOST_LITERAL_ITEMS = 8
"""A loop over so many written items chooses among them; over more, it is over data."""


def parse(text: str) -> Parsed | None:
    """Parse Python; None where it is none, or nests too deep to be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's code is not ours
            return Parsed(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_python(file: str, parsed: Parsed, outside: Constants) -> Module:
    """Read a file's syntax tree; `outside` are the shared literals of the project.

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
        texts=tuple(reader.texts),
        invocations=tuple(reader.invocations),
        assignments=tuple(reader.assignments),
        parts=tuple(reader.parts),
        choices=tuple(reader.choices),
        functions=tuple(reader.functions),
        constants=constants,
    )


class _Reader(ast.NodeVisitor):
    def __init__(self, values: Values) -> None:
        self._values = values
        self._aliases = values.aliases
        self.names: list[Name] = []
        self.texts: list[Text] = []
        self.invocations: list[Invocation] = []
        self.assignments: list[Assignment] = []
        self.parts: list[Part] = []
        self.choices: list[Choice] = []
        self.functions: list[Function] = []
        self._function: list[str] = []
        self._loops: list[Loop] = []
        self._targets: tuple[str, ...] = ()
        self._group: int | None = None
        self._told = False
        self._waiting = 0
        """How many loops around have no end: they wait for work, item by item."""
        self._built: dict[str, ast.Call] = {}
        """What was constructed under a name: settings passed to a call later."""

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
        conditional = any(isinstance(inner, ast.If | ast.IfExp) for inner in ast.walk(node))
        self.functions.append(Function(node.name, node.lineno, end, tuple(decorators), conditional))
        self._name(f"def:{node.name}", node)
        for argument in node.args.posonlyargs + node.args.args + node.args.kwonlyargs:
            self.names.append(Name(argument.arg, argument.lineno, argument.col_offset + 1))
        loops, self._loops = self._loops, []
        waiting, self._waiting = self._waiting, 0
        self._function.append(node.name)
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        self._each(node.body)
        self._function.pop()
        self._loops, self._waiting = loops, waiting

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
        with self._loop(self._kind(node.target, node.iter)):
            self._each(node.body)
        self._each(node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        endless = isinstance(node.test, ast.Constant)
        self._waiting += endless
        with self._loop("while"):
            self._each(node.body)
        self._waiting -= endless

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        for generator in node.generators:
            self.visit(generator.iter)
            self.visit(generator.target)
        first = node.generators[0]
        with self._loop(self._kind(first.target, first.iter)):
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

    def _kind(self, target: ast.expr, over: ast.expr) -> Loop:
        if any(
            _STEPS.fullmatch(name.rpartition("_")[2].lower()) for name in self._mentions(target)
        ):
            return "steps"
        if any(_MODELS.search(name) for name in self._mentions(over) | self._mentions(target)):
            return "steps"
        if isinstance(over, ast.List | ast.Tuple) and len(over.elts) <= MOST_LITERAL_ITEMS:
            return "steps"
        if isinstance(over, ast.Call) and dotted(over.func, self._aliases) in {"range", "count"}:
            of_data = len(over.args) == 3 or any(isinstance(a, ast.Call) for a in over.args)
            return "data" if of_data else "steps"
        return "data"

    @contextmanager
    def _loop(self, kind: Loop) -> Iterator[None]:
        self._loops.append(kind)
        yield
        self._loops.pop()

    # statements

    def visit_Assign(self, node: ast.Assign) -> None:
        self._assign(tuple(node.targets), node.value, node.lineno)
        if isinstance(node.value, ast.Call):
            self._built |= dict.fromkeys(self._target_names(node.targets[0]), node.value)
        self._named_text(node.targets[0], node.value)
        with self._assigning(node.targets):
            self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign((node.target,), node.value, node.lineno)
            self._named_text(node.target, node.value)
            with self._assigning([node.target]):
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
            with self._assigning(targets):
                self.visit(item.context_expr)
        self._each(node.body)

    visit_AsyncWith = visit_With  # noqa: N815

    def _assign(self, targets: tuple[ast.expr, ...], value: ast.expr, line: int) -> None:
        names = tuple(name for target in targets for name in self._target_names(target))
        self.assignments.append(Assignment(names, self._mentions(value), self._where, line))

    def _target_names(self, target: ast.expr) -> list[str]:
        if isinstance(target, ast.Tuple | ast.List):
            return [name for item in target.elts for name in self._target_names(item)]
        if isinstance(target, ast.Subscript | ast.Starred):
            return self._target_names(target.value)
        return [dotted(target, self._aliases)]

    @contextmanager
    def _assigning(self, targets: list[ast.expr]) -> Iterator[None]:
        before = self._targets
        self._targets = tuple(name for target in targets for name in self._target_names(target))
        yield
        self._targets = before

    # expressions

    def visit_Call(self, node: ast.Call) -> None:
        keywords: dict[str, Any] = {}
        is_open = self._keywords(node, keywords)
        self.invocations.append(
            Invocation(
                name=dotted(node.func, self._aliases),
                line=node.lineno,
                column=node.col_offset + 1,
                function=self._where,
                keywords=keywords,
                mentions=frozenset().union(
                    *(self._mentions(a) for a in node.args),
                    *(self._mentions(k.value) for k in node.keywords),
                ),
                targets=self._targets,
                loop=self._innermost,
                open=is_open,
                tools=frozenset().union(
                    *(self._mentions(k.value) for k in node.keywords if k.arg == "tools")
                ),
            )
        )
        self._call_texts(node)
        told, self._told = (
            self._told,
            self._told or bool(_TELLING.search(self.invocations[-1].name)),
        )
        self.generic_visit(node)
        self._told = told

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg:
            self._name(f"{node.arg}=", node)
            if node.arg in TEXT_KEYS:
                self._text(node.value, f"key:{node.arg}")
        self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        pairs = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        if "content" in pairs and "role" in pairs:
            role = self._values.of(pairs["role"])
            self._text(pairs["content"], f"role:{role}" if isinstance(role, str) else "role:user")
        for key, value in pairs.items():
            self._name(f"{key}=", value)
            if key in TEXT_KEYS:
                self._text(value, f"key:{key}")
        texts = [self._values.of(value) for value in pairs.values()]
        if len(pairs) == len(node.keys) and all(isinstance(text, str) for text in texts):
            self._choice(texts, node, name=self._targets[0] if self._targets else "")
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        before, self._group = self._group, node.lineno * 1_000 + node.col_offset
        self.generic_visit(node)
        self._group = before

    def visit_Tuple(self, node: ast.Tuple) -> None:
        match node.elts:
            case [ast.Constant(value=str() as role), text] if role in {*_ROLES, "system"}:
                self._text(text, f"role:{_ROLES.get(role, role)}")
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
        if isinstance(node.value, str):
            self.texts.append(Text(node.value, node.lineno, node.col_offset + 1, "value"))

    # helpers

    @property
    def _where(self) -> str:
        return self._function[-1] if self._function else ""

    @property
    def _innermost(self) -> Loop | None:
        if self._waiting and self._loops:
            return "while"
        if "data" in self._loops:
            return "data"
        return self._loops[-1] if self._loops else None

    def _each(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.visit(node)

    def _mentions(self, node: ast.AST) -> frozenset[str]:
        found: set[str] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                found.add(self._aliases.get(inner.id, inner.id))
            elif isinstance(inner, ast.Attribute):
                found.add(dotted(inner, self._aliases))
        return frozenset(found)

    def _part(self, kind: Literal["head", "tail", "break"], of: ast.expr) -> None:
        self.parts.append(Part(kind, self._mentions(of), of.lineno, self._where))

    def _choice(self, texts: list[str], node: ast.stmt | ast.expr, *, name: str = "") -> None:
        if len(set(texts)) > 1:
            self.choices.append(Choice(tuple(texts), node.lineno, name))

    def _keywords(self, node: ast.Call, into: dict[str, Any]) -> bool:
        """Collect the arguments of a call, those of nested literals and calls among them."""
        is_open = False
        for position, argument in enumerate(node.args):
            into[str(position)] = self._values.of(argument)
            if isinstance(argument, ast.Call):
                self._keywords(argument, into)
        for keyword in node.keywords:
            value = self._values.of(keyword.value)
            if keyword.arg is None:
                is_open |= not isinstance(value, dict)
            else:
                into[keyword.arg] = value
            built = self._settings(keyword)
            if built is not None:
                is_open |= self._keywords(built, into)
            if isinstance(value, dict) and (keyword.arg is None or keyword.arg in _NESTED):
                into.update({key: inner for key, inner in value.items() if isinstance(key, str)})
        return is_open

    def _settings(self, keyword: ast.keyword) -> ast.Call | None:
        """Return what constructs a group of settings, there or under a name before."""
        if keyword.arg not in _NESTED:
            return None
        if isinstance(keyword.value, ast.Call):
            return keyword.value
        return self._built.get(dotted(keyword.value, self._aliases))

    def _call_texts(self, node: ast.Call) -> None:
        name = dotted(node.func, self._aliases).rpartition(".")[2]
        if name in _MESSAGES and node.args:
            self._text(node.args[0], f"role:{_MESSAGES[name]}")
        if name in _MESSAGES:
            for keyword in node.keywords:
                if keyword.arg == "content":
                    self._text(keyword.value, f"role:{_MESSAGES[name]}")
        elif _TEMPLATES.fullmatch(name) and node.args:
            self._text(node.args[0], "template")

    def _named_text(self, target: ast.expr, value: ast.expr) -> None:
        name = dotted(target, {}).rpartition(".")[2]
        if _PROMPT_NAME.search(name):
            self._text(value, f"name:{name}")

    def _text(self, node: ast.expr, use: str) -> None:
        text = self._values.text(node)
        if text is not None or use.startswith("role:"):
            self.texts.append(Text(text or "", node.lineno, node.col_offset + 1, use, self._group))


_NESTED = frozenset(
    [
        "config",
        "generation_config",
        "options",
        "inferenceConfig",
        "inference_config",
        "model_kwargs",
        "extra_body",
        "text",
        "output_config",
        "search_kwargs",
        "generate_kwargs",
    ]
)


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

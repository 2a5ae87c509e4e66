"""Literal values of Python expressions, names resolved through constants of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt.audit.probes.code.module import UNKNOWN, Lookup, nothing

Constants = Mapping[str, Any]
SLOT = " "
"""What stands for a slot of a template: a blank, for it is no text."""
_ENVIRONMENT = re.compile(r"(?:.*\.)?(?:environ\.get|getenv|config|env(?:\.str)?)")


def dotted(node: ast.expr, aliases: Mapping[str, str]) -> str:
    """Return `a.b.c` for attributes of a name, its first part resolved; `f().c` for a call's."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(aliases.get(node.id, node.id))
    elif isinstance(node, ast.Call):
        parts.append(dotted(node.func, aliases) + "()")
    elif isinstance(node, ast.Subscript):
        parts.append(dotted(node.value, aliases) + "[]")
    elif isinstance(node, ast.Await):
        parts.append(dotted(node.value, aliases))
    else:
        parts.append("")
    return ".".join(reversed(parts))


class Values:
    """Reads expressions; `constants` are those in reach, `outside` knows those of other files."""

    def __init__(self, aliases: Mapping[str, str], constants: Constants, outside: Lookup) -> None:
        self.aliases = aliases
        self._constants = constants
        self._outside = outside

    def of(self, node: ast.expr | None) -> Any:  # noqa: ANN401, PLR0911 - any literal, by kind of node
        """Return the literal value of an expression, or UNKNOWN."""
        match node:
            case None:
                return None
            case ast.Constant():
                return node.value
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                return self.text(node) or UNKNOWN
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -value
            case ast.List() | ast.Tuple() | ast.Set():
                return [self.of(item) for item in node.elts]
            case ast.Dict():
                return {
                    key.value: self.of(value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
            case ast.Name() | ast.Attribute():
                return self._named(dotted(node, self.aliases))
            case ast.BoolOp(op=ast.Or()):
                found = (v for v in map(self.of, node.values) if v is not UNKNOWN and v)
                return next(found, UNKNOWN)
            case ast.Call():
                return self._called(node)
            case _:
                return UNKNOWN

    def mentions(self, node: ast.AST) -> frozenset[str]:
        """Return the dotted names within an expression, imports resolved."""
        found: set[str] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                found.add(self.aliases.get(inner.id, inner.id))
            elif isinstance(inner, ast.Attribute):
                found.add(dotted(inner, self.aliases))
        return frozenset(found)

    def text(self, node: ast.expr | None) -> str | None:  # noqa: PLR0911 - by kind of node
        """Return the text of an expression, slots left out; None where it is no text."""
        match node:
            case ast.Constant(value=str() as value):
                return value
            case ast.JoinedStr():
                return "".join(
                    str(part.value) if isinstance(part, ast.Constant) else SLOT
                    for part in node.values
                )
            case ast.BinOp(op=ast.Add()):
                left, right = self.text(node.left), self.text(node.right)
                if left is None and right is None:
                    return None
                return (left or SLOT) + (right or SLOT)
            case ast.BinOp(op=ast.Mod()):
                return self.text(node.left)
            case ast.Call():
                return self._text_of_call(node)
            case ast.Name() | ast.Attribute():
                value = self._named(dotted(node, self.aliases))
                return value if isinstance(value, str) else None
            case _:
                return None

    def _text_of_call(self, node: ast.Call) -> str | None:
        name = dotted(node.func, self.aliases)
        if name.endswith("dedent") and node.args:
            return self.text(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr in {
            "format",
            "strip",
            "replace",
            "substitute",
        }:
            return self.text(node.func.value)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and node.args:
            items = node.args[0]
            if isinstance(items, ast.List | ast.Tuple):
                texts = [self.text(item) for item in items.elts]
                if any(texts):
                    return "\n".join(text or SLOT for text in texts)
        return None

    def _called(self, node: ast.Call) -> Any:  # noqa: ANN401
        name = dotted(node.func, self.aliases)
        if _ENVIRONMENT.fullmatch(name) and len(node.args) > 1:
            return self.of(node.args[1])
        if name in {"int", "float", "str"} and node.args:
            value = self.of(node.args[0])
            return _converted(name, value)
        if name.endswith("Field"):
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            return self.of(default or (node.args[0] if node.args else None)) or UNKNOWN
        text = self._text_of_call(node)
        return UNKNOWN if text is None else text

    def _named(self, name: str) -> Any:  # noqa: ANN401
        if name in self._constants:
            return self._constants[name]
        parts = name.split(".")
        if parts[0] in {"self", "cls"}:
            return self._constants.get(".".join(parts[1:]), UNKNOWN)
        return self._outside(name) if len(parts) > 1 else UNKNOWN


def _converted(name: str, value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and name == "int" and value.strip().isdigit():
        return int(value)
    return value


class Parsed:
    """A file's syntax tree, walked once: what names stand for, and what is assigned."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.aliases: dict[str, str] = {}
        self.assigning: list[ast.AST] = []
        modules: set[str] = set()
        for node in _statements(tree):
            if isinstance(node, _ASSIGNING):
                self.assigning.append(node)
            elif isinstance(node, ast.Import):
                for item in node.names:
                    modules.add(item.name)
                    if item.asname:
                        self.aliases[item.asname] = item.name
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                modules.add(module)
                for item in node.names:
                    full = f"{module}.{item.name}" if module else item.name
                    self.aliases[item.asname or item.name] = full
        self.modules = frozenset(modules)

    def literals(self, outside: Lookup) -> dict[str, Any]:
        """Return a file's literals by name: those of the module, of classes, and of functions.

        What is assigned twice with different values is left out, as nobody can tell which holds.
        """
        found: dict[str, Any] = {}
        values = Values(self.aliases, found, outside)
        clashing: set[str] = set()
        for node in self.assigning:
            for name, value in _assigned(node, values):
                if name in found and found[name] != value:
                    clashing.add(name)
                found[name] = value
        return {
            name: value
            for name, value in found.items()
            if value is not UNKNOWN and name not in clashing
        }


def _constructed(parsed: Parsed, values: Values) -> dict[str, Any]:
    """Return what the classes of a file are constructed with: `Settings(model="x")`."""
    classes = {node.name for node in parsed.tree.body if isinstance(node, ast.ClassDef)}
    found: dict[str, Any] = {}
    for node in _statements(parsed.tree) if classes else ():
        made = getattr(node, "value", None)
        if (
            isinstance(made, ast.Call)
            and isinstance(made.func, ast.Name)
            and made.func.id in classes
        ):
            for keyword in made.keywords:
                value = values.of(keyword.value)
                if keyword.arg and value is not UNKNOWN:
                    found[f"{made.func.id.lower()}.{keyword.arg.lower()}"] = value
    return found


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield every statement in the order of the file; most nodes are expressions."""
    todo: list[ast.stmt] = tree.body[::-1]
    while todo:
        node = todo.pop()
        yield node
        blocks = [getattr(node, name, ()) for name in ("body", "orelse", "finalbody")]
        blocks += [part.body for part in getattr(node, "handlers", ())]
        blocks += [part.body for part in getattr(node, "cases", ())]
        for block in reversed(blocks):
            todo.extend(reversed(block))


_ASSIGNING = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef)


def _assigned(node: ast.AST, values: Values) -> list[tuple[str, Any]]:
    match node:
        case ast.Assign():
            value = values.of(node.value)
            return [
                (dotted(target, {}).removeprefix("self."), value)
                for target in node.targets
                if isinstance(target, ast.Name | ast.Attribute)
            ]
        case ast.AnnAssign(value=ast.expr()):
            return [(dotted(node.target, {}).removeprefix("self."), values.of(node.value))]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            plain = node.args.posonlyargs + node.args.args
            defaults = node.args.defaults
            pairs = list(zip(plain[len(plain) - len(defaults) :], defaults, strict=True))
            named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            pairs += [(argument, default) for argument, default in named if default is not None]
            return [(argument.arg, values.of(default)) for argument, default in pairs]
        case _:
            return []


def shared_literals(file: str, parsed: Parsed, literals: Constants) -> dict[str, Any]:
    """Return a file's constants as other files name them: `config.MODEL`, `settings.model`."""
    module = file.rpartition("/")[2].removesuffix(".py")
    shared = _constructed(parsed, Values(parsed.aliases, literals, nothing))
    for node in parsed.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in literals:
                    shared[f"{module}.{target.id}"] = literals[target.id]
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if not isinstance(item, ast.Assign | ast.AnnAssign):
                    continue
                field = item.target if isinstance(item, ast.AnnAssign) else item.targets[0]
                if isinstance(field, ast.Name) and field.id in literals:
                    shared[f"{node.name.lower()}.{field.id.lower()}"] = literals[field.id]
    return shared

"""What a file of Python defines for others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from llmopt.audit.probes.code.module import Defined, Span, nothing
from llmopt.audit.probes.code.python.values import Parsed, Values

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def defined(parsed: Parsed) -> Defined:
    """Return what stands at the top of a file, and what its parameters are said to be."""
    values = Values(parsed.aliases, {}, nothing)
    classes = [node for node in parsed.tree.body if isinstance(node, ast.ClassDef)]
    return Defined(
        spans=dict(_spans(parsed.tree)),
        classes={
            node.name: frozenset(item.name for item in node.body if isinstance(item, _FUNCTIONS))
            for node in classes
        },
        bases={node.name: frozenset().union(*map(values.mentions, node.bases)) for node in classes},
        typed=dict(_typed(parsed, values)),
    )


def _spans(tree: ast.Module) -> Iterator[tuple[str, Span]]:
    for node in tree.body:
        span = Span(getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1)
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.name, span
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, span) for target in targets if isinstance(target, ast.Name))


def _typed(parsed: Parsed, values: Values) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    for node in parsed.assigning:
        if isinstance(node, _FUNCTIONS):
            for argument in node.args.posonlyargs + node.args.args + node.args.kwonlyargs:
                if argument.annotation is not None:
                    yield (node.name, argument.arg), values.mentions(argument.annotation)
            if node.returns is not None:
                yield (node.name, "return"), values.mentions(node.returns)

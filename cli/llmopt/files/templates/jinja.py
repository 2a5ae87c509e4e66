"""`format: jinja`: from a template's text to a function that fills it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

from llmopt.errors import TemplateError
from llmopt.files.problems import did_you_mean, hints, shorten
from llmopt.files.templates.filling import TEXT_LIMIT, Compiled, Fill, Flaw
from llmopt.files.templates.filters import INNER
from llmopt.files.templates.metering import METER, Meter
from llmopt.files.templates.rules import read_template
from llmopt.files.templates.sandbox import Environment

_TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "raw", "endraw")
_TOO_DEEP = "the template is nested too deeply"
_COLLAPSES = (SyntaxError, RecursionError, MemoryError)
_AT_RUN_TIME = (
    JinjaError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


@cache
def environment() -> Environment:
    """The one environment; templates share nothing else."""
    return Environment()


def compile_jinja(text: str) -> Compiled:
    """Parse, check and compile a template."""
    jinja = environment()
    try:
        tree = jinja.parse(text)
        uses, flaws = read_template(tree, text, jinja)
        if flaws:
            return Compiled(None, uses, flaws)
        return Compiled(_metered(tree), uses, can_fail=True)
    except TemplateSyntaxError as error:
        return Compiled(None, flaws=(_syntax_flaw(error, text),))
    except _COLLAPSES:
        return Compiled(None, flaws=(Flaw(0, _TOO_DEEP, "split it into simpler expressions"),))


def _metered(tree: nodes.Template) -> Fill:
    jinja = environment()
    changed = _Rewrite().visit(tree)
    changed.set_environment(jinja)
    code = jinja.compile(changed, filename="<template>")
    template = Template.from_code(jinja, code, {})

    def fill(values: Mapping[str, Any]) -> str:
        meter = Meter()
        context = template.new_context({**values, METER: meter}, shared=True)
        pieces: list[str] = []
        size = 0
        try:
            for piece in template.root_render_func(context):
                pieces.append(piece)
                size += len(piece)
                if size > TEXT_LIMIT:
                    break
        except _AT_RUN_TIME as error:
            raise TemplateError(_run_time_words(error)) from None
        if size > TEXT_LIMIT:
            raise TemplateError(f"the template makes more than {TEXT_LIMIT:,} characters")
        return "".join(pieces)

    return fill


class _Rewrite(NodeTransformer):
    """Puts filters, which the sandbox watches over, around all that takes time or makes text."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        node.iter = _filter("loop", node.iter, [])
        return node

    def visit_Operand(self, node: nodes.Operand) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        node.expr = _filter("sized", node.expr, [])
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter("sized", node.node, [])
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        if node.name not in {"defined", "undefined"}:
            node.node = _filter("sized", node.node, [])
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        first, *rest = node.nodes
        return _filter("concat", first, rest)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's shape
        self.generic_visit(node)
        target = node.node
        if isinstance(target, nodes.Getattr):
            return _filter(target.attr, target.node, node.args)
        return _filter("range", node.args[0], node.args[1:])


def _filter(name: str, node: nodes.Node, arguments: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(node, f"{INNER}{name}", arguments, [], None, None, lineno=node.lineno)


def _run_time_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    words = (error.message if isinstance(error, JinjaError) else str(error)) or ""
    unknown = re.match(r"No (test|filter) named '(\w+)'", words)
    if unknown:
        return f"there is no {unknown[1]} '{unknown[2]}'"
    if isinstance(error, TypeError) and "argument" in words:
        return "a filter or a method does not take these arguments"
    compared = re.match(r"'(\W+)' not supported between", words)
    if compared:
        return f"'{compared[1]}' cannot compare text with a number; convert it with |int or |float"
    if isinstance(error, JinjaError):
        return words
    return f"the template fails on these values: {shorten(words, 120)}"


def _syntax_flaw(error: TemplateSyntaxError, text: str) -> Flaw:
    """Jinja's syntax errors, said for people who write prompts."""
    message = error.message or ""
    offset = _line_offset(text, error.lineno)
    unknown = re.match(r"Encountered unknown tag '(\w+)'", message)
    if unknown:
        tag = unknown[1]
        near = hints(did_you_mean(tag, _TAGS), "templates have if, for, set and raw")
        if tag in _TAGS:
            return Flaw(offset, f"'{{% {tag} %}}' does not fit here", "check what it closes")
        return Flaw(offset, f"templates have no tag '{shorten(tag)}'", near)
    open_tag = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
    if open_tag or message.startswith("Unexpected end of template"):
        name = open_tag[1] if open_tag else "a tag"
        return Flaw(offset, f"'{name}' is never closed", f"add {{% end{name} %}}")
    if message.startswith("Missing end of comment"):
        return Flaw(offset, "the comment '{#' is never closed", "to write {#, say {{ '{#' }}")
    plain = message[:1].lower() + message[1:].rstrip(".")
    plain = plain.replace("end of print statement", "}}").replace("end of statement block", "%}")
    return Flaw(
        offset,
        f"the template cannot be read: {shorten(plain, 120)}",
        "to write braces that stay, put them between {% raw %} and {% endraw %}",
    )


def _line_offset(text: str, line: int) -> int:
    starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
    start = starts[min(max(line, 1), len(starts)) - 1]
    end = starts[line] if 0 < line < len(starts) else len(text)
    tag = re.search(r"\{[{%#]", text[start:end])
    return start + (tag.start() if tag else 0)

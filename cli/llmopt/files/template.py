"""From a variant to a function that renders its messages for one case."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from llmopt.domain import Message, Role, Variant
from llmopt.domain.prompts import TemplateFormat
from llmopt.errors import TemplateError
from llmopt.files.templates.bare import compile_bare
from llmopt.files.templates.beginning import static_head
from llmopt.files.templates.filling import Compiled, Fill, Flaw

EXAMPLES = "examples"
"""The variable where a variant's rendered examples stand."""

SIZE_LIMIT = 2_000_000
"""Characters of one template."""


class Renderer:
    """Renders a variant; made once a variant, used once a case.

    `variables` are the names that its templates take from a case.
    """

    __slots__ = ("_fills", "_heads", "variables")

    def __init__(
        self,
        fills: tuple[tuple[Role, Fill], ...],
        variables: frozenset[str],
        heads: tuple[str, ...] = (),
    ) -> None:
        self._fills = fills
        self._heads = heads
        self.variables = variables

    def render(self, vars: Mapping[str, Any]) -> tuple[Message, ...]:  # noqa: A002 - the users' word
        """Fill the templates with a case's variables.

        Raises:
            TemplateError: the templates cannot be filled with these values.
        """
        messages = [Message(role, fill(vars)) for role, fill in self._fills]
        for i, head in enumerate(self._heads):
            if messages[i].content.startswith(head):
                messages[i] = messages[i]._replace(static=len(head))
        return tuple(messages)


def compile_variant(variant: Variant, format: TemplateFormat) -> Renderer:  # noqa: A002 - the users' word
    """Compile a variant's templates; its examples are rendered here, once.

    Raises:
        TemplateError: a template is wrong, or an example lacks a value.
    """
    examples = render_examples(variant, format)
    fills: list[tuple[Role, Fill]] = []
    names: set[str] = set()
    for message in variant.messages:
        compiled = compile_template(message.text, format)
        fills.append((message.role, _with_examples(_usable(compiled), examples)))
        names |= {use.name for use in compiled.uses}
    if examples is not None:
        names.discard(EXAMPLES)
    heads = static_heads(variant, format, examples) if variant.cache else ()
    return Renderer(tuple(fills), frozenset(names), heads)


def static_heads(
    variant: Variant,
    format: TemplateFormat,  # noqa: A002 - the users' word
    examples: str | None,
) -> tuple[str, ...]:
    """Return how the first messages begin in every case, up to the first that varies.

    A head ends before the first placeholder other than the examples; what follows may
    be the same in all cases too, which no template says.
    """
    heads: list[str] = []
    for message in variant.messages:
        head, whole = static_head(message.text.removesuffix("\n"), format, examples)
        heads.append(head)
        if not whole:
            break
    return tuple(heads)


def render_examples(variant: Variant, format: TemplateFormat) -> str | None:  # noqa: A002
    """The variant's examples as they stand in its messages, one a line; None when it has none.

    Raises:
        TemplateError: the example template is wrong, or an example lacks a value.
    """
    if variant.example is None:
        return None
    fill = _usable(compile_template(variant.example.text, format))
    return "\n".join(fill(row) for row in variant.examples)


@lru_cache(maxsize=512)
def compile_template(text: str, format: TemplateFormat) -> Compiled:  # noqa: A002
    """Compile one text; flaws are returned, not raised."""
    if len(text) > SIZE_LIMIT:
        flaw = Flaw(0, f"the template is longer than {SIZE_LIMIT:,} characters")
        return Compiled(None, flaws=(flaw,))
    # One newline at the end belongs to the YAML block, not to the prompt.
    text = text.removesuffix("\n")
    if format == "fstring":
        from llmopt.files.templates.fstring import compile_fstring

        return compile_fstring(text)
    bare = compile_bare(text)
    if bare:
        return bare
    from llmopt.files.templates.jinja import compile_jinja

    return compile_jinja(text)


def _usable(compiled: Compiled) -> Fill:
    if compiled.fill is None:
        raise TemplateError(compiled.flaws[0].message, hint=compiled.flaws[0].hint)
    return compiled.fill


def _with_examples(fill: Fill, examples: str | None) -> Fill:
    if examples is None:
        return fill
    return lambda values: fill({**values, EXAMPLES: examples})

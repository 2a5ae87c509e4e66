"""Templates against cases: variables that are missing or unused, values that do not fit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice

from llmopt.domain import Place, Prompt
from llmopt.errors import TemplateError
from llmopt.files.cases import SHOWN, PromptCases, Shapes
from llmopt.files.problems import Report, did_you_mean, hints, listing, plural, quoted, shorten
from llmopt.files.prompts import PromptRead
from llmopt.files.template import compile_variant

TRIED = 1000
"""Cases that templates with logic are tried on before any model is called."""


def check_variables(
    read: PromptRead, shapes: Shapes, given: Mapping[str, Place], report: Report
) -> None:
    """Compare what a prompt's variants use with what its cases give."""
    if not shapes:
        return
    known = sorted(frozenset().union(*shapes))
    _report_undefined(read, known, report)
    _report_lacking(read, shapes, known, report)
    if read.whole:
        _report_unused(read, given, report)


def _report_undefined(read: PromptRead, known: list[str], report: Report) -> None:
    for variant, uses in read.uses.items():
        told: set[str] = set()
        for use in uses:
            if use.need == "never" or use.name in known or use.name in told:
                continue
            told.add(use.name)
            report.error(
                use.place,
                f"variant '{shorten(variant)}' uses undefined variable '{shorten(use.name)}'",
                hint=hints(
                    did_you_mean(use.name, known),
                    f"the cases of prompt '{shorten(read.prompt.name)}' define: "
                    f"{listing(known) or 'no variables'}",
                ),
            )


def _report_lacking(read: PromptRead, shapes: Shapes, known: Iterable[str], report: Report) -> None:
    """Cases without a variable that others give, one error a case and variable."""
    users: dict[str, list[str]] = defaultdict(list)
    for variant, uses in read.uses.items():
        for name in dict.fromkeys(use.name for use in uses if use.need == "always"):
            users[name].append(variant)
    for name in sorted(users.keys() & set(known)):
        lacking = [shape for names, shape in shapes.items() if name not in names]
        first = sorted((one for shape in lacking for one in shape.first), key=lambda one: one[1])[
            :SHOWN
        ]
        by = f"variant{'s' if len(users[name]) > 1 else ''} {quoted(users[name])}"
        verb = "use" if len(users[name]) > 1 else "uses"
        for case, place in first:
            report.error(
                place,
                f"case '{shorten(case)}' lacks variable '{shorten(name)}', which {by} {verb}",
                hint=f"add it to the case's 'vars', or write {{{{ {name} | default('') }}}}"
                if read.prompt.format == "jinja"
                else "add it to the case's 'vars'",
            )
        rest = sum(shape.count for shape in lacking) - len(first)
        if rest:
            report.rest(
                first[-1][1].file, f"and {plural(rest, 'more case')} without '{shorten(name)}'"
            )


def _report_unused(read: PromptRead, given: Mapping[str, Place], report: Report) -> None:
    used = {use.name for uses in read.uses.values() for use in uses}
    for name, place in given.items():
        if name not in used:
            report.warning(
                place,
                f"no variant of prompt '{shorten(read.prompt.name)}' uses variable"
                f" '{shorten(name)}'",
                hint=_other_format(read.prompt, name) or did_you_mean(name, used),
            )


def _other_format(prompt: Prompt, name: str) -> str | None:
    """A hint where a template says the variable in the way of the other format."""
    texts = [m.text for variant in prompt.variants.values() for m in variant.messages]
    if prompt.format == "jinja" and any(f"{{{name}}}" in text for text in texts):
        return f"write {{{{ {name} }}}} for {{{name}}}, or set 'format: fstring'"
    jinja = re.compile(rf"\{{\{{\s*{re.escape(name)}\s*\}}\}}")
    if prompt.format == "fstring" and any(jinja.search(text) for text in texts):
        return f"write {{{name}}} for {{{{ {name} }}}}, or set 'format: jinja'"
    return None


def check_values(read: PromptRead, cases: PromptCases, report: Report) -> None:
    """Fill the templates that can fail on values, case by case, and tell where they do."""
    known = frozenset().union(*cases.shapes)
    for name in sorted(read.fallible):
        if any(use.name not in known and use.need != "never" for use in read.uses[name]):
            continue  # no case could fill it, which is told already
        try:
            renderer = compile_variant(read.prompt.variants[name], read.prompt.format)
        except TemplateError:
            continue  # its flaws are reported where they stand
        needed = {use.name for use in read.uses[name] if use.need == "always"}
        told = 0
        for case in islice(cases, TRIED):
            if told == SHOWN or not needed <= case.vars.keys():
                continue
            try:
                renderer.render(case.vars)
            except TemplateError as error:
                told += 1
                report.error(
                    case.place,
                    f"variant '{shorten(name)}' cannot be filled for case"
                    f" '{shorten(case.id)}': {error.message}",
                    error.hint,
                )

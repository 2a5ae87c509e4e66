"""Templates against cases: variables that nobody gives, that some lack, that nobody uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from llmopt.domain import Place
from llmopt.files.cases import SHOWN, Shapes
from llmopt.files.problems import Report, did_you_mean, hints, listing, plural, quoted, shorten
from llmopt.files.prompts import PromptRead


def check_variables(
    read: PromptRead, shapes: Shapes, given: Mapping[str, Place], report: Report
) -> None:
    """Compare what a prompt's variants use with what its cases give."""
    if not shapes:
        return
    known = sorted(frozenset().union(*shapes))
    _report_undefined(read, known, report)
    _report_lacking(read, shapes, known, report)
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
            report.file_error(
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
                hint=did_you_mean(name, used),
            )

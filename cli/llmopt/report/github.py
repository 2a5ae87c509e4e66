"""What GitHub shows: annotations of a step, the step's summary, the comment on a pull request."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from llmopt import numbers
from llmopt.domain import Finding, Severity
from llmopt.errors import InputError, LlmoptError, Problem
from llmopt.report import markdown
from llmopt.report.checked import WORST_FIRST, Checked
from llmopt.report.prose import fold, sentences, title

COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
SHOWN = 10
"""Annotations of one kind that GitHub shows for a step; the others are dropped unseen."""
ROWS = 10
TAG = "<!-- llmopt -->"
"""Stands in the comment, unseen, so that the next run finds and rewrites it."""
COMMENT_LIMIT = 60 * 1024
SUMMARY_LIMIT = 1000 * 1024
"""Bytes; GitHub takes 64 KiB and 1 MiB."""


def as_annotations(checked: Checked) -> str:
    """Write the headline, then workflow commands: ten of each severity, then how many are left."""
    lines = [_harmless(checked.headline)]
    if checked.outcome == "nothing":  # no finding says why the step is red
        lines = [f"::error title=llmopt::{_data(checked.headline)}"]
    for severity in WORST_FIRST:
        found = [one for one in checked.findings if one.severity == severity]
        lines += [_annotation(one, checked) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            left = len(found) - SHOWN
            plural = "s" if left > 1 else ""
            lines.append(f"{numbers.count(left)} more {COMMANDS[severity]}{plural} in the summary")
    lines += map(_harmless, checked.caveats)
    return "\n".join(lines) + "\n"


def as_problems(error: LlmoptError, folder: str) -> str:
    """Write what kept a command from running: its problems at their lines, or the error alone."""
    problems = error.problems if isinstance(error, InputError) else ()
    lines = [_problem(problem, folder) for problem in problems if problem.severity == "error"]
    if not lines:
        hint = f" ({error.hint})" if error.hint else ""
        lines = [f"::error title=llmopt::{_data(error.message + hint)}"]
    return "\n".join(lines[:SHOWN]) + "\n"


def _problem(problem: Problem, folder: str) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    where = {"title": "llmopt", "file": posixpath.join(folder, problem.file)}
    if problem.line:
        where |= {"line": str(problem.line), "col": str(problem.column or 1)}
    told = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    return f"::error {told}::{_data(problem.message + hint)}"


def as_summary(checked: Checked, *, room: int = SUMMARY_LIMIT) -> str:
    """Write the markdown for $GITHUB_STEP_SUMMARY, at most `room` bytes."""
    return markdown.cut(markdown.as_section(checked), room)


def as_comment(checked: Checked) -> str:
    """Write the comment on a pull request: headline, ten rows, the rest folded."""
    lines = [TAG, markdown.opening(checked), ""]
    if not checked.changed and checked.outcome == "pass":
        lines.append("Nothing changed.")
        return "\n".join(lines) + "\n"
    lines += [*markdown.table(checked.table, most=ROWS), *markdown.notes(checked.caveats)]
    return markdown.cut("\n".join(lines) + "\n", COMMENT_LIMIT // 2) + _folded(checked)


def _folded(checked: Checked) -> str:
    inner = "\n".join(_details(checked)).strip("\n")
    if not inner:
        return ""
    text = f"<details><summary>Details</summary>\n\n{inner}\n\n"
    return markdown.cut(text, COMMENT_LIMIT // 2, "</details>\n")


def _details(checked: Checked) -> Iterator[str]:
    if checked.table and len(checked.table.rows) > ROWS:
        yield from markdown.table(checked.table)
    yield from markdown.table(checked.detail)
    yield from markdown.findings(checked)
    yield from markdown.notes(checked.notes)


def _annotation(finding: Finding, checked: Checked) -> str:
    place = checked.place(finding.place)
    properties = {
        "title": f"llmopt ({title(finding)})",
        "file": place.file,
        "line": max(1, place.line),
        "endLine": max(1, place.line),
        "col": max(1, place.column),
    }
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {told}::{_data(' '.join(sentences(finding)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _harmless(text: str) -> str:
    """Return one line that the runner does not take for a workflow command."""
    line = fold(text)
    return f"llmopt {line}" if line.startswith(("::", "##[")) else line

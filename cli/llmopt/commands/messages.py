"""How problems and errors are put to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmopt.errors import InputError, LlmoptError, Problem
from llmopt.report.document import json_text


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Write problems one under the other: what, where, how to mend it."""
    for problem in problems:
        yield f"{problem.severity}: {problem.message}"
        yield f"  --> {problem.where}"
        if problem.hint:
            yield f"  hint: {problem.hint}"


def error_lines(error: LlmoptError) -> Iterator[str]:
    """Write an error; one in the user's files as all its problems and their number."""
    if isinstance(error, InputError):
        yield from problem_lines(error.problems)
        yield error.message
        return
    yield f"error: {error.message}"
    if error.hint:
        yield f"  hint: {error.hint}"


def error_document(error: LlmoptError) -> str:
    """Write an error as the one JSON document of a command that failed."""
    problems = error.problems if isinstance(error, InputError) else ()
    document = {
        "schema_version": 1,
        "error": {
            "kind": type(error).__name__,
            "message": error.message,
            "hint": error.hint,
            "problems": [
                {
                    "severity": problem.severity,
                    "message": problem.message,
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "hint": problem.hint,
                }
                for problem in problems
            ],
        },
    }
    return json_text(document)

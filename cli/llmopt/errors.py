"""The error tree. `app` alone turns it into messages and exit codes.

LlmoptError
 ├ InputError       problems in the user's files, all of them at once
 ├ UsageError       flags and arguments that cannot be followed
 ├ MissingError     an optional part (package, key, run, file) that is not there
 ├ StoreError       the run store or the response cache cannot be read or written
 │  └ UnderWayError another process runs the trials of the run
 ├ ProviderError    one call to a model failed; becomes the trial's failure
 ├ ScorerError      a scorer failed on one reply; becomes the trial's failure
 │  └ JudgeError    the model that it asked did not answer, or not readably
 └ Interrupted      the user stopped the command
    └ InterruptedRun   while it ran trials; they are saved
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ProviderErrorKind = Literal[
    "authentication",
    "permission",
    "not_found",
    "bad_request",
    "context_length",
    "content_filter",
    "rate_limit",
    "overloaded",
    "server",
    "timeout",
    "connection",
    "certificate",
    "invalid_response",
    "not_recorded",
]

RETRYABLE: frozenset[ProviderErrorKind] = frozenset(
    {"rate_limit", "overloaded", "server", "timeout", "connection", "invalid_response"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a user's file: what, where, how to mend it.

    `line` and `column` count from 1; None where the whole file is meant.
    """

    message: str
    file: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def where(self) -> str:
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)


class LlmoptError(Exception):
    """Base of all errors that llmopt raises on purpose; `hint` says how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(LlmoptError):
    """The user's files have problems; all of them are here."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in your files")


class UsageError(LlmoptError):
    """A flag or an argument cannot be followed."""


class MissingError(LlmoptError):
    """Something optional is not there: a package, a key, a run, a file."""


class StoreError(LlmoptError):
    """A file that llmopt keeps, the run store or the response cache, cannot be used."""


class UnderWayError(StoreError):
    """Another process runs the trials of a run that was to go on or to be deleted."""


class ProviderError(LlmoptError):
    """One call to a model failed.

    `retry_after_ms` is the pause that the provider asked for, in milliseconds. `late` says
    that it came inside of an answer that had begun well, which may be charged whatever its kind.
    """

    def __init__(
        self,
        kind: ProviderErrorKind,
        message: str,
        *,
        hint: str | None = None,
        retry_after_ms: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind: ProviderErrorKind = kind
        self.retry_after_ms = retry_after_ms
        self.late = False

    @property
    def retryable(self) -> bool:
        return self.kind in RETRYABLE


class TemplateError(LlmoptError):
    """A template failed on one case's variables."""


class ScorerError(LlmoptError):
    """A scorer failed on one reply."""


class JudgeError(ScorerError):
    """A model that a scorer asked did not answer, or its answer cannot be read."""


class Interrupted(LlmoptError):  # noqa: N818 - it is no error of anybody's
    """The user stopped the command while no run was under way."""


class InterruptedRun(Interrupted):
    """The user stopped the run; what was paid for is saved under `run_id`."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"interrupted; run {run_id} is saved",
            hint=f"go on with: {resume_command(run_id)}",
        )
        self.run_id = run_id


def resume_command(run_id: str) -> str:
    """Return the command that goes on with a run."""
    return f"llmopt eval --resume {run_id}"

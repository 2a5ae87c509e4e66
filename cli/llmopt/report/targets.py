"""Every format by its name and by a file's ending: the one place that `--format` and `-o` ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from llmopt.errors import UsageError
from llmopt.report.checked import Checked, in_folder
from llmopt.report.github import as_annotations, as_comment
from llmopt.report.gitlab import as_gitlab
from llmopt.report.junit import as_junit
from llmopt.report.sarif import as_sarif

CI: Mapping[str, Callable[[Checked], str]] = {
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_annotations,
    "github-comment": as_comment,
    "gitlab": as_gitlab,
}
"""Formats that are written alike for every kind of report."""

ENDINGS: Mapping[str, str] = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".xml": "junit",
    ".sarif": "sarif",
}

T = TypeVar("T")


class Target(NamedTuple):
    """A file to write, and in which format."""

    format: str
    path: Path


@dataclass(frozen=True, slots=True)
class Formats(Generic[T]):
    """What one kind of report can be written as: formats of its own, and those of CI."""

    own: Mapping[str, Callable[[T], str]]
    checked: Callable[[T], Checked] | None = None
    """None where there is nothing that CI would act on."""

    def text(self, format: str, report: T, *, folder: str = "") -> str:  # noqa: A002 - the flag
        """Write `report`; `folder` leads from the repository to the project."""
        if format in self.own:
            return self.own[format](report)
        return CI[format](self.seen_from(report, folder))

    def seen_from(self, report: T, folder: str) -> Checked:
        """Return what CI shows of `report`, its places as seen from the repository."""
        assert self.checked is not None, "formats of CI are offered only where this is set"  # noqa: S101 - for mypy
        return in_folder(self.checked(report), folder)

    @property
    def _ci(self) -> Mapping[str, Callable[[Checked], str]]:
        return CI if self.checked else {}

    def target(self, asked: Path) -> Target:
        """Tell format and file of `-o FILE` or `-o FORMAT:FILE`.

        Raises:
            UsageError: the ending stands for no format that this report has.
        """
        name, colon, rest = str(asked).partition(":")
        if colon and rest and (name in self.own or name in self._ci):
            return Target(name, Path(rest))
        found = ENDINGS.get(asked.suffix.lower())
        if found in self.own or found in self._ci:
            return Target(str(found), asked)
        raise UsageError(f"cannot tell the format of '{asked}'", hint=self._hint())

    def _hint(self) -> str:
        ends = [end for end, name in ENDINGS.items() if name in self.own or name in self._ci]
        return f"end it in {', '.join(ends)}; or say it: -o gitlab:report.json"

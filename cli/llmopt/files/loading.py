"""A project's files to a suite, and everything that is wrong with them, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmopt.domain import Config, Place, Suite
from llmopt.errors import MissingError, Problem
from llmopt.files.problems import Report, did_you_mean, hints, listing, shorten
from llmopt.files.source import display_name
from llmopt.files.sources import Sources, yaml_files

if TYPE_CHECKING:  # these import pydantic and yaml, which wait until something is loaded
    from llmopt.files.config import ConfigRead, Located
    from llmopt.files.prompts import PromptRead
    from llmopt.files.source import Source
    from llmopt.files.testcases import CasesRead
    from llmopt.files.yaml_nodes import Mapping

CONFIG_NAME = "llmopt.yaml"


class Loaded(NamedTuple):
    """What was readable, and what was not."""

    suite: Suite
    problems: tuple[Problem, ...]


def find_root(start: Path) -> tuple[Path, Path | None]:
    """The project's folder and its llmopt.yaml; without one, `start` and None."""
    start = start.absolute()
    for folder in (start, *start.parents):
        config = folder / CONFIG_NAME
        if config.is_file():
            return folder, config
    return start, None


def load(start: Path, *, config: Path | None = None) -> Loaded:
    """Load the project that `start` lies in, or the one that `config` belongs to.

    Raises:
        MissingError: there is no file `config`.
    """
    return load_noting(start, config=config)[0]


def load_noting(start: Path, *, config: Path | None = None) -> tuple[Loaded, Sources]:
    """Load a project as `load` does, and note what it was read from.

    Raises:
        MissingError: there is no file `config`.
    """
    if config is not None and not config.is_file():
        raise MissingError(f"there is no configuration file {config}")
    root, path = (config.absolute().parent, config.absolute()) if config else find_root(start)
    report = Report()
    sources = Sources(root, path or root / CONFIG_NAME)
    sources.note(sources.config)
    if not root.is_dir():
        report.file_error(str(start), "this folder does not exist")
        nothing = Config((), None, {}, {}, None)
        return Loaded(Suite(root, nothing, {}, {}, {}), report.problems()), sources
    suite = _Loading(root, report, sources).suite(path)
    return Loaded(suite, report.problems()), sources


class _Loading:
    def __init__(self, root: Path, report: Report, sources: Sources) -> None:
        self._root = root
        self._report = report
        self._sources = sources
        self._names: set[str] = set()
        """The prompts that files define, readable or not."""
        self._names_known = True
        self._cases_read = True
        self._config_read = True

    def suite(self, config_path: Path | None) -> Suite:
        config = self._config(config_path)
        prompts = self._prompts(config)
        cases = self._cases(config, prompts)
        self._check_named(config, prompts)
        return self._joined(config, prompts, cases)

    def _config(self, path: Path | None) -> ConfigRead:
        from llmopt.files.config import NO_CONFIG, read_config

        document = self._document(path) if path else None
        if document is None:
            self._config_read = path is None
            return NO_CONFIG._replace(config=replace(NO_CONFIG.config, path=path))
        source, root = document
        return read_config(root, source, self._report)

    def _document(self, path: Path) -> tuple[Source, Mapping] | None:
        from llmopt.files.source import read_source
        from llmopt.files.yaml_nodes import compose

        self._sources.note(path)
        source = read_source(path, self._root, self._report)
        root = compose(source, self._report) if source else None
        return (source, root) if source and root else None

    def _prompts(self, config: ConfigRead) -> dict[str, PromptRead]:
        from llmopt.files.prompts import read_prompt

        prompts: dict[str, PromptRead] = {}
        for path in self._files(config.prompts, "prompts"):
            document = self._document(path)
            if document is None:
                self._names_known = False
                continue
            source, root = document
            read = read_prompt(root, source, self._report)
            self._note_name(root)
            if read is None:
                continue
            self._sources.belongs(read.prompt.name, path)
            first = prompts.setdefault(read.prompt.name, read)
            if first is not read:
                self._report.error(
                    read.prompt.place,
                    f"two files define prompt '{shorten(read.prompt.name)}'",
                    hint=f"the first one is at {first.prompt.place}",
                )
        if self._names_known and not self._names:
            self._report.file_error(
                config.prompts[0].text,
                "there are no prompts here",
                hint="make prompts/NAME.yaml; `llmopt schema prompt` says what it holds",
            )
        return prompts

    def _note_name(self, root: Mapping) -> None:
        """Remember which prompt a file is about, even where the rest of it is wrong."""
        name = root.get("prompt")
        text = getattr(name, "text", None)
        self._names_known = self._names_known and text is not None
        if text is not None:
            self._names.add(text)

    def _cases(
        self, config: ConfigRead, prompts: dict[str, PromptRead]
    ) -> dict[str, list[CasesRead]]:
        from llmopt.files.testcases import read_testcases

        cases: dict[str, list[CasesRead]] = {}
        for path in self._files(config.testcases, "testcases"):
            document = self._document(path)
            read = None
            if document is not None:
                source, root = document
                read = read_testcases(root, source, self._root, self._report)
            if read is None:
                self._cases_read = False
                continue
            self._sources.files |= read.data
            self._sources.belongs(read.prompt, path, *read.data)
            if read.prompt in prompts:
                cases.setdefault(read.prompt, []).append(read)
            elif self._is_unknown(read.prompt):
                self._report.error(
                    read.place,
                    f"these cases are for prompt '{shorten(read.prompt)}', which does not exist",
                    hint=_known_prompts(read.prompt, prompts),
                )
        return cases

    def _is_unknown(self, prompt: str) -> bool:
        return self._names_known and prompt not in self._names

    def _check_named(self, config: ConfigRead, prompts: dict[str, PromptRead]) -> None:
        for setting, name, place in config.named_prompts:
            if self._is_unknown(name):
                self._report.error(
                    place,
                    f"{setting} given for prompt '{shorten(name)}', which does not exist",
                    hint=_known_prompts(name, prompts),
                )

    def _joined(
        self,
        config: ConfigRead,
        prompts: dict[str, PromptRead],
        files: dict[str, list[CasesRead]],
    ) -> Suite:
        from llmopt.files.cases import Listed, Part, PromptCases
        from llmopt.files.scoring import check_helpers
        from llmopt.files.variables import check_values, check_variables

        joined: dict[str, PromptCases] = {}
        for name, read in prompts.items():
            listed = Listed()
            parts: list[Part] = [listed]
            given: dict[str, Place] = {}
            for file in files.get(name, []):
                for draft in file.drafts:
                    listed.append(draft.case(len(listed)))
                parts += file.tables
                given = {**file.given, **given}
            joined[name] = PromptCases(parts)
            joined[name].report_duplicate_ids(self._report)
            check_variables(read, joined[name].shapes, given, self._report)
            check_values(read, joined[name], self._report)
            check_helpers(joined[name].scorers, config.config, self._report)
            if all(file.empty for file in files.get(name, [])) and self._cases_read:
                self._report.warning(
                    read.prompt.place,
                    f"prompt '{shorten(name)}' has no test cases",
                    hint=f"add a file with 'prompt: {shorten(name)}' to the test cases",
                )
        return Suite(
            root=self._root,
            config=config.config,
            prompts={name: read.prompt for name, read in prompts.items()},
            cases=dict(joined),
            labels={name: cases.labels for name, cases in joined.items()},
            scorers={name: cases.scorers for name, cases in joined.items()},
            limited=frozenset(name for name, cases in joined.items() if cases.limited),
        )

    def _files(self, named: tuple[Located, ...], kind: str) -> list[Path]:
        """The YAML files in the folders that the configuration names, each once, in order."""
        files: dict[Path, None] = {}
        for text, place in named:
            path = self._root / text
            if not self._is_inside(path):
                self._refuse(kind)
                told = f"'{shorten(text)}' lies outside the project"
                hint = f"{kind} must be in the folder of {CONFIG_NAME} or below it"
                if place:
                    self._report.error(place, told, hint)
                else:
                    self._report.file_error(text, told, hint)
                continue
            self._sources.named.append(path)
            if _is(path.is_dir):
                files |= dict.fromkeys(yaml_files(path, self._closed))
                continue
            self._sources.note(path)
            if _is(path.is_file):
                files.setdefault(path)
            elif place:
                self._refuse(kind)
                self._report.error(place, f"there is no folder or file '{shorten(text)}'")
            elif kind == "prompts":
                self._names_known = False
                if not self._config_read:
                    continue  # it may name another folder
                self._report.file_error(
                    text,
                    "there is no folder for prompts here",
                    hint="make one; or name yours under 'prompts:' in llmopt.yaml",
                )
        return [path for path in files if self._stays(path, kind)]

    def _stays(self, path: Path, kind: str) -> bool:
        """Whether a file is one of the project; a link may lead out of it."""
        if self._is_inside(path):
            return True
        self._refuse(kind)
        self._report.file_error(
            display_name(path, self._root),
            "this link leads out of the project",
            hint="put the file itself here",
        )
        return False

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._root.resolve())
        except (OSError, ValueError, RuntimeError):
            return True  # what it is, is told when it is read

    def _refuse(self, kind: str) -> None:
        """Remember that some prompts or cases are not known, so that nothing is missed for it."""
        self._names_known = self._names_known and kind != "prompts"
        self._cases_read = self._cases_read and kind != "testcases"

    def _closed(self, error: OSError) -> None:
        name = display_name(Path(error.filename), self._root)
        reason = (error.strerror or "error").lower()
        self._names_known = self._cases_read = False
        self._report.file_error(name, f"the folder cannot be read: {reason}")


def _is(question: Callable[[], bool]) -> bool:
    """Ask of a path what may fail, as for a name that is too long; then it is not."""
    try:
        return question()
    except OSError:
        return False


def _known_prompts(name: str, prompts: dict[str, PromptRead]) -> str | None:
    return hints(
        did_you_mean(name, prompts),
        f"prompts are: {listing(list(prompts))}" if prompts else "there are no prompts yet",
    )

"""Evaluations that are run again when a file of theirs changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from llmopt.api.asked import Asked
from llmopt.api.evaluation import EvaluatedRun
from llmopt.api.manner import Manner
from llmopt.api.project import sound
from llmopt.decide.figures import Figures
from llmopt.domain import Candidate, Request, ScorerSpec, Suite, TrialKey
from llmopt.errors import Interrupted, LlmoptError
from llmopt.evaluate.caching import CacheUse
from llmopt.evaluate.plan import Plan, Selection
from llmopt.evaluate.tally import Tally
from llmopt.files.loading import Loaded, find_root, load_noting
from llmopt.files.problems import listing
from llmopt.files.source import display_name
from llmopt.files.sources import Sources, Stamp, stamp
from llmopt.providers.registry import is_local
from llmopt.scorers import python_function


class Noticing(Protocol):
    """Where a watch learns that something has changed; what, it finds out by itself."""

    def __call__(self, folders: Collection[Path], /) -> AbstractContextManager[Callable[[], None]]:
        """Notice what changes in these folders from now on; what is yielded waits for it.

        Raises:
            FileNotFoundError: one of them is gone.
        """
        ...


class Turn(NamedTuple):
    """One time that files are read, and evaluated if they can be; `number` counts from 1."""

    number: int
    at: datetime
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """A finished evaluation: `before` has the figures of the last that was run to its end."""

    suite: Suite
    run: EvaluatedRun
    before: Mapping[Candidate, Figures]
    calls: Tally


class Told(Protocol):
    """Who is told how a watch goes."""

    def begins(self, turn: Turn) -> None:
        """Files are about to be read."""

    def loaded(self, loaded: Loaded) -> None:
        """The files have no errors."""

    def fails(self, error: LlmoptError) -> None:
        """They have some, or the evaluation failed."""

    def idle(self) -> None:
        """Nothing of what is watched has to be run again."""

    def ends(self, done: Round, total: Tally) -> None:
        """A round is over; `total` is that of all rounds so far."""

    def waits(self) -> None:
        """Nothing happens until a file changes."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is evaluated, and how: as `api.evaluation` has it.

    `evaluate` carries out one evaluation. `besides` names files that it reads and the
    project's files do not name; `outputs` are those that it writes: they change nothing.
    """

    asked: Asked
    manner: Manner
    evaluate: Callable[[Suite, Asked, Manner], EvaluatedRun]
    start: Path = field(default_factory=Path.cwd)
    config: Path | None = None
    besides: Callable[[Suite], Iterable[Path]] = lambda _: ()
    outputs: Collection[Path] = ()


def watch(watched: Watched, told: Told, noticing: Noticing) -> Tally:
    """Evaluate, and again whenever a file changes, until Ctrl-C comes while nothing runs.

    A round runs the prompts whose files changed since they were last evaluated, and all
    after a change of the configuration. What is wrong is told and waited on.
    `manner.max_cost` holds for all rounds together. Returns the calls of all rounds.

    Raises:
        InterruptedRun: the user stopped a round; what was finished is kept.
    """
    with _no_compiled_files():
        return _Watch(watched, told, noticing).run()


class _Watch:
    def __init__(self, watched: Watched, told: Told, noticing: Noticing) -> None:
        self._watched = watched
        self._told = told
        self._noticing = noticing
        self._ignored = {path.resolve() for path in watched.outputs}
        self._number = 0
        self._sources = _nothing_read(watched)
        self._beside: dict[Path, Stamp | None] = {}
        self._settled: Sources | None = None
        """What the last round that came to its end was read from."""
        self._unsettled: set[Path] = set()
        """What has changed since."""
        self._figures: dict[Candidate, Figures] = {}
        self._total = Tally()
        self._asked_anew: set[Candidate] = set()

    def run(self) -> Tally:
        changed: dict[Path, Stamp | None] = {}
        while True:
            self._turn(changed)
            try:
                changed = self._next()
            except KeyboardInterrupt:
                return self._total

    def _turn(self, changed: dict[Path, Stamp | None]) -> None:
        self._number += 1
        root, now = self._sources.root, self._watched.manner.outside.now()
        names = tuple(sorted(display_name(path, root) for path in changed))
        self._told.begins(Turn(self._number, now, names))
        self._unsettled |= changed.keys()
        self._sources.files |= changed
        self._beside |= {path: one for path, one in changed.items() if path in self._beside}
        if changed.keys() & python_function.imported(root):
            python_function.forget()
        try:
            self._evaluate()
        except Interrupted:
            raise
        except LlmoptError as error:
            self._told.fails(error)
        else:
            self._settled = self._sources
            self._unsettled.clear()

    def _evaluate(self) -> None:
        loaded, self._sources = load_noting(self._watched.start, config=self._watched.config)
        suite = sound(loaded)
        self._told.loaded(loaded)
        selection = self._selection(suite)
        self._beside = {path: stamp(path) for path in self._watched.besides(suite)}
        if selection is None:
            self._told.idle()
            return
        calls = Tally()
        try:
            asked = replace(self._watched.asked, selection=selection)
            run = self._watched.evaluate(suite, asked, self._manner(calls))
        finally:
            self._total.add(calls)
        before = dict(self._figures)
        if not run.ended_by_budget:
            self._remember(run)
        self._told.ends(Round(suite, run, before, calls), self._total)

    def _selection(self, suite: Suite) -> Selection | None:
        """Return what has to be run, None for nothing."""
        asked = self._watched.asked.selection
        whole = {self._sources.config, *self._beside}
        if self._settled is None or self._unsettled & whole:
            return asked
        touched = self._touched(suite)
        prompts = tuple(
            name
            for name in asked.prompts or suite.prompts
            if name in touched and len(suite.cases.get(name, ()))
        )
        offered = {variant for name in prompts for variant in suite.prompts[name].variants}
        variants = tuple(name for name in asked.variants if name in offered)
        if not prompts or (asked.variants and not variants):
            return None
        return replace(asked, prompts=prompts, variants=variants)

    def _touched(self, suite: Suite) -> set[str]:
        """Return the prompts that a change may have changed."""
        made_of = (self._settled or self._sources).of_prompt, self._sources.of_prompt
        touched = {name for of in made_of for name, files in of.items() if files & self._unsettled}
        if any(path.suffix == ".py" for path in self._unsettled):
            touched |= {name for name, used in suite.scorers.items() if any(map(_is_python, used))}
        return touched

    def _manner(self, calls: Tally) -> Manner:
        """Return how a round is carried out: with what is left of the money."""
        given = self._watched.manner

        def settle(budget: Mapping[str, Any]) -> None:
            # It counts what calls without an answer may have cost.
            calls.spent, calls.known = budget["spent"], True

        return replace(
            given,
            max_cost=None
            if given.max_cost is None
            else max(0.0, given.max_cost - self._total.spent),
            observers=(*given.observers, calls.observe),
            on_budget=settle,
            on_plan=self._warn,
        )

    def _warn(self, plan: Plan) -> None:
        """Say of what every round will have to be paid for, once of each candidate."""
        manner = self._watched.manner
        found = [one for one in asked_anew(plan, manner.cache_use) if one not in self._asked_anew]
        self._asked_anew.update(found)
        if found:
            why = (
                "only answers of temperature 0 or with a seed are kept; --cache on keeps all"
                if manner.cache_use.mode == "read-write"
                else "--cache says so"
            )
            names = listing([str(one) for one in found], 3)
            manner.notice(f"every round asks anew, and pays for, {names}: {why}")

    def _remember(self, run: EvaluatedRun) -> None:
        again = {candidate.prompt for candidate in run.result.run.candidates}
        kept = {one: of for one, of in self._figures.items() if one.prompt not in again}
        self._figures = kept | {one.candidate: one for one in run.result.candidates}

    def _next(self) -> dict[Path, Stamp | None]:
        """Wait for changes and return them; those made during the last round come at once."""
        waiting = False
        while True:
            try:
                with self._noticing(self._folders()) as wait:
                    changed = self._changes()
                    if changed:
                        return changed
                    if not waiting:
                        self._told.waits()
                    waiting = True
                    wait()
            except FileNotFoundError:  # a folder went between two looks
                continue

    def _changes(self) -> dict[Path, Stamp | None]:
        now = {path: stamp(path) for path in self._others()}
        changed = {path: one for path, one in now.items() if self._others()[path] != one}
        changed |= self._sources.changes()
        return {path: one for path, one in changed.items() if path.resolve() not in self._ignored}

    def _others(self) -> dict[Path, Stamp | None]:
        return self._beside | python_function.imported(self._sources.root)

    def _folders(self) -> set[Path]:
        """Return the folders that are there in which something may change, links followed."""
        others = self._others()
        files = (*self._sources.files, *others)
        wanted = self._sources.folders() | {path.parent for path in others}
        wanted |= {path.resolve().parent for path in files}
        return {_nearest(folder).resolve() for folder in wanted}


def asked_anew(plan: Plan, cache: CacheUse) -> Iterator[Candidate]:
    """Yield the paid candidates of a plan whose answers the response cache does not give."""
    for planned in plan.candidates:
        price = planned.model.price
        free = is_local(planned.model) or (price and not price.input and not price.output)
        request = Request((), planned.params, TrialKey(*planned.candidate, "", 0))
        if not free and not (cache.mode == "read-write" and cache.covers(request)):
            yield planned.candidate


def _nothing_read(watched: Watched) -> Sources:
    root, config = find_root(watched.start)
    if watched.config:
        config = watched.config.absolute()
        root = config.parent
    return Sources(root, config or root)


def _nearest(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _is_python(spec: ScorerSpec) -> bool:
    return spec.name == "python" or any(map(_is_python, spec.parts))


@contextmanager
def _no_compiled_files() -> Iterator[None]:
    """Let Python keep no compiled scorers: two saves within a second look alike to it."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before

"""What deciding early saves, and what it costs in right decisions: replays of made-up grids.

    python benchmarks/decide_replay.py [--grids 100] [--programs 3] [--seed N]

The grids, and why they are drawn as they are, stand in `_grids.py`. Two replays:

1. Through the whole program: each grid is written as a project and a recording of
   scores; `llmopt eval -m recorded/past.jsonl` runs it to the end and then, for both
   margins and both targets, with `--until-decided`. Anybody's table of past outcomes
   replays the same way.
2. In memory, on many more grids: the same race from the same parts (`Standing`,
   `log_e_paths`, `first_crossing`, `out_of_reach`). On every grid of the first replay it
   must use the same number of cases for every candidate and adopt the same one, or this
   ends with 1.

What is measured: `calls used` are the trials run, those on which candidates are measured
before they race included, as a share of the full grid. `proof alone` are the calls of
somebody who was told the full grid's choice and only has that one proven against the
baseline, by the same e-process at the same alpha: a bound below which no order of the
race, and no rule for giving up, gets. `agreement` is the share of prompts whose race
adopts exactly the full grid's choice, near ties in cost included; `dearer` by how much
what was adopted costs more than that choice, on average.

The full grid's own choice is the cheapest candidate, dearer ones than the baseline
apart, whose accuracy over all cases is above the baseline's less the margin. For
`--target traffic` a second yardstick is one look at the complete run (Tango's test,
Holm over candidates).

The contrast is a paired t-test of the same hypotheses at 5 % that looks at every tenth
case, from the thirtieth on, and stops when it likes what it sees.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import _grids
import numpy as np

import llmopt
from llmopt.decide.cases import Pairs
from llmopt.decide.judgement import Rule, fixed_judgements
from llmopt.decide.stopping import FIRST_LOOK, LOOK_EVERY
from llmopt.domain import Measured
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.plan import Selection, make_plan
from llmopt.evaluate.standing import MOST, START, Chain, Standing
from llmopt.stats.epaths import first_crossing, log_e_paths
from llmopt.stats.eprocess import TIE, log_threshold
from llmopt.stats.forecast import out_of_reach
from llmopt.stats.proportion import wilson

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

ALPHA = 0.05
RULES = [
    Rule(margin=margin, alpha=ALPHA, target=target)
    for target in ("suite", "traffic")
    for margin in (0.02, 0.05)
]
RECORDING = "recorded/past.jsonl"
T_FIRST_LOOK, T_LOOK_EVERY = 30, 10  # of the t-test; earlier looks would only err more often


class Comparison(Protocol):
    """Takes differences in order; returns the cases used and whether that ended in adoption."""

    def __call__(
        self, differences: Floats, rule: Rule, rivals: int, *, every: bool
    ) -> tuple[int, bool]: ...


class Way(NamedTuple):
    """A rule, and whether every candidate is decided on (`--all`)."""

    rule: Rule
    every: bool


WAYS = [Way(rule, every=False) for rule in RULES] + [
    Way(rule, every=True) for rule in RULES if rule.target == "suite"
]


class Raced(NamedTuple):
    """How one prompt's race ended: cases used by variant, and who was adopted, if anybody."""

    used: dict[int, int]
    adopted: int | None

    @property
    def calls(self) -> int:
        """Trials run: each rival's, and the baseline's as far as any rival went."""
        return sum(self.used.values()) + max(self.used.values())


class Truth(NamedTuple):
    """What a rule should find on one prompt: `difference` per variant is what its target is about.

    `own_choice` is the full grid's, `one_look` what a complete run adopts for traffic;
    `proof` the calls that prove the full grid's choice, and nothing else.
    """

    difference: Floats
    own_choice: int | None
    one_look: int | None
    proof: int


class Row(NamedTuple):
    """One prompt's race beside the truth."""

    task: _grids.Task
    rule: Rule
    raced: Raced
    truth: Truth

    @property
    def agrees(self) -> bool:
        return self.raced.adopted == self.truth.own_choice

    @property
    def wrong(self) -> bool:
        adopted = self.raced.adopted
        return adopted is not None and bool(
            self.truth.difference[adopted] < -self.rule.margin - TIE
        )

    @property
    def dearer(self) -> float | None:
        """How much more the adopted one costs than the full grid's choice."""
        adopted, choice, cost = self.raced.adopted, self.truth.own_choice, self.task.cost
        return (
            None if adopted is None or choice is None else float(cost[adopted] / cost[choice] - 1)
        )


Rows = dict[Way, list[Row]]


def evidence(differences: Floats, rule: Rule, rivals: int, *, every: bool) -> tuple[int, bool]:
    """Compare as `--until-decided` does."""
    population = differences.size if rule.target == "suite" else None
    adopt, reject = log_threshold(rule.alpha, candidates=rivals), log_threshold(rule.alpha)
    paths = log_e_paths(differences, margin=rule.margin, population=population)
    up = int(first_crossing(paths.noninferior, adopt))
    down = int(first_crossing(paths.inferior, reject))
    end = min((n for n in (up, down) if n), default=differences.size)
    if rule.target == "traffic" and not every:
        for look in looks(end - 1):
            if out_of_reach(
                differences[:look],
                margin=rule.margin,
                left=differences.size - look,
                adopt=adopt,
                alpha=rule.alpha,
            ):
                return look, False
    return end, bool(up) and up == end


def looks(cases: int) -> Iterator[int]:
    """Yield the numbers of cases after which it is asked whether to go on."""
    look = FIRST_LOOK
    while look <= cases:
        yield look
        look = max(look + LOOK_EVERY, look * 11 // 10)


def peeking_t_test(
    differences: Floats, rule: Rule, rivals: int, *, every: bool
) -> tuple[int, bool]:
    """Compare as somebody who looks at every tenth case and corrects for nothing."""
    del rivals, every
    counts = np.arange(T_FIRST_LOOK, differences.size + 1, T_LOOK_EVERY)
    sums, squares = np.cumsum(differences)[counts - 1], np.cumsum(differences**2)[counts - 1]
    mean = sums / counts
    error = np.sqrt(np.maximum(squares / counts - mean**2, 0) / (counts - 1))
    limit = _t_quantiles(rule.alpha)[: counts.size]
    seen = error > 0  # no verdict from no variance: kinder than the formula
    up = first_crossing(np.where(seen, mean + rule.margin - limit * error, -1.0), 0.0)
    down = first_crossing(np.where(seen, -mean - rule.margin - limit * error, -1.0), 0.0)
    adopted = bool(up) and bool(not down or up < down)
    look = int(up if adopted else down)
    return (int(counts[look - 1]) if look else differences.size), adopted


@lru_cache
def _t_quantiles(alpha: float) -> Floats:
    """Return Student's quantile at every look up to 1,000 cases."""
    from scipy import stats

    return np.asarray(stats.t.ppf(1 - alpha, np.arange(T_FIRST_LOOK, 1001, T_LOOK_EVERY) - 1))


def race(
    task: _grids.Task, order: Ints, rule: Rule, compare: Comparison, *, every: bool = False
) -> Raced:
    """Measure the rivals, then let them meet the baseline as `Standing` orders them."""
    rivals = sorted(range(1, task.variants), key=lambda v: task.instruction[v])
    left: list[Chain] = [(rival,) for rival in rivals]
    adopted, good = list[int](), list[int]()
    seen = dict.fromkeys(rivals, START)
    trials = [
        [Measured(1.0, cost, None) for cost in row]
        for row in task.dollars[:, order[:MOST]].tolist()
    ]
    used = dict(seen)
    while step := Standing(
        trials[0][: max(seen.values())], {rival: trials[rival][:n] for rival, n in seen.items()}
    ).next_step(left, adopted, every=every, cases=task.cases):
        if step.action == "measure":
            seen |= dict.fromkeys(step.who, step.cases)
            used = {rival: max(used[rival], n) for rival, n in seen.items()}
            continue
        left.remove(step.who)
        if step.action == "drop":
            continue
        (rival,) = step.who
        differences = (task.scores[rival] - task.scores[0])[order]
        cases, is_good = compare(differences, rule, task.variants - 1, every=every)
        used[rival] = max(used[rival], cases)
        saved = (task.dollars[0] - task.dollars[rival])[order[:cases]].sum()
        if is_good and saved > 0:
            adopted.append(rival)
        good += [rival] if is_good else []
    saving = {rival: _saving(task, order[: used[rival]], rival) for rival in good}
    best = max(saving, key=lambda rival: saving[rival], default=None)
    return Raced(used, best if best is not None and saving[best] > 0 else None)


def _saving(task: _grids.Task, seen: Ints, rival: int) -> float:
    """Return what a rival saves on the cases it was run on, as its verdict sees it."""
    return float(1 - task.dollars[rival][seen].sum() / task.dollars[0][seen].sum())


def cheapest(task: _grids.Task, good: Iterable[int]) -> int | None:
    """Return the cheapest of some variants that is cheaper than the baseline."""
    there = [v for v in good if task.cost[v] < task.cost[0]]
    return min(there, key=lambda v: float(task.cost[v]), default=None)


def own_choice(task: _grids.Task, margin: float) -> int | None:
    """Return the full grid's own choice."""
    means = task.scores.mean(axis=1)
    over = means - means[0] + margin
    return cheapest(task, (v for v in range(1, task.variants) if over[v] > TIE))


def one_look(task: _grids.Task, rule: Rule) -> int | None:
    """Return what a complete run without peeking adopts for traffic."""
    rows = task.scores[1:] - task.scores[0]
    found = fixed_judgements([Pairs(row, row) for row in rows], rule, task.cases)
    return cheapest(task, (v for v, j in enumerate(found, start=1) if j.decision == "adopt"))


def truth(task: _grids.Task, order: Ints, rule: Rule) -> Truth:
    """Work out what a rule should find."""
    means = task.scores.mean(axis=1)
    suite = rule.target == "suite"
    choice = own_choice(task, rule.margin)
    differences = (task.scores[choice or 0] - task.scores[0])[order]
    alone, _ = evidence(differences, rule, task.variants - 1, every=False)
    return Truth(
        difference=means - means[0] if suite else task.difference,
        own_choice=choice,
        one_look=None if suite else one_look(task, rule),
        proof=2 * alone if choice else 0,
    )


def run_program(folder: Path, *flags: str) -> dict[str, Any]:
    """Run `llmopt eval` on a written grid; return its JSON document."""
    command = [sys.executable, "-m", "llmopt", "eval", "-m", RECORDING, "-q", "--format", "json"]
    done = subprocess.run([*command, *flags], cwd=folder, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def program_races(
    folder: Path, tasks: Sequence[_grids.Task], rule: Rule, *, every: bool
) -> list[Raced]:
    """Race through the whole program, one trial at a time as in memory."""
    found = run_program(
        folder, "--until-decided", "--concurrency", "1", "--alpha", str(rule.alpha),
        "--margin", str(rule.margin * 100), "--target", rule.target,
        *(["--all"] if every else []),
    )  # fmt: skip
    races = [_raced(found, task) for task in tasks]
    if found["totals"]["calls"] != sum(raced.calls for raced in races):
        sys.exit("the program's calls are not those of its verdicts")
    return races


def _raced(found: dict[str, Any], task: _grids.Task) -> Raced:
    rows = [row for row in found["candidates"] if row["prompt"] == task.name]
    used = {int(row["variant"][1:]): row["trials"] for row in rows if not row["baseline"]}
    adopted = [row for row in rows if row["verdict"]["decision"] == "adopt"]
    best = max(adopted, key=lambda row: row["verdict"]["cost_saving"], default=None)
    return Raced(
        {variant: cases for variant, cases in used.items() if cases},
        int(best["variant"][1:]) if best else None,
    )


def complete_choices(folder: Path, tasks: Sequence[_grids.Task]) -> dict[float, list[int | None]]:
    """Run a grid to its end; return its own choice per margin and prompt, from the verdicts."""
    found = run_program(folder, "--target", "suite")
    choices: dict[float, list[int | None]] = {}
    for margin in sorted({rule.margin for rule in RULES}):
        choices[margin] = []
        for task in tasks:
            good = [
                (row["cost_per_1k_calls"], int(row["variant"][1:]))
                for row in found["candidates"]
                if row["prompt"] == task.name
                and not row["baseline"]
                and row["cost_saving"] > 0
                and row["verdict"]["accuracy_delta"] > TIE - margin
            ]
            choices[margin].append(min(good)[1] if good else None)
    return choices


def planned_orders(folder: Path) -> dict[str, Ints]:
    """Return the seeded order of cases that the program will use."""
    suite = llmopt.load(folder)
    plan = make_plan(suite, resolve_models(suite, [RECORDING], folder=folder), Selection())
    return {name: np.asarray(order) for name, order in plan.order.items()}


def through_the_program(rng: np.random.Generator, grids: int) -> bool:
    """Replay grids end to end; print, and return whether the replay in memory is the same."""
    rows: Rows = {way: [] for way in WAYS}
    same = True
    for _ in range(grids):
        tasks = _grids.make(_grids.PROJECT, rng)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _grids.write(tasks, folder)
            orders = planned_orders(folder)
            choices = complete_choices(folder, tasks)
            for way in WAYS:
                rule, every = way
                races = program_races(folder, tasks, rule, every=every)
                same &= races == [
                    race(task, orders[task.name], rule, evidence, every=every) for task in tasks
                ]
                same &= choices[rule.margin] == [own_choice(t, rule.margin) for t in tasks]
                rows[way] += [
                    Row(t, rule, r, truth(t, orders[t.name], rule))
                    for t, r in zip(tasks, races, strict=True)
                ]
    print(f"\nThrough the whole program: {grids} grids of 20 prompts, complete and until decided")
    _print_rows(rows)
    print(f"the replay in memory is the same, trial by trial: {'yes' if same else 'NO'}")
    return same


def in_memory(rng: np.random.Generator, grids: int, shape: _grids.Shape) -> Rows:
    """Replay many grids, each prompt in one random order; print, and return evidence's races."""
    rows: Rows = {way: [] for way in WAYS}
    peeked: Rows = {way: [] for way in WAYS if not way.every}
    for _ in range(grids):
        for task in _grids.make(shape, rng):
            order = rng.permutation(task.cases)
            known = {rule: truth(task, order, rule) for rule in RULES}
            compared: list[tuple[Comparison, Rows]] = [(evidence, rows), (peeking_t_test, peeked)]
            for compare, found in compared:
                for rule, every in found:
                    raced = race(task, order, rule, compare, every=every)
                    found[Way(rule, every)].append(Row(task, rule, raced, known[rule]))
    _print_rows(rows)
    for rule in RULES:
        if rule.target == "traffic":
            looks = [row.truth.one_look is not None for row in rows[Way(rule, every=False)]]
            print(f"one look at the whole grid, {rule.margin:.0%}: adopts any {np.mean(looks):.1%}")
    print("a paired t-test that looks at every tenth case:")
    _print_rows(peeked)
    return rows


def _print_rows(rows: Rows) -> None:
    print(
        "target         margin   calls   proof   agreement with the   dearer    one look"
        "   adopts   false\n                        used    alone   full grid's choice   than it"
        "   agrees     any      adoptions"
    )
    for (rule, every), found in rows.items():
        wrong = sum(row.wrong for row in found)
        low, high = wilson(wrong, len(found))
        looks = np.mean([row.raced.adopted == row.truth.one_look for row in found])
        agree = np.mean([row.agrees for row in found])
        dearer = np.mean([row.dearer for row in found if row.dearer is not None])
        print(
            f"{rule.target + (', --all' if every else ''):13s}  {rule.margin:5.0%}"
            f"   {_share(found):6.1%}  {_proof(found):6.1%}   {agree:18.1%}"
            f"   {dearer:7.1%}"
            f"   {f'{looks:8.1%}' if rule.target == 'traffic' else '       -'}"
            f"   {np.mean([row.raced.adopted is not None for row in found]):6.1%}"
            f"   {wrong / len(found):6.2%} [{low:.2%}, {high:.2%}]"
        )


def _share(rows: Sequence[Row]) -> float:
    """Return the calls used of all these prompts' full grids."""
    return sum(row.raced.calls for row in rows) / sum(row.task.scores.size for row in rows)


def _proof(rows: Sequence[Row]) -> float:
    """Return the calls that prove the choices alone, of all these prompts' full grids."""
    return sum(row.truth.proof for row in rows) / sum(row.task.scores.size for row in rows)


PARTS: dict[str, Callable[[Row], bool]] = {
    "200-300 cases": lambda row: row.task.cases <= 300,
    "301-600 cases": lambda row: 300 < row.task.cases <= 600,
    "601-1000 cases": lambda row: row.task.cases > 600,
    "labels": lambda row: not row.task.text,
    "texts": lambda row: row.task.text,
}


def print_where(rows: Rows) -> None:
    """Print on which grids the saving and the agreement hold, for the suite."""
    print("\nWhere it holds (target suite): calls used / proof alone / agreement")
    print("margin   " + "".join(f"{name:25s}" for name in PARTS))
    suite = {way: found for way, found in rows.items() if way in WAYS[:2]}
    for way, found in suite.items():
        groups = [[row for row in found if part(row)] for part in PARTS.values()]
        cells = (
            f"{_share(g):5.1%} / {_proof(g):5.1%} / {np.mean([r.agrees for r in g]):6.1%}"
            for g in groups
        )
        print(f"{way.rule.margin:6.0%}   " + "  ".join(cells))
    for way, found in suite.items():
        reasons = Counter(_why(row) for row in found if not row.agrees)
        said = ", ".join(f"{why} {n / len(found):.1%}" for why, n in reasons.most_common())
        print(f"disagreement at {way.rule.margin:.0%}: {said or 'none'}")


def _why(row: Row) -> str:
    """Say how a race and the full grid's own choice differ."""
    raced, choice = row.raced, row.truth.own_choice
    if row.wrong:
        return "false adoption"
    if raced.adopted is None:
        return "nothing adopted"
    if choice is None:
        return "adopted where the full grid has no choice"
    cost = row.task.cost
    if cost[raced.adopted] < cost[choice]:
        return "adopted one that is cheaper, but outside the margin"
    if cost[raced.adopted] < 1.01 * cost[choice]:
        return "adopted one less than 1 % dearer"
    return "adopted one that is dearer by more"


def main() -> int:
    """Print every table; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--grids", type=int, default=100, help="grids replayed in memory")
    parser.add_argument("--programs", type=int, default=3, help="grids through the whole program")
    parser.add_argument("--seed", type=int, default=20_250_102)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    started = time.perf_counter()
    print(f"seed {options.seed}, alpha {ALPHA:.0%}")
    same = through_the_program(rng, options.programs)
    print(f"\nIn memory: {options.grids} grids of 20 prompts, 8-12 rivals, 200-1,000 cases")
    rows = in_memory(rng, options.grids, _grids.PROJECT)
    print_where(rows)
    few = max(1, options.grids // 20)
    print(f"\nIn memory: {few} grids of 20 prompts, 100 rivals, 200 cases")
    wide = in_memory(rng, few, _grids.SEARCH)
    worst = max(np.mean([row.wrong for row in f]) for r in (rows, wide) for f in r.values())
    print(f"\nworst false-adoption rate: {worst:.2%} (must stay below {ALPHA:.0%})")
    print(f"{time.perf_counter() - started:.0f} s")
    return int(worst >= ALPHA or not same)


if __name__ == "__main__":
    sys.exit(main())

from __future__ import annotations

from collections.abc import Mapping

from llmopt.domain import ScorerSpec, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.comparing import Against, Comparing
from llmopt.evaluate.plan import Plan, Task
from llmopt.scorers.base import Need, Scorer, needs_of
from llmopt.scorers.registry import build


class Scoring:
    """The scorers of a suite, each built once however many cases share it."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._built: dict[tuple[str, int], tuple[ScorerSpec, Scorer]] = {}

    def prepare(self, plan: Plan) -> None:
        """Build every scorer that the plan needs, before any model is called.

        Raises:
            UsageError: a scorer that does not exist, or options it does not take.
        """
        for prompt in plan.order:
            for spec in self._suite.scorers.get(prompt, ()):
                self._scorer(prompt, spec)

    def needs(self, plan: Plan) -> dict[Need, str]:
        """Return the models that the plan's scorers ask, each with where it is wanted.

        Raises:
            UsageError: as `prepare`.
        """
        found: dict[Need, str] = {}
        for prompt in plan.order:
            for spec in self._suite.scorers.get(prompt, ()):
                where = f"scorer '{spec.name}'" + (f" ({spec.place})" if spec.place else "")
                for need in needs_of(self._scorer(prompt, spec)).models:
                    found.setdefault(need, where)
        return found

    def comparing(self, plan: Plan, kept: Mapping[int, Against]) -> Comparing | None:
        """Say which trials are compared with the baseline's; None where no scorer compares.

        Raises:
            UsageError: the baseline that a scorer compares with is not in the plan.
        """
        prompts = [name for name in plan.order if self._compare(name)]
        for name in prompts:
            if name not in plan.baselines:
                raise UsageError(
                    f"prompt '{name}' is judged by comparison with its baseline, which is not "
                    "in this run",
                    hint="let --variant and --model include the baseline's",
                )
        if not prompts:
            return None
        return Comparing(plan, lambda task: needs_of(self.of(task)).baseline, kept)

    def notes(self, plan: Plan) -> list[str]:
        """Return what must stand beside the figures of prompts that are judged by comparison."""
        return [
            f"{name}: a comparison with the baseline's reply scores 1 where it is won, 0.5 where "
            "it is tied, 0 where it is lost; 50% is as good as the baseline."
            for name in plan.order
            if self._compare(name)
        ]

    def _compare(self, prompt: str) -> bool:
        specs = self._suite.scorers.get(prompt, ())
        return any(needs_of(self._scorer(prompt, spec)).baseline for spec in specs)

    def of(self, task: Task) -> Scorer:
        """Return the scorer of a task's case."""
        return self._scorer(task.planned.candidate.prompt, task.case.score)

    def _scorer(self, prompt: str, spec: ScorerSpec) -> Scorer:
        # By identity: the cases of a file share one spec, and the entry keeps it alive.
        key = (prompt, id(spec))
        if key not in self._built:
            labels = self._suite.labels.get(prompt, ())
            self._built[key] = (spec, build(spec, labels=labels, root=self._suite.root))
        return self._built[key][1]

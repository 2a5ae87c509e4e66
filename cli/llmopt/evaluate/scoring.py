from __future__ import annotations

from llmopt.domain import ScorerSpec, Suite
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

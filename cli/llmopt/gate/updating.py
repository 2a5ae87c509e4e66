"""A new baseline from an old one and what was counted and measured since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from llmopt import numbers
from llmopt.domain import Candidate
from llmopt.gate.baseline import Baseline, Entry, RunFigures
from llmopt.gate.comparing import relative
from llmopt.gate.matching import match


@dataclass(frozen=True, slots=True)
class Update:
    """The baseline as it was (None: there was none) and as it becomes.

    `renamed` maps new names to old ones; `taken` are the candidates whose run figures
    are new, `kept` those whose figures of an earlier run stay, `refused` says why some
    of the run were not taken.
    """

    before: Baseline | None
    after: Baseline
    renamed: Mapping[Candidate, Candidate]
    taken: tuple[Candidate, ...]
    kept: tuple[Candidate, ...]
    refused: Mapping[Candidate, str] = field(default_factory=dict)

    @property
    def added(self) -> list[Candidate]:
        """Candidates that are new, renamed ones apart."""
        old = self.before.entries if self.before else {}
        return [c for c in self.after.entries if c not in old and c not in self.renamed]

    @property
    def removed(self) -> list[Candidate]:
        """Candidates that are gone, renamed ones apart."""
        old = self.before.entries if self.before else {}
        gone = set(self.renamed.values())
        return [c for c in old if c not in self.after.entries and c not in gone]

    @property
    def changed(self) -> list[tuple[Entry, Entry]]:
        """Candidates whose offline figures differ: before and after, the largest change first."""
        old = self.before.entries if self.before else {}
        pairs = [
            (old[was], entry)
            for candidate, entry in self.after.entries.items()
            if (was := self.renamed.get(candidate, candidate)) in old
        ]
        moved = [(a, b) for a, b in pairs if _offline(a) != _offline(b)]
        return sorted(moved, key=lambda pair: -abs(_growth(*pair) or 0.0))


def updated(
    before: Baseline | None,
    counted: Baseline,
    runs: Mapping[Candidate, RunFigures],
    *,
    refused: Mapping[Candidate, str] | None = None,
) -> Update:
    """Take what was counted, the figures in `runs`, and else the run figures there were."""
    matches = match(counted, before).matches if before else {}
    renamed = {c: m.then.candidate for c, m in matches.items() if m.how == "renamed"}
    old = before.entries if before else {}
    kept: list[Candidate] = []
    entries: dict[Candidate, Entry] = {}
    for candidate, entry in counted.entries.items():
        earlier = old.get(renamed.get(candidate, candidate))
        run = runs.get(candidate) or (earlier.run if earlier else None)
        if run and candidate not in runs:
            kept.append(candidate)
        entries[candidate] = replace(entry, run=run)
    taken = tuple(c for c in runs if c in entries)
    after = replace(counted, entries=entries)
    return Update(before, after, renamed, taken, tuple(kept), refused or {})


def summary(update: Update, name: str) -> Iterator[str]:
    """Say in three lines what an update changed."""
    parts = [
        f"{count} {word}"
        for count, word in (
            (len(update.added), "added"),
            (len(update.changed), "changed"),
            (len(update.renamed), "renamed"),
            (len(update.removed), "removed"),
        )
        if count
    ]
    total = len(update.after.entries)
    of = f"{numbers.count(total)} candidate{'' if total == 1 else 's'}"
    yield f"{name}: {of}, {', '.join(parts) or 'the same as before'}"
    yield _largest(update)
    yield _runs(update)


def _largest(update: Update) -> str:
    gone = f"; gone: {', '.join(map(str, update.removed[:3]))}" if update.removed else ""
    moved = [pair for pair in update.changed if _growth(*pair)]
    if not moved:
        common = len(update.after.entries) > len(update.added)
        return f"input tokens: {'unchanged' if common else 'counted'}{gone}"
    before, after = moved[0]
    return (
        f"input tokens: {after.candidate} "
        f"{numbers.tokens(before.input_tokens, exact=before.exact)} → "
        f"{numbers.tokens(after.input_tokens, exact=after.exact)} "
        f"({numbers.change(_growth(before, after))})"
        f"{', the most' if len(moved) > 1 else ''}{gone}"
    )


def _runs(update: Update) -> str:
    if update.taken:
        run = update.after.entries[update.taken[0]].run
        text = f"run {run.id if run else ''}: figures of {len(update.taken)} taken"
        text += f", those of {len(update.kept)} kept" if update.kept else ""
        return text + _refusal(update)
    if update.kept:
        return f"run figures: those of {len(update.kept)} kept"
    return "run figures: none; `llmopt baseline update --from latest` takes those of a run"


def _refusal(update: Update) -> str:
    if not update.refused:
        return ""
    candidate, why = next(iter(update.refused.items()))
    others = f" (and {len(update.refused) - 1} more)" if len(update.refused) > 1 else ""
    return f"; not taken: {candidate}, {why}{others}"


def _offline(entry: Entry) -> tuple[object, ...]:
    return (
        entry.template,
        entry.tokenizer,
        float(f"{entry.input_tokens:.7g}"),
        entry.max_input_tokens,
        entry.static_prefix_tokens,
    )


def _growth(before: Entry, after: Entry) -> float | None:
    return relative(after.input_tokens, before.input_tokens)

"""All probes, one after another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from llmopt.audit.facts import Facts
from llmopt.audit.probes.code.reading import read_code
from llmopt.audit.probes.dependencies import read_dependencies
from llmopt.audit.probes.deploy.reading import read_deployment
from llmopt.audit.probes.project import read_project
from llmopt.audit.probes.promptfoo import read_promptfoo
from llmopt.audit.probes.runs import read_runs
from llmopt.audit.probes.tree import walk
from llmopt.audit.probes.usage.reading import read_usage
from llmopt.audit.probes.writings import read_writings


def collect(
    root: Path, *, config: Path | None = None, today: date, tracked_since: date | None = None
) -> Facts:
    """Collect the facts of the project at `root`; what cannot be read is noted."""
    tree = walk(root)
    shipped = tree.without_tests()
    notes = list(tree.notes)
    project = read_project(root, config, notes)
    usage = read_usage(project.settings.usage, root, notes)
    return Facts(
        today=today,
        code=read_code(tree, notes),
        deployment=read_deployment(shipped, notes),
        dependencies=read_dependencies(shipped, notes),
        writings=read_writings(shipped),
        usage=usage,
        usage_unread=len(usage.evidence) < len(project.settings.usage),
        project=project,
        runs=read_runs(root, notes),
        comparisons=read_promptfoo(shipped),
        tracked_since=tracked_since,
        notes=tuple(notes),
    )

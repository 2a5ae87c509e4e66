"""Configurations of promptfoo: which prompts and providers they compare."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt.audit.probes.deploy.documents import documents
from llmopt.audit.probes.tree import Tree
from llmopt.domain import Evidence, Place


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a configuration compares: models by name, and how many prompts."""

    evidence: Evidence
    models: tuple[str, ...]
    prompts: int


def read_promptfoo(tree: Tree) -> tuple[Comparison, ...]:
    """Return the comparisons that promptfoo configurations declare."""
    found = []
    for file in tree.named("promptfooconfig.yaml", "promptfooconfig.yml"):
        try:
            document = next(documents(tree.text(file) or ""), None)
        except ValueError:
            continue
        if not isinstance(document, dict):
            continue
        providers = document.get("providers") or []
        prompts = document.get("prompts") or []
        names = [
            str(item.get("id") if isinstance(item, dict) else item).rpartition(":")[2]
            for item in (providers if isinstance(providers, list) else [providers])
        ]
        evidence = Evidence("promptfoo compares prompts or models", Place(file, 1, 1))
        count = len(prompts) if isinstance(prompts, list) else 1
        found.append(Comparison(evidence, tuple(names), count))
    return tuple(found)

"""What tells causes apart: digests of templates and of case sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from llmopt.domain import Case, Prompt, Variant
from llmopt.evaluate.plan import scorer_values
from llmopt.gate.baseline import CaseSet

_BYTES = 6
"""Of a digest in the baseline file: 12 characters, for some hundred variants at most."""


def template_digest(prompt: Prompt, variant: Variant) -> str:
    """Return a digest of all that a variant says, whatever it is called and on what model."""
    return _digest(
        [
            prompt.format,
            [(message.role, message.text) for message in variant.messages],
            variant.example.text if variant.example else None,
            [dict(example) for example in variant.examples],
        ]
    )


def case_inputs(case: Case) -> str:
    """Return a digest of what a case sends, and of its name."""
    return _digest([case.id, case.vars])


def case_set(cases: Iterable[Case]) -> CaseSet:
    """Return which cases these are, in whatever order."""
    sent: list[str] = []
    expected: list[str] = []
    for case in cases:
        sent.append(case_inputs(case))
        expected.append(_digest([case.id, case.expect, scorer_values(case.score)]))
    return CaseSet(len(sent), _digest(sorted(sent)), _digest(sorted(expected)))


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()

"""Two suites cut down to the test cases that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmopt.domain import Case, Suite
from llmopt.gate.identity import case_inputs


def on_common_cases(now: Suite, then: Suite) -> tuple[Suite, Suite]:
    """Return both suites with, of each prompt, the cases that send the same in both.

    A prompt without any keeps all: its case sets then differ, and comparing says so.
    """
    ours, theirs = dict(now.cases), dict(then.cases)
    for name in ours.keys() & theirs.keys():
        sent = [{case_inputs(case) for case in cases} for cases in (ours[name], theirs[name])]
        both = sent[0] & sent[1]
        if both and sent[0] != sent[1]:
            ours[name], theirs[name] = _kept(ours[name], both), _kept(theirs[name], both)
    return replace(now, cases=ours), replace(then, cases=theirs)


def _kept(cases: Sequence[Case], inputs: set[str]) -> Sequence[Case]:
    return [case for case in cases if case_inputs(case) in inputs]

"""Checked things for tests of the CI formats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llmopt.domain import Evidence, Finding, Place, Rule, Saving
from llmopt.report.checked import Check, Checked, Outcome, Table

DEARER = Rule("GATE101", "more-input-tokens", "The prompt grew.", "Take out what is not needed.")
ODD = Rule("GATE102", "costs-more", "The price went up.", "Choose a cheaper model.")
NASTY = "a%b\r\nc: d, `e` <b>|*x*|</b> @everyone <!-- llmopt --> \x00\x1b[31m ]]> ::error::x"


def a_finding(**changes: Any) -> Finding:
    return replace(
        Finding(
            rule=DEARER,
            severity="error",
            message="mood/short: 31 → 40 tokens (+29%), allowed +0%",
            key="mood/short/acme/one",
            place=Place("prompts/mood.yaml", 7, 3),
            evidence=(Evidence("measured here", Place("prompts/mood.yaml", 9, 5)),),
            saving=Saving(1200.0, 31.0, "at 40,000 calls a day"),
            effort="low",
            fix="take the second example out",
        ),
        **changes,
    )


def a_check(**changes: Any) -> Check:
    return replace(
        Check("mood", "short on acme/one: input_tokens", "input_tokens", "pass", "31 → 31"),
        **changes,
    )


def checked(outcome: Outcome = "fail", **changes: Any) -> Checked:
    return replace(
        Checked(
            command="gate",
            headline="Monthly cost +$41 (+12%): 1 prompt grew",
            outcome=outcome,
            checks=(a_check(outcome=outcome),),
            findings=(a_finding(),) if outcome == "fail" else (),
            table=Table(
                ("candidate", "before", "after"), (("short", "31", "40"),), frozenset({1, 2})
            ),
            notes=("Prices as of 2026-01-01.",),
        ),
        **changes,
    )

"""JUnit XML, as Jenkins, GitLab, CircleCI and others read it.

A check that failed is a `failure`; one that could not be decided, or had nothing to
compare, is an `error`, so that the file is as red as the exit code (3, 2) is. A
warning passes and says so in `system-out`; what was left open without any consequence is `skipped`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from llmopt.report.checked import Check, Checked, Outcome, numbered

ELEMENTS: dict[Outcome, str] = {
    "fail": "failure",
    "undecided": "error",
    "nothing": "error",
    "skipped": "skipped",
    "warn": "system-out",
    "pass": "system-out",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(checked: Checked) -> str:
    """Write one suite a group, one case a check; with nothing to check, one passing case."""
    root = ET.Element("testsuites", name=f"llmopt {checked.command}")
    groups = [(name, _told(checks, checked)) for name, checks in checked.groups()]
    said = {check.outcome for check in checked.checks}
    if not said or (checked.exit_code and checked.outcome not in said):
        groups.append((checked.command, [_whole(checked)]))
    total: Counter[str] = Counter()
    for name, cases in groups:
        suite = ET.SubElement(root, "testsuite", name=clean(name))
        suite.extend(cases)
        if checked.caveats:
            ET.SubElement(suite, "system-out").text = clean("\n".join(checked.caveats))
        counts = _counts(cases)
        _count(suite, counts)
        total += counts
    _count(root, total)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def clean(text: str) -> str:
    """Replace what XML 1.0 cannot hold: control characters and halves of surrogate pairs."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _told(checks: Sequence[Check], checked: Checked) -> list[ET.Element]:
    names = numbered([check.name for check in checks])
    return [_case(check, name, checked) for check, name in zip(checks, names, strict=True)]


def _whole(checked: Checked) -> ET.Element:
    """Return the case that stands for the whole, where no single check says what it came to."""
    said = Check(checked.command, "outcome", "outcome", checked.outcome, checked.headline)
    return _case(said, said.name, checked)


def _case(check: Check, name: str, checked: Checked) -> ET.Element:
    where: dict[str, str] = {}
    if check.place:
        place = checked.place(check.place)
        where = {"file": clean(place.file), "line": str(place.line)}
    case = ET.Element(
        "testcase",
        {"classname": clean(f"llmopt.{checked.command}.{check.group}"), "name": clean(name)}
        | where,
    )
    tag = ELEMENTS[check.outcome]
    inner = ET.SubElement(case, tag)
    if tag != "system-out":
        inner.set("message", clean(check.said))
    if tag in {"failure", "error"}:
        inner.set("type", clean(check.kind))
    if tag != "skipped":
        inner.text = clean(f"warning: {check.said}" if check.outcome == "warn" else check.said)
    return case


def _counts(cases: Sequence[ET.Element]) -> Counter[str]:
    tags = Counter(inner.tag for case in cases for inner in case)
    return Counter(
        tests=len(cases),
        failures=tags["failure"],
        errors=tags["error"],
        skipped=tags["skipped"],
    )


def _count(element: ET.Element, counts: Counter[str]) -> None:
    for name in ("tests", "failures", "errors", "skipped"):
        element.set(name, str(counts[name]))

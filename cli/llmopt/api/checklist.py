"""The cost audit of a project."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from llmopt.audit import history, registry
from llmopt.audit.auditing import audit
from llmopt.audit.check import Check
from llmopt.audit.probes.collect import collect
from llmopt.audit.probes.tree import Tree
from llmopt.audit.result import Audit
from llmopt.audit.verdict import AuditReport
from llmopt.errors import UsageError
from llmopt.files.loading import find_root


@dataclass(frozen=True, slots=True)
class AuditManner:
    """What is judged, and what the audit is held against.

    `findings` is the file of the findings that were there before (by default the
    project's own), `new_only` asks for those that were not. `diff` names an earlier
    audit. A whole audit is kept for later ones if `keep`.
    """

    config: Path | None = None
    wanted: Collection[str] | None = None
    fail_under: float | None = None
    findings: Path | None = None
    new_only: bool = False
    update_findings: bool = False
    diff: str | None = None
    keep: bool = False


def checklist(
    path: Path | str = ".",
    *,
    config: Path | None = None,
    wanted: Collection[str] | None = None,
    now: datetime | None = None,
) -> Audit:
    """Audit the project at `path`; `wanted` are codes of checks, all of them by default.

    Raises:
        UsageError: `path` is no folder.
    """
    root = root_of(path, config)
    moment = now or datetime.now(UTC)
    facts = collect(
        root, config=config, today=moment.date(), tracked_since=history.tracked_since(root)
    )
    return audit(
        facts, registry.checks().keys() if wanted is None else wanted, Tree(root, (), ()).text
    )


def audited(path: Path | str, manner: AuditManner, *, now: datetime) -> AuditReport:
    """Audit a project and hold the result against what was asked for.

    Raises:
        UsageError: `path` is no folder, or a file to compare with is not what it should be.
        MissingError: there is no such earlier audit.
    """
    root = root_of(path, manner.config)
    known = manner.findings or root / history.BASELINE_FILE
    earlier = history.find(root, manner.diff) if manner.diff else None
    before = history.read_baseline(known) if manner.new_only else None
    found = checklist(root, config=manner.config, wanted=manner.wanted, now=now)
    if manner.update_findings:
        _write(known, history.baseline_text(found))
    report = AuditReport(
        found,
        fail_under=manner.fail_under,
        before=before,
        changes=history.changes(earlier, found) if earlier else None,
    )
    if manner.keep and len(found.results) == len(registry.checks()):
        return _kept(root, report, now)
    return report


def _kept(root: Path, report: AuditReport, now: datetime) -> AuditReport:
    """Keep the audit; a project that cannot be written to is audited all the same."""
    from dataclasses import replace

    from llmopt.report.audited import as_document

    try:
        history.keep(root, as_document(report), now)
    except OSError as error:
        note = f"the audit is not kept: {error.strerror or error}"
        return replace(report, audit=replace(report.audit, notes=(*report.audit.notes, note)))
    return report


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror}") from error


def named_check(code: str) -> Check:
    """Return one check by its code or its name.

    Raises:
        UsageError: there is none.
    """
    checks, found = registry.checks(), _checked(code)
    fitting = [known for known in checks if known.startswith(found)]
    if len(fitting) > 1:
        raise UsageError(f"'{code}' stands for several checks", hint=", ".join(fitting))
    return checks[fitting[0]]


def root_of(path: Path | str, config: Path | None = None) -> Path:
    """Return the folder to audit: the one asked for, or the project around the working folder.

    Raises:
        UsageError: it is no folder.
    """
    start = Path(path)
    if not start.is_dir():
        raise UsageError(f"'{path}' is no folder", hint="name the folder of the project to audit")
    if config is not None and not config.is_file():
        raise UsageError(f"there is no configuration file {config}")
    return find_root(start)[0] if str(path) == "." else start.absolute()


def codes(
    *, areas: Sequence[str] = (), only: Sequence[str] = (), skip: Sequence[str] = ()
) -> list[str]:
    """Return the codes of the checks asked for; a beginning (`INF2`) stands for all it fits.

    Raises:
        UsageError: an area or a code that does not exist.
    """
    known = registry.areas()
    names = {area.code: area.code for area in known} | {area.name: area.code for area in known}
    for area in areas:
        if area not in names and area.upper() not in names:
            raise UsageError(
                f"there is no area '{area}'",
                hint=f"areas are {', '.join(f'{a.code} ({a.name})' for a in known)}",
            )
    chosen = [names.get(area) or names[area.upper()] for area in areas]
    starts = [_checked(code) for code in only]
    left = tuple(_checked(code) for code in skip)
    return [
        code
        for code in registry.checks()
        if (not chosen or code.startswith(tuple(chosen)))
        and (not starts or code.startswith(tuple(starts)))
        and not (left and code.startswith(left))
    ]


def _checked(code: str) -> str:
    upper, checks = code.upper(), registry.checks()
    by_name = {check.name: check.code for check in checks.values()}
    if code in by_name:
        return by_name[code]
    if not upper or not any(known.startswith(upper) for known in checks):
        from llmopt.files.problems import did_you_mean, hints

        raise UsageError(
            f"there is no check '{code}'",
            hint=hints(did_you_mean(upper, checks), "`llmopt checklist` lists them"),
        )
    return upper

"""`llmopt.baseline.json`: written so that it diffs and merges well, read with suspicion.

Everything is sorted and stands one figure a line, so that two branches that
measured different candidates merge, and one that measured nothing new changes nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from llmopt.domain import Candidate, Measure, Price
from llmopt.errors import InputError, MissingError, UsageError
from llmopt.files.problems import Report, shorten
from llmopt.files.reading import read
from llmopt.files.schemas.baseline import (
    BASELINE_VERSION,
    BaselineFile,
    BaselinePrice,
    BaselinePrompt,
    FiguresEntry,
    MeasureEntry,
    RunEntry,
)
from llmopt.files.source import Source, display_name, read_source
from llmopt.files.yaml_nodes import Scalar, compose
from llmopt.gate.baseline import Baseline, CaseSet, Entry, Measured, PromptState, RunFigures
from llmopt.stats.interval import Interval

BASELINE_NAME = "llmopt.baseline.json"
MEASURES: tuple[Measure, ...] = get_args(Measure)

_MAKE_ONE = "`llmopt baseline update` makes one; commit it"
_AGAIN = "take one side whole, then `llmopt baseline update`"
_RESTORE = "restore it from git, or remove it and run `llmopt baseline update`"
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_NO_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<number>-?(?:NaN|Infinity)|\d{400,})')
"""Texts, to pass over, and what Python's reader takes for a number and JSON does not."""
_DIGITS = 7
"""Significant digits of figures: what differs beyond them is rounding, not change."""


def read_baseline(path: Path, root: Path) -> Baseline:
    """Read the file.

    Raises:
        MissingError: there is none.
        InputError: it is damaged, edited into nonsense, or from a newer llmopt.
    """
    if not path.exists():
        name = display_name(path.absolute(), root)
        raise MissingError(f"there is no baseline file {name}", hint=_MAKE_ONE)
    report = Report()
    source = read_source(path, root, report)
    file = _file(source, report) if source else None
    if file is None or report.problems():
        raise InputError(report.problems())
    return _baseline(file)


def _file(source: Source, report: Report) -> BaselineFile | None:
    conflict = _CONFLICT.search(source.text)
    if conflict:
        where = source.place(conflict.start())
        report.error(where, "a merge conflict stands in this file", hint=_AGAIN)
        return None
    odd = next((one for one in _NO_JSON.finditer(source.text) if one["number"]), None)
    if odd:
        said = f"{shorten(odd[0])} is no number"
        report.error(source.place(odd.start()), said, hint=_RESTORE)
        return None
    try:
        json.loads(source.text)
    except (ValueError, RecursionError) as error:
        at = min(getattr(error, "pos", 0), len(source.text))
        cut = not source.text[at:].strip()
        why = "the file ends too early" if cut else "this is no JSON"
        report.error(source.place(at), f"{why}: {getattr(error, 'msg', error)}", hint=_RESTORE)
        return None
    # JSON is YAML: one reader tells what is wrong in it, and where.
    root = compose(source, report)
    if root is None or report.problems():
        return None
    node = root.get("schema_version")
    version = node.value if isinstance(node, Scalar) else None
    if node and isinstance(version, int) and version > BASELINE_VERSION:
        report.error(
            source.place(node.start),
            f"this file has version {version}, this llmopt reads version {BASELINE_VERSION}",
            hint="install the llmopt that wrote it, or a newer one",
        )
        return None
    parsed = read(BaselineFile, root, source, report)
    return parsed.value if parsed else None


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file, whole or not at all; one that says the same already is left alone.

    Raises:
        UsageError: it cannot be written, or is a link: what it leads to may be anybody's.
    """
    text = as_text(baseline)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    if path.is_symlink():
        raise UsageError(
            f"'{path}' is a symbolic link", hint="name the file itself with --baseline"
        )
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(
            f"cannot write '{path}': permission denied", hint="name a file that can be written"
        )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise UsageError(
            f"cannot write '{path}': {error.strerror}", hint="name a file that can be written"
        ) from error


def as_text(baseline: Baseline) -> str:
    """Return what the file says: sorted, one figure a line."""
    return "".join(_lines(document(baseline), "")) + "\n"


def _lines(value: object, indent: str) -> Iterator[str]:
    if not isinstance(value, Mapping) or not value or "mean" in value:
        yield json.dumps(value, ensure_ascii=False)
        return
    inner = indent + "  "
    yield "{\n"
    for number, (key, part) in enumerate(value.items()):
        yield f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        yield from _lines(part, inner)
        yield ",\n" if number + 1 < len(value) else "\n"
    yield indent + "}"


def document(baseline: Baseline) -> dict[str, Any]:
    """Return the file's content as plain values, sorted by name."""
    return {
        "schema_version": BASELINE_VERSION,
        "price_table": baseline.price_table,
        "models": {name: _price(baseline.prices[name]) for name in sorted(baseline.prices)},
        "prompts": {
            name: {
                "baseline": state.baseline,
                "cases": state.cases.count,
                "case_inputs": state.cases.inputs,
                "case_expectations": state.cases.expectations,
                "variants": _variants(baseline, name),
            }
            for name, state in sorted(baseline.prompts.items())
        },
    }


def _price(price: Price | None) -> dict[str, float | None]:
    names = BaselinePrice.model_fields
    return {name: _rounded(getattr(price, name)) if price else None for name in names}


def _variants(baseline: Baseline, prompt: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for candidate, entry in sorted(baseline.entries.items()):
        if candidate.prompt == prompt:
            variant = found.setdefault(
                candidate.variant,
                {"template": entry.template, "models": {}},
            )
            variant["models"][candidate.model] = _figures(entry)
    return found


def _figures(entry: Entry) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "tokenizer": entry.tokenizer,
        "input_tokens": _rounded(entry.input_tokens),
        "max_input_tokens": entry.max_input_tokens,
        "static_prefix_tokens": entry.static_prefix_tokens,
        "message_tokens": list(entry.message_tokens),
    }
    if entry.run:
        run = entry.run
        figures["run"] = {
            "id": run.id,
            "date": run.date,
            "price_table": run.price_table,
            "input_price": _rounded(run.price.input) if run.price else None,
            "output_price": _rounded(run.price.output) if run.price else None,
            "request": run.request,
            "case_inputs": run.cases.inputs,
            "case_expectations": run.cases.expectations,
            **{name: _measured(run.measures[name]) for name in sorted(run.measures)},
        }
    return figures


def _measured(found: Measured) -> dict[str, float | None]:
    low, high = found.interval
    values = {"mean": found.mean, "low": low, "high": high}
    return {**{name: _rounded(value) for name, value in values.items()}, "n": found.n}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _baseline(file: BaselineFile) -> Baseline:
    return Baseline(
        prompts={
            name: PromptState(prompt.baseline, _cases(prompt, prompt.cases))
            for name, prompt in file.prompts.items()
        },
        prices={name: _as_price(price) for name, price in file.models.items()},
        entries={
            candidate: _entry(candidate, variant.template, figures)
            for prompt_name, prompt in file.prompts.items()
            for variant_name, variant in prompt.variants.items()
            for model, figures in variant.models.items()
            for candidate in [Candidate(prompt_name, variant_name, model)]
        },
        price_table=file.price_table,
    )


def _cases(entry: BaselinePrompt | RunEntry, count: int) -> CaseSet:
    return CaseSet(count, entry.case_inputs, entry.case_expectations)


def _as_price(price: BaselinePrice) -> Price | None:
    if price.input is None or price.output is None:
        return None
    return Price(price.input, price.output, price.cached_input, price.cache_write)


def _entry(candidate: Candidate, template: str, figures: FiguresEntry) -> Entry:
    return Entry(
        candidate=candidate,
        template=template,
        message_tokens=tuple(figures.message_tokens),
        tokenizer=figures.tokenizer,
        input_tokens=figures.input_tokens,
        max_input_tokens=figures.max_input_tokens,
        static_prefix_tokens=figures.static_prefix_tokens,
        run=_run(figures.run) if figures.run else None,
    )


def _run(run: RunEntry) -> RunFigures:
    found: dict[Measure, MeasureEntry | None] = {name: getattr(run, name) for name in MEASURES}
    return RunFigures(
        id=run.id,
        date=run.date,
        price_table=run.price_table,
        price=_run_price(run),
        request=run.request,
        cases=_cases(run, max((one.n for one in found.values() if one), default=0)),
        measures={
            name: Measured(one.mean, Interval(one.low, one.high), one.n)
            for name, one in found.items()
            if one
        },
    )


def _run_price(run: RunEntry) -> Price | None:
    if run.input_price is None or run.output_price is None:
        return None
    return Price(run.input_price, run.output_price)

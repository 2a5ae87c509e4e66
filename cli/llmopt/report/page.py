"""One page that needs nothing beside it, and the parts that pages share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Literal

from llmopt.domain import Finding
from llmopt.report.checked import Checked, Table
from llmopt.report.prose import sentences, title

# Whatever a prompt or a reply holds, the page loads nothing and runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(name: str, body: Iterable[str]) -> str:
    """Return a whole page called `name`; `body` is markup already."""
    inner = "\n".join(body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n<style>\n{_style()}</style>\n</head>\n"
        f"<body>\n{inner}\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return (files("llmopt.report") / "page.css").read_text(encoding="utf-8")


def table(shown: Table) -> str:
    """Write a table: names to the left, figures to the right."""
    kinds = ["" if i in shown.numeric else "text" for i in range(len(shown.columns))]
    head = _cells("th", kinds, shown.columns)
    # The first column is a name, which may be long and is broken.
    body = "\n".join(f"<tr>{_cells('td', ['name', *kinds[1:]], row)}</tr>" for row in shown.rows)
    return f'<div class="scroll"><table><tr>{head}</tr>\n{body}\n</table></div>'


def _cells(tag: str, kinds: Sequence[str], texts: Sequence[str]) -> str:
    return "".join(
        f'<{tag} class="{kind}">{escape(text)}</{tag}>'
        for kind, text in zip(kinds, texts, strict=True)
    )


def gate_section(seen: Checked, *, level: Literal["h1", "h2"]) -> Iterator[str]:
    """Write a gate: its headline, its limits, what to mend."""
    yield f"<{level}>{escape(seen.headline)}</{level}>"
    if seen.table and seen.table.rows:
        yield table(seen.table)
    yield from findings(seen.worst_first)


def findings(found: Sequence[Finding]) -> Iterator[str]:
    """Write findings, an entry each, as marked as they are severe."""
    items = "".join(
        f'<li class="{one.severity}"><b>{escape(title(one))}</b>: '
        f"{escape(' '.join(sentences(one)))}{_place(one)}</li>"
        for one in found
    )
    if items:
        yield f'<ul class="verdicts">{items}</ul>'


def _place(found: Finding) -> str:
    return f"<small>{escape(str(found.place))}</small>" if found.place else ""

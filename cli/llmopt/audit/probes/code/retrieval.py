"""Retrieval: how many passages it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmopt.audit.probes.code.facts import Passages
from llmopt.audit.probes.code.module import Module
from llmopt.audit.probes.code.signals import DISTANCE, SIGNALS
from llmopt.domain import Place

COUNTS = ("k", "top_k", "topK", "similarity_top_k", "similarityTopK", "n_results", "nResults",
          "limit", "match_count")  # fmt: skip
_SEARCHES = re.compile(
    r".*\.(?:as_?[rR]etriever|a?similarity_search\w*|similaritySearch\w*|as_query_engine|"
    r"asQueryEngine|"
    r"as_chat_engine|query|search|query_points|max_marginal_relevance_search|rpc|near_text|"
    r"near_vector)"
)
_DEFAULTS = re.compile(
    r".*\.(?:as_?[rR]etriever|a?similarity_search\w*|similaritySearch\w*|as_query_engine|"
    r"asQueryEngine|"
    r"as_chat_engine)"
)
_DISTANCE = re.compile(DISTANCE)
_NARROWS = re.compile(r"(?:.*\.)?(?:where|filter|having)")
_SQL_LIMIT = re.compile(r"<(?:->|=>|#>)[\s\S]*?\blimit\s+(\d+)", re.IGNORECASE)


def see_passages(module: Module) -> tuple[Passages, ...]:
    """Return the retrievals of a file that retrieves at all."""
    pattern = SIGNALS["retrieval"]
    short = (f"str:{text.text}" for text in module.texts)
    if not any(pattern.search(name) for name in (*(n.text for n in module.names), *short)):
        return ()
    chroma = any(name.startswith("chromadb") for name in module.modules)
    found = []
    for call in module.invocations:
        if not _SEARCHES.fullmatch(call.name):
            continue
        place = Place(module.file, call.line, call.column)
        given = [call.keywords[key] for key in COUNTS if key in call.keywords]
        if given:
            count = given[0] if isinstance(given[0], int) else None
            found.append(Passages(place, count, default=False))
        elif not call.open and (
            _DEFAULTS.fullmatch(call.name) or (chroma and call.name.endswith("query"))
        ):
            second = call.keywords.get("1")
            count = second if isinstance(second, int) else None
            found.append(Passages(place, count, default=count is None))
    for text in module.texts:
        match = _SQL_LIMIT.search(text.text)
        if match:
            place = Place(module.file, text.line, text.column)
            found.append(Passages(place, int(match[1]), default=False))
    return tuple(dict.fromkeys([*found, *_nearest(module)]))


def _nearest(module: Module) -> Iterator[Passages]:
    """Yield the queries that take so many rows by a vector's distance.

    What a condition leaves of them is not known.
    """
    ordered = {c.function for c in module.invocations if _DISTANCE.search(c.name)}
    narrowed = {c.function for c in module.invocations if _NARROWS.fullmatch(c.name)}
    for call in module.invocations:
        if call.function in ordered and call.name.endswith(".limit"):
            given = call.keywords.get("0")
            known = isinstance(given, int) and call.function not in narrowed
            place = Place(module.file, call.line, call.column)
            yield Passages(place, given if known else None, default=False)

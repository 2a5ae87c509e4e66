"""Documents put into prompts, and embeddings made and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.calls import EMBEDDINGS
from llmopt.audit.probes.code.module import Module, Sighting

_KEEPING = frozenset(
    [
        "execute",
        "executemany",
        "add",
        "upsert",
        "insert",
        "save",
        "dump",
        "dumps",
        "set",
        "put",
        "write",
        "write_text",
        "add_all",
        "index",
        "hset",
        "bulk",
        "writeFile",
        "writeFileSync",
        "insertMany",
    ]
)


def see_documents(calling: Calling) -> Iterator[Sighting]:
    """Yield where whole documents, or parts of them, reach a call."""
    if not calling.asking:
        return
    module = calling.module
    reads = [call for call in module.invocations if flow.READS.fullmatch(call.name)]
    readers = {
        call.function
        for call in reads
        if call.function and not flow.NOT_DOCUMENTS.search(call.function)
    } - calling.functions
    prompts = _lines_of_prompts(module)
    documents = flow.carried(
        _without(module, prompts),
        {call.name for call in reads},
        readers,
        skip=flow.NOT_DOCUMENTS,
        but=flow.DATA,
    )
    whole = frozenset(
        call.name
        for call in reads
        if call.line not in prompts and not flow.NOT_DOCUMENTS.search(call.name)
    )
    for run in [*calling.runs, *calling.passing()]:
        given = flow.reaching(module, run.mentions, run.function)
        at_once = whole & run.mentions and not any(map(flow.DATA.search, run.mentions))
        if at_once or documents.within(given, run.function):
            yield Sighting("document", "a whole document is put into the prompt", run.line)
    for part in module.parts:
        if part.kind == "head" and documents.within(part.mentions, part.function):
            yield Sighting("split", "only a part of the document is sent", part.line)


def _lines_of_prompts(module: Module) -> frozenset[int]:
    """Return the lines that name a file which the code calls a prompt."""
    return frozenset(
        text.line
        for text in module.texts
        if text.use == "value" and flow.NOT_DOCUMENTS.search(text.text) and "." in text.text
    )


def _without(module: Module, lines: frozenset[int]) -> Module:
    """Leave out what is assigned on these lines."""
    kept = tuple(item for item in module.assignments if item.line not in lines)
    return replace(module, assignments=kept)


def see_embeddings(module: Module) -> Iterator[Sighting]:
    """Yield where embeddings are made in loops, and where they are kept."""
    embedding = [call for call in module.invocations if EMBEDDINGS.fullmatch(call.name)]
    for function in module.functions:
        caching = flow.caching(function)
        if caching and any(function.line <= call.line <= function.end for call in embedding):
            yield Sighting("embedding-kept", f"{caching} on {function.name}", function.line)
    functions = flow.callers(module, {call.function for call in embedding})
    bulk = flow.bulk_functions(module, functions)
    for call in embedding:
        if call.loop == "data" or call.function in bulk:
            yield Sighting("embedding-memory", "embedded in a loop", call.line, call.column)
    carried = flow.carried(module, {call.name for call in embedding}, functions)
    for call in module.invocations:
        kept = flow.last(call.name) in _KEEPING
        if embedding and kept and carried.within(call.mentions, call.function):
            yield Sighting("embedding-kept", f"written by {call.name}", call.line, call.column)

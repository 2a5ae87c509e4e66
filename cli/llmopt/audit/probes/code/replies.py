"""What becomes of replies: taken apart, cut, kept, given to the next call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.module import Sighting
from llmopt.domain import Evidence

_PUTS = frozenset(
    ["set", "hset", "setex", "put", "add", "store", "setItem", "set_many", "mset", "setdefault"]
)
_LOOK_UP = re.compile(r"(?:\(\))?(?:\[\].*|\.h?m?get(?:_or_\w+|item)?)$")
_NO_REPLY_CACHE = re.compile(
    r"(?i)embed|prompt_?cache|cache_control|cached_tokens|cache_?(?:read|creation)|kv_?cache|token"
)


def see_replies(calling: Calling) -> Iterator[Sighting]:
    """Yield where replies are parsed, where they are cut, and where only the last are kept."""
    if calling.asking:
        yield from _parsed(calling)
        yield from _cut(calling)


def _parsed(calling: Calling) -> Iterator[Sighting]:
    within = calling.replies.within
    for call in calling.module.invocations:
        if any(name.endswith((".arguments", ".body", ".read")) for name in call.mentions):
            continue  # arguments of a tool, the envelope of a transport
        parsed = (flow.PARSERS.fullmatch(call.name) and within(call.mentions, call.function)) or (
            flow.SPLITS.fullmatch(flow.last(call.name))
            and "." in call.name
            and within([flow.root(call.name)], call.function)
        )
        if parsed:
            fact = f"{flow.last(call.name)} of a reply"
            yield Sighting("reply-parsed", fact, call.line, call.column)


def _cut(calling: Calling) -> Iterator[Sighting]:
    for part in calling.module.parts:
        if part.kind == "tail":
            yield Sighting("bounded", "only the last are kept", part.line)
        elif not calling.replies.within(part.mentions, part.function):
            continue
        elif part.kind == "head":
            yield Sighting("reply-cut", "the rest of the reply is thrown away", part.line)
        elif calling.streaming:
            yield Sighting("stream-left", "break", part.line)


def counts_tokens(calling: Calling, name: str) -> bool:
    """Tell whether a name may be the usage of a reply: `product.usage` of a product is not."""
    if not re.search(r"(?:^|\.)usage$", name):
        return True
    owner = flow.root(name)
    given = [item for item in calling.module.assignments if owner in item.targets]
    return not given or any(
        calling.replies.within([owner], item.function)
        or calling.replies.within(item.mentions, item.function)
        for item in given
    )


def see_caches(calling: Calling, reads: Iterable[Evidence]) -> Iterator[Sighting]:
    """Yield where replies are kept; `reads` are the look-ups in anything called a cache."""
    for function in calling.module.functions:
        caching = flow.caching(function)
        if caching and function.name in calling.functions:
            yield Sighting("reply-cache", f"{caching} on {function.name}", function.line)
    if not calling.runs:
        return
    caches = {
        target
        for call in calling.module.invocations
        if flow.CACHE_MAKERS.fullmatch(call.name)
        for target in call.targets
    }
    for call in calling.module.invocations:
        owner, _, method = call.name.rpartition(".")
        if owner in caches and method in {"get", "hget", "mget"}:
            yield Sighting("reply-cache", f"{call.name} before the call", call.line)
    filled = _filled(calling)
    for evidence in reads:
        owner = _LOOK_UP.sub("", evidence.fact)
        if filled.get(owner, True) and not _NO_REPLY_CACHE.search(evidence.fact) and evidence.place:
            place = evidence.place
            yield Sighting("reply-cache", evidence.fact, place.line, place.column)


def _filled(calling: Calling) -> dict[str, bool]:
    """Tell of everything that the file puts something into whether that is ever a reply.

    What a function puts in for others is a reply if any of them hands it one, or hands it
    a function that makes a call.
    """
    within, module = calling.replies.within, calling.module
    asking = {run.name for run in calling.runs}
    handed = {
        flow.called(call) for call in module.invocations if within(call.mentions, call.function)
    }
    stored = [
        (call.name.rpartition(".")[0], call.mentions, call.function)
        for call in module.invocations
        if flow.last(call.name) in _PUTS
    ]
    stored += [
        (target, item.mentions, item.function)
        for item in module.assignments
        for target in item.targets
        if item.keyed
    ]
    found: dict[str, bool] = {}
    for owner, mentions, function in stored:
        reply = function in handed or bool(mentions & asking) or within(mentions, function)
        found[owner] = found.get(owner, False) or reply
    return found


def see_chained(calling: Calling) -> Iterator[Sighting]:
    """Yield where one call's reply goes into the next one's messages."""
    for run in [*calling.runs, *calling.passing()]:
        earlier = any(
            item.function == run.function
            and item.line < run.line
            and run.mentions.intersection(item.targets)
            and calling.replies.within(item.targets, run.function)
            for item in calling.module.assignments
        )
        if earlier and run.loop is None:
            yield Sighting("sequence", "a reply goes into the next call", run.line, run.column)

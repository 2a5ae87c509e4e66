"""What happens to replies and documents in a file, by the names that carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from llmopt.audit.probes.code.module import Assignment, Function, Invocation, Module

PARSERS = re.compile(
    r"(?:json\.loads|JSON\.parse|yaml\.(?:safe_)?load|ast\.literal_eval|"
    r"re\.(?:search|match|findall|fullmatch|split|finditer)|(?:YAML|yaml)\.parse)"
)
SPLITS = re.compile(r"(?:split|splitlines|rsplit|match|matchAll)")
READS = re.compile(
    r"(?:.*\.)?(?:read_text|read|extract_text|readFileSync|readFile|get_text|readlines)|"
    r"(?:.*\.)?(?!(?:FileSystem|Package|Dict|Choice|Function|Prefix|Module|Template|Data|C?Safe|"
    r"Full|Base|Unsafe|Config|SourceFile|Extension)Loader)\w+Loader(?:\(\)\.a?load)?"
)
DATA = re.compile(
    r"(?:^|\.)(?:JSON\.parse|json\.loads?|safe_load|loads|DictReader|reader|read_csv)$"
)
"""What is read as data is put into prompts by its parts."""
NOT_DOCUMENTS = re.compile(r"(?i)prompt|template|instruction|system|schema|config|key|secret|token")
TOOL_ARGUMENTS = re.compile(r"\.(?:arguments|tool_calls|toolCalls)(?:\.|$|\[)")
"""What a model asks of tools is no reply: it is structured already."""
GROWS = re.compile(
    r"(.+)\.(?:append|extend|push|add_message|add_ai_message|addMessage|addAIMessage)"
)
MAPS = re.compile(
    r"(?:.*\.)?(?:map|starmap|imap|imap_unordered|amap|thread_map|submit|"
    r"(?:progress_|parallel_)?apply|applymap|map_elements)"
)
"""What is handed a function runs it once an item: of a list, of a pool's work, of a frame."""
CACHE_MAKERS = re.compile(r"(?:redis|diskcache|cachetools|aiocache|dogpile|cachelib|ioredis)\b.*")
CACHING = re.compile(r"(?i)(?:.*[._])?(?:\w*cached?\w*|memoize)|.*\.cache(?:_data)?")
TAIL = re.compile(r"(?:\.(?:delay|apply_async|remote|submit|s|map))?$")

QUEUED = re.compile(r"\.(?:delay|apply_async|remote|submit)$")
"""What goes to workers, who do not wait for each other."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """Names that carry something, by function; `functions` are those that return it.

    `sources` are the dotted names whose own mention carries it.
    """

    names: frozenset[tuple[str, str]]
    functions: frozenset[str]
    sources: frozenset[str] = frozenset()

    def within(self, mentions: Iterable[str], function: str) -> bool:
        """Tell whether any of the names mentioned in `function` carries it."""
        return any(
            (function, name) in self.names
            or ("", name) in self.names
            or (name.startswith(("self.", "this.")) and any(n == name for _, n in self.names))
            or last(name) in self.functions
            or name in self.sources
            for name in mentions
        )


def last(name: str) -> str:
    """Return the last part of a dotted name."""
    return name.rpartition(".")[2].removesuffix("()")


def root(name: str) -> str:
    """Return what a chain begins with: `reply` of `reply.strip().split`."""
    return re.split(r"[.\[(]", name, maxsplit=1)[0]


def callers(module: Module, functions: Iterable[str]) -> frozenset[str]:
    """Return the functions given and all of the file that call them, however indirectly."""
    reached = set(functions) - {""}
    while True:
        more = {
            call.function
            for call in module.invocations
            if called(call) in reached and call.function not in reached and call.function
        }
        if not more:
            return frozenset(reached)
        reached |= more


def caching(function: Function) -> str | None:
    """Return the decorator that keeps what a function returns, if it has one."""
    return next((name for name in function.decorators if CACHING.fullmatch(name)), None)


def called(call: Invocation) -> str:
    """Return the function that an invocation names, task suffixes left out."""
    return last(TAIL.sub("", call.name))


def carried(
    module: Module,
    sources: Iterable[str],
    functions: Iterable[str],
    *,
    skip: re.Pattern[str] | None = None,
    but: re.Pattern[str] | None = None,
) -> Scoped:
    """Follow what `sources` (dotted names) and `functions` return through assignments.

    Targets that `skip` finds carry nothing, nor do assignments that mention `but`.
    """
    names = set(sources)
    returning = frozenset(functions)
    found: set[tuple[str, str]] = set()

    def carries(item: Assignment) -> bool:
        if but and any(but.search(name) for name in item.mentions):
            return False
        return any(
            name in names or (item.function, name) in found or last(name) in returning
            for name in item.mentions
        )

    while True:
        more = {
            (item.function, target)
            for item in module.assignments
            if carries(item)
            for target in item.targets
            if not (skip and skip.search(target))
        } - found
        if not more:
            return Scoped(frozenset(found), returning)
        found |= more


def bulk_functions(module: Module, running: frozenset[str]) -> frozenset[str]:
    """Return the functions that run once an item of data, and those that they call."""
    bulk = {
        function
        for call in module.invocations
        for function in running
        if (called(call) == function and call.loop == "data")
        or ((call.loop == "data" or MAPS.fullmatch(call.name)) and _given(call, function))
    }
    while True:
        more = {
            called(call)
            for call in module.invocations
            if call.function in bulk and called(call) in running - bulk
        }
        if not more:
            return frozenset(bulk)
        bulk |= more


def _given(call: Invocation, function: str) -> bool:
    """Tell whether a function itself is an argument, not what it returns."""
    return any(last(name) == function for name in call.mentions)


def reaching(module: Module, mentions: Iterable[str], function: str) -> frozenset[str]:
    """Return names and those that were assigned to them in that function, one after another."""
    reached = set(mentions)
    while True:
        more = {
            name
            for item in module.assignments
            if item.function in {function, ""} and reached.intersection(item.targets)
            for name in item.mentions
        } - reached
        if not more:
            return frozenset(reached)
        reached |= more

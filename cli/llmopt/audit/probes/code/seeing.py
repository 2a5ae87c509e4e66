"""A module to the facts of its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.agents import see_agents, see_structures
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.calls import Api
from llmopt.audit.probes.code.choices import see_choices, served_model
from llmopt.audit.probes.code.conversation import Growing, see_growing, sends
from llmopt.audit.probes.code.documents import see_documents, see_embeddings
from llmopt.audit.probes.code.facts import CodeFile, ModelCall
from llmopt.audit.probes.code.links import Links
from llmopt.audit.probes.code.module import Invocation, Module, Sighting
from llmopt.audit.probes.code.replies import counts_tokens, see_caches, see_chained, see_replies
from llmopt.audit.probes.code.retrieval import see_passages
from llmopt.audit.probes.code.settings import (
    LIMIT_KEYS,
    MODEL_KEYS,
    STOP_KEYS,
    TENANT_KEYS,
    TOOL_KEYS,
    given,
    streams,
    structured,
)
from llmopt.audit.probes.code.signals import SIGNALS, signals_of
from llmopt.audit.probes.code.telling import Teller
from llmopt.audit.probes.code.tenants import see_tenants
from llmopt.audit.probes.code.texts import see_texts, worked_examples
from llmopt.domain import Evidence, Place

SHOWN = 5
"""Pieces of evidence kept of one signal in one file."""
_LONGEST_NAME = 60
"""Characters of a text that may be the name of something."""
_INSTRUCTOR = re.compile(r"instructor\.(?:from_\w+|patch)")
_TENANT = SIGNALS["tenant"]


def see(module: Module, links: Links, teller: Teller) -> CodeFile:
    """Collect the facts of a file."""
    seer = _Seer(module, links, teller)
    return CodeFile(
        file=module.file,
        calls=seer.calls,
        texts=see_texts(
            module,
            calling=bool(seer.calling.sites or links.through),
            told=seer.told.texts,
            elsewhere=teller.elsewhere,
        ),
        agents=see_agents(module),
        passages=see_passages(module),
        seen={name: tuple(found[:SHOWN]) for name, found in seer.seen.items() if found},
        model_choices=see_choices(seer.calling),
        served_model=served_model(module),
        through=tuple(seer.through()),
        reached=links.reached,
        plain=links.plain,
    )


class _Seer:
    def __init__(self, module: Module, links: Links, teller: Teller) -> None:
        self._module = module
        self._links = links
        self.seen: dict[str, list[Evidence]] = {}
        self._note(_named(module))
        self.calling = Calling(module, links)
        self._usage()
        self.told = teller.told(self.calling)
        self._growing = self._conversation()
        self.calls = tuple(
            self._call(call, api) for call, api in self.calling.sites if not api.runner
        )
        self._note(see_replies(self.calling))
        self._note(see_caches(self.calling, tuple(self.seen.get("cache-read", ()))))
        self._note(see_documents(self.calling))
        self._note(see_embeddings(module))
        self._note(see_tenants(module))
        self._note(self._driving())
        self._note(_counted(module, serving="engine" in self.seen))
        self.seen.update(see_structures(module))
        if not self._converses:
            self._note(see_chained(self.calling))
        for place in worked_examples(module):
            fact = "replies written in advance"
            self._note([Sighting("worked-examples", fact, place.line, place.column)])

    def _note(self, sightings: Iterable[Sighting]) -> None:
        for signal, fact, line, column in sightings:
            place = Place(self._module.file, line, column)
            self.seen.setdefault(signal, []).append(Evidence(fact, place))

    def _conversation(self) -> Growing | None:
        growing = see_growing(self.calling, self.seen)
        if growing:
            fact = f"replies are appended to {growing.name}"
            self._note([Sighting("conversation", fact, growing.line)])
        elif "memory" in self.seen:
            self.seen["conversation"] = list(self.seen["memory"])
        return growing

    def _usage(self) -> None:
        """Leave out a usage that is read of something else than a reply."""
        read = self.seen.pop("usage-read", [])
        kept = [evidence for evidence in read if counts_tokens(self.calling, evidence.fact)]
        if kept:
            self.seen["usage-read"] = kept

    @property
    def _converses(self) -> bool:
        return "conversation" in self.seen

    def _call(self, call: Invocation, api: Api) -> ModelCall:
        settings = {**call.keywords, **(self.calling.settings if api.built else {})}
        if "response_model" in call.keywords:
            settings = {**_of_instructor(self._module), **settings}
        at = [run for run in self.calling.runs if run is not call] if api.built else []
        at = at or [call]
        mentions = frozenset().union(call.mentions, *(run.mentions for run in at))
        looped = not self._waited and any(self.calling.is_bulk(run) for run in at)
        driven = not self._waited and any(
            run.function in self._links.bulk - self._links.waited for run in at
        )
        return ModelCall(
            api=api.name,
            place=Place(self._module.file, call.line, call.column),
            model=self._model(settings, api),
            limit=given(settings, LIMIT_KEYS),
            stop=given(settings, STOP_KEYS) is not None,
            structured=structured(call, settings),
            tools=given(settings, TOOL_KEYS) not in (None, [], {}),
            streaming=streams(call),
            temperature=settings.get("temperature"),
            tenant=any(key in settings for key in TENANT_KEYS)
            and any(_TENANT.search(name) for name in mentions),
            open=call.open,
            bulk=looped or driven,
            driven=driven and not looped,
            untold=self.told.unread or "registry" in self.seen,
            conversation=any(self._continues(run) for run in at),
            instructions=_instructions(settings) if api.name == "agents" else None,
        )

    @property
    def _waited(self) -> bool:
        """Whether somebody waits for what the file does."""
        return "route" in self.seen or "user-input" in self.seen or self.calling.streaming

    def through(self) -> Iterator[Evidence]:
        """Yield where the file makes the calls of others."""
        for call in (*self._links.through, *(c for c, api in self.calling.sites if api.runner)):
            place = Place(self._module.file, call.line, call.column)
            yield Evidence(f"{call.name} leads to a call", place)

    def _driving(self) -> Iterator[Sighting]:
        """Yield where the file makes the calls of others once an item of data."""
        for call in () if self._waited else self._links.through:
            if call in self._links.mapped or self.calling.is_bulk(call):
                yield Sighting("bulk-asked", f"a bulk call by {call.name}", call.line, call.column)
                if flow.QUEUED.search(call.name):
                    yield Sighting("parallel", "queued for workers", call.line, call.column)

    def _continues(self, run: Invocation) -> bool:
        if self._growing is None:
            return self._converses  # a memory of a framework, whatever is sent
        return sends(self.calling, run, self._growing.name)

    def _model(self, settings: dict[str, Any], api: Api) -> str | None:
        value = given(settings, MODEL_KEYS)
        if value is None and (api.built or api.name == "litellm"):
            value = settings.get("0")
        if value is None and api.name == "google":
            value = next(
                (
                    given(other.keywords, (*MODEL_KEYS, "0"))
                    for other in self._module.invocations
                    if flow.last(other.name) in {"GenerativeModel", "getGenerativeModel"}
                ),
                None,
            )
        return value if isinstance(value, str) and value.strip() else None


def _of_instructor(module: Module) -> dict[str, Any]:
    """Return the settings that Instructor is given for all calls of its client."""
    for call in module.invocations:
        if _INSTRUCTOR.fullmatch(call.name):
            first = call.keywords.get("0")
            named = {"model": first} if isinstance(first, str) else {}
            return named | {k: v for k, v in call.keywords.items() if not k.isdigit()}
    return {}


def _instructions(settings: dict[str, Any]) -> str | None:
    """Return what an agent is told that answers itself, and does not hand over to others."""
    told = settings.get("instructions")
    return told if isinstance(told, str) and not settings.get("handoffs") else None


def _named(module: Module) -> Iterator[Sighting]:
    """Yield the signals that names and short texts give, each name once."""
    found: dict[str, tuple[int, int]] = {}
    for name, line, column in module.names:
        found.setdefault(name, (line, column))
    for text in module.texts:
        if text.use == "value" and len(text.text) <= _LONGEST_NAME:
            found.setdefault(f"str:{text.text}", (text.line, text.column))
    for name, (line, column) in found.items():
        for signal in signals_of(name):
            yield Sighting(signal, _said(name), line, column)


def _counted(module: Module, *, serving: bool) -> Iterator[Sighting]:
    """Yield what numbers tell: clocks read twice, refusals by 429, groups of items."""
    clocks = [name for name in module.names if SIGNALS["clock"].search(name.text)]
    if len(clocks) > 1:
        yield Sighting("timed", f"{clocks[0].text} is read twice", clocks[0].line)
    for call in module.invocations:
        last, at = flow.last(call.name), (call.line, call.column)
        if 429 in [value for value in call.keywords.values() if isinstance(value, int)]:
            yield Sighting("limits", "answers 429", *at)
        if serving and last in {"generate", "chat"} and call.loop is None:
            yield Sighting("batch", "a list of prompts is given at once", *at)
        if last == "range" and isinstance(call.keywords.get("2"), int):
            yield Sighting("grouped", "items in groups", *at)


def _said(name: str) -> str:
    kind, _, rest = name.partition(":")
    return {"import": f"{rest} is imported", "str": f'"{rest}"', "def": f"function {rest}"}.get(
        kind, name
    )

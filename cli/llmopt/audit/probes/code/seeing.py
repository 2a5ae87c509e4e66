"""A module to the facts of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.agents import see_agents, see_structures
from llmopt.audit.probes.code.calls import EMBEDDINGS, RUNS, Api, api_of
from llmopt.audit.probes.code.facts import CodeFile, ModelCall
from llmopt.audit.probes.code.module import UNKNOWN, Invocation, Module
from llmopt.audit.probes.code.retrieval import see_passages
from llmopt.audit.probes.code.signals import SIGNALS, signals_of
from llmopt.audit.probes.code.texts import see_texts, worked_examples
from llmopt.domain import Evidence, Place

MODEL_KEYS = (
    "model",
    "model_name",
    "modelName",
    "modelId",
    "model_id",
    "engine",
    "deployment_name",
)
LIMIT_KEYS = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "max_new_tokens",
    "num_predict",
    "maxTokens",
    "maxOutputTokens",
    "maxCompletionTokens",
    "max_tokens_to_sample",
    "max_gen_len",
)
STOP_KEYS = ("stop", "stop_sequences", "stopSequences", "stopping_criteria", "stop_sequence")
STRUCTURED_KEYS = (
    "response_format",
    "text_format",
    "response_model",
    "guided_json",
    "output_config",
    "response_schema",
    "responseSchema",
    "schema",
    "responseFormat",
    "response_json_schema",
    "json_schema",
    "output_format",
)
_AGENT = re.compile(r"create_(?:\w+_)?agent|initialize_agent|create(?:\w+)?Agent")
TOOL_KEYS = ("tools", "functions", "toolConfig", "tool_config")
SHOWN = 5
"""Pieces of evidence kept of one signal in one file."""
_TENANT = SIGNALS["tenant"]
_TENANT_KEYS = ("user", "metadata", "extra_headers", "tags", "safety_identifier", "headers")


def see(module: Module) -> CodeFile:
    """Collect the facts of a file."""
    seer = _Seer(module)
    return CodeFile(
        file=module.file,
        calls=seer.calls,
        texts=see_texts(module, calling=bool(seer.calls)),
        agents=see_agents(module),
        passages=see_passages(module),
        seen={name: tuple(found[:SHOWN]) for name, found in seer.seen.items() if found},
        model_choices=seer.choices(),
        served_model=seer.served_model(),
    )


class _Seer:
    def __init__(self, module: Module) -> None:
        self._module = module
        self.seen: dict[str, list[Evidence]] = {}
        self._signals()
        self._sites = [
            (call, api) for call in module.invocations if (api := api_of(call, module)) is not None
        ]
        self._runs = self._running()
        names = {run.name for run in self._runs}
        direct = {run.function for run in self._runs}
        self._functions = flow.callers(module, direct)
        self._replies = flow.carried(module, names, self._functions, but=flow.TOOL_ARGUMENTS)
        self._bulk = flow.bulk_functions(module, self._functions)
        self._growing = self._grown()
        self._settings = self._bound_settings()
        self.calls = tuple(self._call(call, api) for call, api in self._sites)
        self._reply_use()
        self._caching()
        self._documents()
        self._embeddings()
        self._counted()
        self.seen.update(see_structures(module))
        self._chained()
        for place in worked_examples(module):
            self._note("worked-examples", "replies written in advance", place.line, place.column)

    # signals

    def _signals(self) -> None:
        texts = [
            (f"str:{text.text}", text.line, text.column)
            for text in self._module.texts
            if text.use == "value" and len(text.text) <= 60
        ]
        found: dict[str, tuple[int, int]] = {}
        for name, line, column in [*self._module.names, *texts]:
            found.setdefault(name, (line, column))
        for name, (line, column) in found.items():
            for signal in signals_of(name):
                self._note(signal, _said(name), line, column)

    def _note(self, signal: str, fact: str, line: int, column: int = 1) -> None:
        place = Place(self._module.file, line, column)
        self.seen.setdefault(signal, []).append(Evidence(fact, place))

    # calls

    def _running(self) -> list[Invocation]:
        """Where calls happen: the calls themselves, and the runs of what was constructed."""
        runs = [call for call, api in self._sites if not api.built]
        if any(api.built for _, api in self._sites):
            built = {target for call, api in self._sites if api.built for target in call.targets}
            programs = {
                target
                for call in self._module.invocations
                if call.name.startswith("dspy.")
                for target in call.targets
            }
            runs += [
                call
                for call in self._module.invocations
                if RUNS.fullmatch(call.name) or call.name in built | programs
            ]
        return runs

    def _bound_settings(self) -> dict[str, Any]:
        """Settings that runs and bindings of a constructed model add to it."""
        settings: dict[str, Any] = {}
        built = [call for call, api in self._sites if api.built]
        if not built:
            return settings
        for call in self._module.invocations:
            name = flow.last(call.name)
            if call in self._runs or name in {"bind", "with_config", "withConfig"}:
                settings.update({k: v for k, v in call.keywords.items() if not k.isdigit()})
            elif name in {"bind_tools", "bindTools"} or (
                _AGENT.fullmatch(name) and "tools" in call.keywords
            ):
                settings["tools"] = UNKNOWN
            elif name in {"with_structured_output", "withStructuredOutput"}:
                settings["response_format"] = UNKNOWN
        return settings

    def _call(self, call: Invocation, api: Api) -> ModelCall:
        settings = {**call.keywords, **(self._settings if api.built else {})}
        at = [call] if not api.built else [run for run in self._runs if run is not call]
        mentions = frozenset().union(call.mentions, *(run.mentions for run in at))
        interactive = "route" in self.seen or "user-input" in self.seen or self._streams()
        return ModelCall(
            api=api.name,
            place=Place(self._module.file, call.line, call.column),
            model=self._model(call, settings, api),
            limit=_given(settings, LIMIT_KEYS),
            stop=_given(settings, STOP_KEYS) is not None,
            structured=self._structured(call, settings),
            tools=_given(settings, TOOL_KEYS) not in (None, [], {}),
            streaming=_streams(call),
            temperature=settings.get("temperature"),
            tenant=any(key in settings for key in _TENANT_KEYS)
            and any(_TENANT.search(name) for name in mentions),
            open=call.open,
            bulk=not interactive and any(self._is_bulk(run) for run in at),
            conversation=self._growing is not None
            and any(self._sends(run, self._growing) for run in at),
        )

    def _is_bulk(self, run: Invocation) -> bool:
        return run.loop == "data" or run.function in self._bulk

    def _streams(self) -> bool:
        return any(_streams(run) for run in self._runs)

    def _model(self, call: Invocation, settings: dict[str, Any], api: Api) -> str | None:
        value = _given(settings, MODEL_KEYS)
        if value is None and (api.built or api.name == "litellm"):
            value = settings.get("0")
        if value is None and api.name == "google":
            value = next(
                (
                    _given(other.keywords, (*MODEL_KEYS, "0"))
                    for other in self._module.invocations
                    if flow.last(other.name) in {"GenerativeModel", "getGenerativeModel"}
                ),
                None,
            )
        return value if isinstance(value, str) and value.strip() else None

    def _structured(self, call: Invocation, settings: dict[str, Any]) -> bool:
        forced = settings.get("tool_choice", settings.get("toolChoice"))
        return (
            _given(settings, STRUCTURED_KEYS) is not None
            or settings.get("format") not in (None, "text")
            or (forced is not None and forced not in ("auto", "none", UNKNOWN))
            or call.name.endswith((".parse", "Object"))
        )

    # conversations

    def _grown(self) -> str | None:
        """Return the list of messages to which replies are appended, if there is one."""
        for call in self._module.invocations:
            match = flow.GROWS.fullmatch(call.name)
            if (
                match
                and call.loop != "steps"
                and self._replies.within(call.mentions, call.function)
                and self._is_sent(match[1], call.function, looped=call.loop == "while")
            ):
                return self._conversation(match[1], call.line)
        for item in self._module.assignments:
            for target in item.targets:
                if (
                    target in item.mentions
                    and self._replies.within(item.mentions - {target}, item.function)
                    and self._is_sent(target, item.function, looped=False)
                ):
                    return self._conversation(target, item.line)
        if "memory" in self.seen:
            self.seen["conversation"] = list(self.seen["memory"])
            return ""
        return None

    def _conversation(self, name: str, line: int) -> str:
        self._note("conversation", f"replies are appended to {name}", line)
        return name

    def _is_sent(self, name: str, function: str, *, looped: bool) -> bool:
        """Tell whether a list is sent; one begun anew for an agent's loop is no conversation."""
        offers_tools = any(_given(run.keywords, TOOL_KEYS) is not None for run in self._runs)
        fresh = any(
            name in item.targets and item.function == function and function
            for item in self._module.assignments
        )
        if looped and offers_tools and fresh and "user-input" not in self.seen:
            return False
        return any(self._sends(run, name) for run in [*self._runs, *self._passing()])

    def _passing(self) -> Iterator[Invocation]:
        return (c for c in self._module.invocations if flow.called(c) in self._functions)

    def _sends(self, run: Invocation, name: str) -> bool:
        if not name:
            return True
        sent = flow.reaching(self._module, run.mentions, run.function)
        return name in sent or flow.last(name) in {flow.last(other) for other in sent}

    # what becomes of replies

    def _reply_use(self) -> None:
        if not self._runs:
            return
        for call in self._module.invocations:
            if any(name.endswith((".arguments", ".body", ".read")) for name in call.mentions):
                continue  # arguments of a tool, the envelope of a transport
            name, within = call.name, self._replies.within
            parsed = (flow.PARSERS.fullmatch(name) and within(call.mentions, call.function)) or (
                flow.SPLITS.fullmatch(flow.last(name))
                and "." in name
                and within([flow.root(name)], call.function)
            )
            if parsed:
                self._note("reply-parsed", f"{flow.last(name)} of a reply", call.line, call.column)
        for part in self._module.parts:
            if part.kind == "tail" or not self._replies.within(part.mentions, part.function):
                continue
            signal = "reply-cut" if part.kind == "head" else "stream-left"
            said = "the rest of the reply is thrown away" if part.kind == "head" else "break"
            self._note(signal, said, part.line)
        if not self._streams():
            self.seen.pop("stream-left", None)
        for part in self._module.parts:
            if part.kind == "tail":
                self._note("bounded", "only the last are kept", part.line)

    def _caching(self) -> None:
        for function in self._module.functions:
            caching = [name for name in function.decorators if flow.CACHING.fullmatch(name)]
            if caching and function.name in self._functions:
                self._note("reply-cache", f"{caching[0]} on {function.name}", function.line)
            if caching and self._embeds(function.line, function.end):
                self._note("embedding-kept", f"{caching[0]} on {function.name}", function.line)
        if not self._runs:
            return
        caches = {
            target
            for call in self._module.invocations
            if flow.CACHE_MAKERS.fullmatch(call.name)
            for target in call.targets
        }
        for call in self._module.invocations:
            owner, _, method = call.name.rpartition(".")
            if owner in caches and method in {"get", "hget", "mget"}:
                self._note("reply-cache", f"{call.name} before the call", call.line)
        for evidence in self.seen.get("cache-read", ()):
            if not _NO_REPLY_CACHE.search(evidence.fact):
                self.seen.setdefault("reply-cache", []).append(evidence)

    # documents and embeddings

    def _documents(self) -> None:
        if not self._runs:
            return
        module = self._module
        reads = [call for call in module.invocations if flow.READS.fullmatch(call.name)]
        readers = {
            call.function
            for call in reads
            if call.function and not flow.NOT_DOCUMENTS.search(call.function)
        } - self._functions
        documents = flow.carried(
            module, {call.name for call in reads}, readers, skip=flow.NOT_DOCUMENTS, but=flow.DATA
        )
        for run in [*self._runs, *self._passing()]:
            if documents.within(flow.reaching(module, run.mentions, run.function), run.function):
                self._note("document", "a whole document is put into the prompt", run.line)
        for part in module.parts:
            if part.kind == "head" and documents.within(part.mentions, part.function):
                self._note("split", "only a part of the document is sent", part.line)

    def _embeds(self, first: int, last: int) -> bool:
        return any(
            EMBEDDINGS.fullmatch(call.name) and first <= call.line <= last
            for call in self._module.invocations
        )

    def _embeddings(self) -> None:
        embedding = [c for c in self._module.invocations if EMBEDDINGS.fullmatch(c.name)]
        functions = flow.callers(self._module, {call.function for call in embedding})
        bulk = flow.bulk_functions(self._module, functions)
        for call in embedding:
            if call.loop == "data" or call.function in bulk:
                self._note("embedding-memory", "embedded in a loop", call.line, call.column)
        carried = flow.carried(self._module, {c.name for c in embedding}, functions)
        for call in self._module.invocations:
            kept = flow.last(call.name) in _KEEPING
            if embedding and kept and carried.within(call.mentions, call.function):
                self._note("embedding-kept", f"written by {call.name}", call.line, call.column)

    def _chained(self) -> None:
        """Note where one call's reply goes into the next one's messages."""
        for run in [*self._runs, *self._passing()]:
            earlier = [
                item
                for item in self._module.assignments
                if item.function == run.function
                and item.line < run.line
                and run.mentions.intersection(item.targets)
                and self._replies.within(item.targets, run.function)
            ]
            if earlier and run.loop is None and self._growing is None:
                self._note("sequence", "a reply goes into the next call", run.line, run.column)

    # numbers

    def _counted(self) -> None:
        clocks = [n for n in self._module.names if SIGNALS["clock"].search(n.text)]
        if len(clocks) > 1:
            self._note("timed", f"{clocks[0].text} is read twice", clocks[0].line)
        for call in self._module.invocations:
            if 429 in [v for v in call.keywords.values() if isinstance(v, int)]:
                self._note("limits", "answers 429", call.line, call.column)
            if (
                "engine" in self.seen
                and flow.last(call.name) in {"generate", "chat"}
                and call.loop is None
            ):
                self._note("batch", "a list of prompts is given at once", call.line, call.column)
            if flow.last(call.name) == "range" and isinstance(call.keywords.get("2"), int):
                self._note("grouped", "items in groups", call.line, call.column)

    def choices(self) -> tuple[tuple[Evidence, tuple[str, ...]], ...]:
        """Return the texts that code chooses between, those of one function's calls among them."""
        file = self._module.file
        subscripted = {name.text for name in self._module.names if name.text.endswith("[]")}
        found = [
            (Evidence("the model is chosen under a condition", Place(file, c.line, 1)), c.texts)
            for c in self._module.choices
            if not c.name or f"{c.name}[]" in subscripted or f"{c.name}.get" in self._called
        ]
        for function in self._module.functions:
            texts = [
                value
                for call in self._module.invocations
                if call.function == function.name
                and (call in self._runs or flow.called(call) in self._functions)
                for value in call.keywords.values()
                if isinstance(value, str)
            ]
            if len(set(texts)) > 1 and function.conditional:
                place = Place(file, function.line, 1)
                found.append(
                    (Evidence(f"{function.name} asks one model, then another", place), tuple(texts))
                )
        return tuple(found)

    def served_model(self) -> str | None:
        """Return the model that is loaded here: `LLM(model=...)`, `from_pretrained(...)`."""
        for call in self._module.invocations:
            if _LOADS.fullmatch(call.name) and call.keywords.get("task") != "classification":
                name = _given(call.keywords, ("model", "repo_id", "model_path", "0"))
                if call.name.endswith("pipeline"):
                    name = _given(call.keywords, ("model", "1"))
                if isinstance(name, str):
                    return name
        return None

    @property
    def _called(self) -> frozenset[str]:
        return frozenset(call.name for call in self._module.invocations)


_LOADS = re.compile(
    r"(?:.*\.)?(?:LLM|Llama(?:\.from_pretrained)?|AutoModelFor(?:CausalLM|"
    r"Seq2SeqLM)\.from_pretrained|"
    r"pipeline|Generator|AsyncLLMEngine)"
)
_NO_REPLY_CACHE = re.compile(
    r"(?i)embed|prompt_?cache|cache_control|cached_tokens|cache_?(?:read|creation)|kv_?cache|token"
)
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


def _given(settings: Any, keys: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Return the first of the settings that is there; one that is None is not."""
    return next((settings[key] for key in keys if settings.get(key) is not None), None)


def _streams(call: Invocation) -> bool:
    return (
        call.keywords.get("stream") is True
        or call.keywords.get("streaming") is True
        or bool(re.search(r"(?:\.|^)a?stream\w*$|_stream(?:_async)?$|Stream$", call.name))
    )


def _said(name: str) -> str:
    kind, _, rest = name.partition(":")
    return {"import": f"{rest} is imported", "str": f'"{rest}"', "def": f"function {rest}"}.get(
        kind, name
    )

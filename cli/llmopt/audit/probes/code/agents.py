"""Agents of frameworks and how they are put together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmopt.audit.probes.code.facts import Agent
from llmopt.audit.probes.code.module import UNKNOWN, Invocation, Module
from llmopt.domain import Evidence, Place

FRAMEWORKS = re.compile(
    r"^(?:crewai|autogen|autogen_agentchat|langgraph|langchain\.agents|agents|swarm|llama_index|"
    r"google\.adk|smolagents|semantic_kernel|@openai/agents|@langchain/langgraph|mastra|@mastra)"
)
AGENTS = re.compile(
    r"(?:.*\.)?(?:Agent|LlmAgent|AssistantAgent|ConversableAgent|ChatCompletionAgent|FunctionAgent|"
    r"ReActAgent|CodeAgent|ToolCallingAgent|create_react_agent|createReactAgent|create_agent)"
)
HIERARCHY = re.compile(
    r"(?:.*\.)?(?:GroupChatManager|create_supervisor|createSupervisor|SelectorGroupChat)"
)
FIXED = re.compile(
    r"(?:.*\.)?(?:(?:Simple)?SequentialChain|SequentialAgent|RoundRobinGroupChat|"
    r"SequentialWorkflow)"
)


def see_agents(module: Module) -> tuple[Agent, ...]:
    """Return the agents that a file sets up."""
    if not any(FRAMEWORKS.search(name) for name in module.modules):
        return ()
    models = [c.keywords.get("model") for c in module.invocations if c.name.endswith("crewai.LLM")]
    shared = next((model for model in models if isinstance(model, str)), None)
    return tuple(
        Agent(
            Place(module.file, call.line, call.column),
            call.tools,
            counted=call.keywords.get("tools") is not UNKNOWN,
            model=_model(call) or shared,
            manages=_manages(call),
        )
        for call in module.invocations
        if AGENTS.fullmatch(call.name)
    )


def _model(call: Invocation) -> str | None:
    named = (call.keywords.get(key) for key in ("llm", "model"))
    return next((name for name in named if isinstance(name, str)), None)


def see_structures(module: Module) -> dict[str, list[Evidence]]:
    """Return hierarchies, sequences, and hierarchies whose order is written down."""
    if not any(FRAMEWORKS.search(name) for name in module.modules) and not any(
        FIXED.fullmatch(call.name) for call in module.invocations
    ):
        return {}
    chained = any(
        call.name.endswith("Task") and call.keywords.get("context") not in (None, [])
        for call in module.invocations
    )
    found: dict[str, list[Evidence]] = {}
    for call in module.invocations:
        for kind, fact in _structure(call, chained=chained):
            place = Place(module.file, call.line, call.column)
            found.setdefault(kind, []).append(Evidence(fact, place))
    edges = [call for call in module.invocations if call.name.endswith((".add_edge", ".addEdge"))]
    if len(edges) > 1:
        place = Place(module.file, edges[0].line, edges[0].column)
        found.setdefault("sequence", []).append(Evidence("a graph with fixed edges", place))
    return found


def _structure(call: Invocation, *, chained: bool) -> Iterator[tuple[str, str]]:
    """Yield what a call sets up: its kind, and the fact in words."""
    name = call.name.rpartition(".")[2]
    if name == "Crew":
        hierarchical = any(mention.endswith("Process.hierarchical") for mention in call.mentions)
        yield ("hierarchy" if hierarchical else "sequence"), "a crew of agents"
        if hierarchical and chained:
            yield "ordered-hierarchy", "tasks name earlier tasks as context"
    elif FIXED.fullmatch(call.name):
        yield "sequence", name
    elif HIERARCHY.fullmatch(call.name) or _manages(call):
        yield "hierarchy", f"{name} manages agents"
    if call.keywords.get("speaker_selection_method") == "round_robin":
        yield "ordered-hierarchy", "speakers go round robin"


def _manages(call: Invocation) -> bool:
    return any(call.keywords.get(key) not in (None, []) for key in _WORKERS)


_WORKERS = ("handoffs", "sub_agents", "managed_agents")

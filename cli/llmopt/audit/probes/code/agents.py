"""Agents of frameworks and how they are put together."""

from __future__ import annotations

import re

from llmopt.audit.probes.code.facts import Agent
from llmopt.audit.probes.code.module import UNKNOWN, Module
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
    r"(?:.*\.)?(?:(?:Simple)?SequentialChain|SequentialAgent|RoundRobinGroupChat|SequentialWorkflow)"
)


def see_agents(module: Module) -> tuple[Agent, ...]:
    """Return the agents that a file sets up."""
    if not any(FRAMEWORKS.search(name) for name in module.modules):
        return ()
    return tuple(
        Agent(
            Place(module.file, call.line, call.column),
            _tools(call.keywords.get("tools"), call.mentions),
            counted=call.keywords.get("tools") is not UNKNOWN,
        )
        for call in module.invocations
        if AGENTS.fullmatch(call.name)
    )


def _tools(value: object, mentions: frozenset[str]) -> frozenset[str]:
    if value is None or value == []:
        return frozenset()
    return frozenset(name for name in mentions if name != "Agent") or frozenset({"tools"})


def see_structures(module: Module) -> dict[str, list[Evidence]]:
    """Return hierarchies, sequences, and hierarchies whose order is written down."""
    if not any(FRAMEWORKS.search(name) for name in module.modules) and not any(
        FIXED.fullmatch(call.name) for call in module.invocations
    ):
        return {}
    found: dict[str, list[Evidence]] = {}

    def note(kind: str, fact: str, line: int) -> None:
        found.setdefault(kind, []).append(Evidence(fact, Place(module.file, line, 1)))

    edges = 0
    chained = any(
        call.name.endswith("Task") and call.keywords.get("context") not in (None, [])
        for call in module.invocations
    )
    for call in module.invocations:
        name = call.name.rpartition(".")[2]
        process = {
            m for m in call.mentions if m.endswith(("Process.hierarchical", "Process.sequential"))
        }
        if name == "Crew":
            hierarchical = any(m.endswith("hierarchical") for m in process)
            note("hierarchy" if hierarchical else "sequence", f"{name} of agents", call.line)
            if hierarchical and chained:
                note("ordered-hierarchy", "tasks name earlier tasks as context", call.line)
        elif HIERARCHY.fullmatch(call.name) or any(
            call.keywords.get(key) not in (None, [])
            for key in ("handoffs", "sub_agents", "managed_agents")
        ):
            if FIXED.fullmatch(call.name):
                note("sequence", name, call.line)
            else:
                note("hierarchy", f"{name} manages agents", call.line)
        elif FIXED.fullmatch(call.name):
            note("sequence", name, call.line)
        if call.keywords.get("speaker_selection_method") == "round_robin":
            note("ordered-hierarchy", "speakers go round robin", call.line)
        edges += name in {"add_edge", "addEdge"}
        if name in {"add_edge", "addEdge"} and edges == 2:
            note("sequence", "a graph with fixed edges", call.line)
    return found

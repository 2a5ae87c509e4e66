from __future__ import annotations

from llmopt.audit.check import ARCHITECTURE, Check, Goal
from llmopt.audit.checks.arc1_model import routes
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import size_of
from llmopt.audit.probes.code.facts import Agent
from llmopt.domain import Evidence

FEWEST_WORKERS = 3


def _said(agents: tuple[Agent, ...] | list[Agent]) -> list[Evidence]:
    return [
        Evidence(f"an agent with {'tools' if agent.tools else 'no tools'}", agent.place)
        for agent in agents
    ]


def _single(facts: Facts) -> Judgement:
    code = facts.code
    if not code.calls and not code.agents:
        return inapplicable("no call and no agent is seen")
    hierarchies, sequences = code.seen("hierarchy"), code.seen("sequence")
    for file in code.files:
        tooled = [agent for agent in file.agents if agent.tools or not agent.counted]
        ordered = "hierarchy" not in file.seen and (
            "sequence" in file.seen or (sequences and not hierarchies)
        )
        if len(file.agents) > 1 and len(tooled) < 2 and not ordered:
            return failed(_said(file.agents), "one agent with these tools would do")
    groups = [agent for file in code.files if len(file.agents) > 1 for agent in file.agents]
    if groups:
        return passed(_said(groups), "the agents have tools of their own, or a fixed order")
    calls = [call.evidence() for call in code.calls]
    return passed([*calls, *_said(code.agents)], "no group of agents is set up")


def _sequence(facts: Facts) -> Judgement:
    wrong = facts.code.seen("ordered-hierarchy")
    if wrong:
        return failed(wrong, "a manager decides an order that is written down")
    sequences = facts.code.seen("sequence")
    if sequences:
        return passed(sequences, "work in a fixed order runs as a sequence")
    return inapplicable("neither a sequence nor a hierarchy of agents is seen")


def _hierarchy(facts: Facts) -> Judgement:
    seen = facts.code.seen("hierarchy")
    if not seen:
        return inapplicable("no hierarchy of agents is seen")
    for file in facts.code.files:
        if "hierarchy" not in file.seen:
            continue
        led = [agent for agent in file.agents if not agent.manages]
        workers = [agent for agent in led if agent.tools or not agent.counted]
        if not file.agents:
            return manual("its workers are set up elsewhere", seen)
        kinds = {agent.tools for agent in workers}
        if len(led) < FEWEST_WORKERS or len(workers) < 2 or len(kinds) < 2:
            return failed([*seen, *_said(file.agents)], "too few different workers for a manager")
    return passed([*seen, *_said(facts.code.agents)], "several workers with tools of their own")


def _kinds(facts: Facts) -> dict[str, Evidence]:
    """Return the kinds of work seen, each with one piece of evidence."""
    code = facts.code
    kinds: dict[str, Evidence] = {}
    for evidence in code.seen("retrieval"):
        kinds.setdefault("retrieval", evidence)
    for agent in _said(code.agents):
        kinds.setdefault("tools", agent)
    answering = {file.file for file in code.files if {"retrieval", "retrieving"} & file.seen.keys()}
    for call in code.calls:
        if call.tools:
            kinds.setdefault("tools", call.evidence("a call with tools"))
        elif call.conversation:
            kinds.setdefault("conversation", call.evidence("a conversation"))
        elif call.bulk:
            kinds.setdefault("bulk", call.evidence("a bulk call"))
        elif "retrieval" not in kinds or call.place.file not in answering:
            kinds.setdefault("other", call.evidence("a call"))
    return kinds


def _hybrid(facts: Facts) -> Judgement:
    kinds = _kinds(facts)
    if len(kinds) < 2:
        return inapplicable("fewer than two kinds of work are seen", kinds.values())
    routing = routes(facts)
    models = {call.model for call in facts.code.calls if call.model}
    models |= {agent.model for agent in facts.code.agents if agent.model}
    if routing or len(models) > 1:
        return passed([*routing, *kinds.values()], "kinds of work take different paths")
    unknown = any(call.model is None for call in facts.code.calls)
    if len(models) == 1 and not unknown and size_of(next(iter(models))) == "large":
        return failed(kinds.values(), f"all kinds of work go to {next(iter(models))}")
    return manual("whether one path serves all kinds well", kinds.values())


GOAL = Goal(
    code="ARC2",
    name="pattern",
    title="Most efficient pattern",
    area=ARCHITECTURE,
    checks=(
        Check(
            code="ARC201",
            name="single-agent-with-tools",
            title="Simple tasks have a single agent with tools",
            weight=4,
            effort="medium",
            needs=("code",),
            judges="Whether several agents do what one with tools could.",
            passes=(
                "There are calls, with or without tools, and no file sets up two agents or more; "
                "or at least two agents of the set-up have tools of their own."
            ),
            fails=(
                "A file sets up two agents or more of which at most one has tools (tools= with "
                "at least one entry), and their order is not fixed: neither Process.sequential, "
                "nor tasks without a manager, nor a chain."
            ),
            manual=None,
            not_applicable="No call and no agent in application code.",
            saving=None,
            remedy="Give one agent the tools of all, and evaluate it against the group.",
            snippet='agent = Agent(role="support", tools=[search, lookup_order])',
            source="Architecture patterns: single agent + tools for simple tasks.",
            judge=_single,
        ),
        Check(
            code="ARC202",
            name="sequential-agents",
            title="Clear workflows run as a sequence",
            weight=3,
            effort="medium",
            needs=("code",),
            judges="Whether work in a fixed order is run by a manager that decides the order.",
            passes=(
                "A sequence is seen: Process.sequential or a CrewAI crew without a process, a "
                "SequentialChain or SequentialAgent, a LangGraph with fixed edges between at least "
                "two nodes, a chain of prompts and models piped twice or more, or a function that "
                "puts the reply of one call into the next call's messages."
            ),
            fails=(
                "A hierarchy runs tasks whose order is written down: Process.hierarchical with "
                "tasks that name earlier tasks as context, or a group chat whose speakers go "
                "round robin."
            ),
            manual=None,
            not_applicable="Neither a sequence nor a hierarchy is seen.",
            saving=None,
            remedy="Run the tasks in their order, and drop the manager's calls.",
            snippet="Crew(agents=agents, tasks=tasks, process=Process.sequential)",
            source="Architecture patterns: sequential agents for clear workflows.",
            judge=_sequence,
        ),
        Check(
            code="ARC203",
            name="hierarchy-only-where-complex",
            title="Hierarchies serve complex work of several domains only",
            weight=3,
            effort="high",
            needs=("code",),
            judges="Whether a hierarchy has enough different workers to need a manager.",
            passes=(
                "A hierarchy has at least three workers, of which at least two have tools, and "
                "not the same ones."
            ),
            fails="A hierarchy has fewer than three workers, or fewer than two with tools.",
            manual="A hierarchy is seen whose workers cannot be counted.",
            not_applicable="No hierarchy is seen.",
            saving=None,
            remedy="Replace the manager by one agent with the workers' tools.",
            snippet='agent = Agent(role="analyst", tools=[*research_tools, *report_tools])',
            source="Architecture patterns: hierarchical only for complex multi-domain work.",
            judge=_hierarchy,
        ),
        Check(
            code="ARC204",
            name="hybrid-for-mixed-work",
            title="Mixed work takes different paths",
            weight=2,
            effort="high",
            needs=("code",),
            judges=(
                "Whether kinds of work that need different means share one large model. Kinds are "
                "retrieval, calls with tools or agents, conversations, bulk calls, other calls."
            ),
            passes=(
                "At least two kinds of work are seen, and either a router or cascade (ARC103), or "
                "calls to at least two different models."
            ),
            fails=(
                "At least two kinds of work are seen, every call names the same large model, and "
                "nothing routes."
            ),
            manual=(
                "At least two kinds of work are seen on one model that is not large or not known."
            ),
            not_applicable="Fewer than two kinds of work are seen.",
            saving=None,
            remedy="Route requests: retrieval for facts, tools for actions.",
            snippet='route = classify(request)  # "facts" | "action" | "chat"',
            source="Architecture patterns: hybrid considered for mixed workloads.",
            judge=_hybrid,
        ),
    ),
)

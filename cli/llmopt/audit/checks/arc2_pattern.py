from __future__ import annotations

from llmopt.audit.check import ARCHITECTURE, Check, Goal

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
        ),
    ),
)

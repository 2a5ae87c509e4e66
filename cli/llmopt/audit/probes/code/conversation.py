"""Conversations: lists of messages to which replies are appended."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from llmopt.audit.probes.code import flow
from llmopt.audit.probes.code.calling import Calling
from llmopt.audit.probes.code.module import Invocation
from llmopt.audit.probes.code.settings import TOOL_KEYS, given


class Growing(NamedTuple):
    """A list of messages that grows, and the line that makes it grow."""

    name: str
    line: int


def see_growing(calling: Calling, signals: Collection[str]) -> Growing | None:
    """Return the list of messages to which replies are appended, if there is one."""
    module, replies = calling.module, calling.replies
    for call in module.invocations:
        match = flow.GROWS.fullmatch(call.name)
        if (
            match
            and call.loop != "steps"
            and replies.within(call.mentions, call.function)
            and _is_sent(calling, signals, match[1], call)
        ):
            return Growing(match[1], call.line)
    for item in module.assignments:
        for target in item.targets:
            if (
                target in item.mentions
                and replies.within(item.mentions - {target}, item.function)
                and _sent_anywhere(calling, target)
            ):
                return Growing(target, item.line)
    return None


def sends(calling: Calling, run: Invocation, name: str) -> bool:
    """Tell whether a run sends what a name holds."""
    sent = flow.reaching(calling.module, run.mentions, run.function)
    return name in sent or flow.last(name) in {flow.last(other) for other in sent}


def _is_sent(calling: Calling, signals: Collection[str], name: str, grows: Invocation) -> bool:
    """Tell whether a list is sent; one begun anew for an agent's loop is no conversation."""
    offers_tools = any(given(run.keywords, TOOL_KEYS) is not None for run in calling.runs)
    fresh = any(
        name in item.targets and item.function == grows.function and grows.function
        for item in calling.module.assignments
    )
    if grows.loop == "while" and offers_tools and fresh and "user-input" not in signals:
        return False
    return _sent_anywhere(calling, name)


def _sent_anywhere(calling: Calling, name: str) -> bool:
    return any(sends(calling, run, name) for run in [*calling.runs, *calling.passing()])

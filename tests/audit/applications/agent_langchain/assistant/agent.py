"""The assistant of the order desk: one agent, its tools, and a history that is kept short."""

from typing import Any

from langchain.agents import AgentState, create_agent
from langchain.agents.middleware import before_model
from langchain_core.messages import RemoveMessage, trim_messages
from langchain_core.messages.utils import count_tokens_approximately
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from assistant.reasons import return_reason
from assistant.tools import find_order, list_shipments, open_return

SYSTEM_PROMPT = """\
You help the order desk of a bicycle workshop.

# Work
- Look up an order before you say anything about it.
- Open a return only for orders delivered within 30 days.
- Ask for the order number where it is missing.

# Style
Plain sentences, at most 80 words.
"""


@before_model
def keep_recent(state: AgentState, runtime: Any) -> dict[str, Any]:
    """Send the last turns only; the checkpointer keeps the rest for the desk."""
    recent = trim_messages(
        state["messages"],
        strategy="last",
        token_counter=count_tokens_approximately,
        max_tokens=3000,
        start_on="human",
    )
    return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *recent]}


def build_agent() -> Any:
    """Return the agent, ready to be invoked with a thread id."""
    model = ChatOpenAI(model="gpt-4.1", temperature=0, timeout=30, max_retries=2)
    return create_agent(
        model=model,
        tools=[find_order, list_shipments, open_return, return_reason],
        system_prompt=SYSTEM_PROMPT,
        middleware=[keep_recent],
        checkpointer=InMemorySaver(),
    )

from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage, trim_messages
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableParallel
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from pydantic import BaseModel

from briefing import prompts
from briefing.config import CONFIG
from briefing.models import planner, writer
from briefing.sources import passages, search


class Plan(BaseModel):
    searches: list[str]


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]
    question: str
    searches: list[str]
    read: str
    notes: str
    doubts: str


_plan = ChatPromptTemplate.from_template(prompts.PLAN_PROMPT) | planner.with_structured_output(Plan)
_read = RunnableParallel(
    notes=ChatPromptTemplate.from_template(prompts.NOTES_PROMPT) | planner | StrOutputParser(),
    doubts=ChatPromptTemplate.from_template(prompts.DOUBTS_PROMPT) | planner | StrOutputParser(),
)
_write = ChatPromptTemplate.from_template(prompts.WRITE_PROMPT)


def plan(state: State) -> dict:
    return {"searches": _plan.invoke({"question": state["question"]}).searches}


def gather(state: State) -> dict:
    urls = [hit["url"] for one in state["searches"] for hit in search.invoke(one)["results"]]
    return {"read": passages(urls)}


def read(state: State) -> dict:
    return _read.invoke({"question": state["question"], "passages": state["read"]})


def write(state: State) -> dict:
    recent = trim_messages(
        state["messages"], max_tokens=CONFIG.history_tokens, token_counter=writer, strategy="last"
    )
    reply = writer.invoke([*recent, *_write.format_messages(**state)])
    return {"messages": [reply]}


def build(saver: SqliteSaver):
    graph = StateGraph(State)
    for node in (plan, gather, read, write):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "gather")
    graph.add_edge("gather", "read")
    graph.add_edge("read", "write")
    graph.add_edge("write", END)
    return graph.compile(checkpointer=saver)

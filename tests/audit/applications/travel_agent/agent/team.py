"""Two agents and the one that tells them what to do.

A single agent with all tools (tools=[search_flights, hold_flight, search_hotels]) was the first
version; see the git log.
"""

from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import create_react_agent
from langgraph_supervisor import create_supervisor

from agent.rules import entry_rules
from agent.tools import hold_flight, search_flights, search_hotels

model = ChatOpenAI(model="gpt-4o", temperature=0, max_retries=3)

flights = create_react_agent(
    model,
    tools=[search_flights, hold_flight, entry_rules],
    name="flights",
    prompt="You find flights. Say what entry asks for. Hold a flight only when told to.",
)
hotels = create_react_agent(
    model,
    tools=[search_hotels],
    name="hotels",
    prompt="You find hotels. Prefer those near a station.",
)
team = create_supervisor(
    [flights, hotels],
    model=model,
    prompt="You plan journeys. Ask flights for the way and hotels for the nights.",
).compile(checkpointer=InMemorySaver())

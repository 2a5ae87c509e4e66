"""The agents: one at the door, two behind it."""

from agents import Agent

from desk import settings
from desk.tools import leave_balance, open_ticket, request_leave

people = Agent(
    name="People",
    model=settings.MODEL,
    instructions=(
        "You answer questions of staff about leave. Could you please always look the balance up "
        "before you request leave? Dates are ISO dates. Answer in two sentences."
    ),
    tools=[leave_balance, request_leave],
)

computers = Agent(
    name="Computers",
    model=settings.MODEL,
    instructions=(
        "You help staff with their computers. Try the two most likely remedies with them first, "
        "one after the other, and open a ticket if neither helps."
    ),
    tools=[open_ticket],
)

door = Agent(
    name="Door",
    model=settings.MODEL,
    instructions="Hand over to the colleague who can help. Greet only in the first message.",
    handoffs=[people, computers],
)

"""The desk: a first agent that hands over to three others, each with means of its own."""

from agents import Agent, Runner, SQLiteSession, function_tool


@function_tool
def policy(number: str) -> str:
    """Return what a policy covers."""
    return f"policy {number}: water, fire"


@function_tool
def garages(town: str) -> list[str]:
    """Return garages that repair for us."""
    return [f"{town} North", f"{town} South"]


@function_tool
def pay(claim: str, amount: float) -> str:
    """Pay a claim that was accepted."""
    return f"{amount:.2f} for {claim}"


cover = Agent(name="Cover", instructions="Say what the policy covers, in two sentences.", tools=[policy], model="gpt-4.1-mini")
repair = Agent(name="Repair", instructions="Find a garage for the customer, in two sentences.", tools=[garages], model="gpt-4.1-mini")
payment = Agent(name="Payment", instructions="Pay what was accepted, nothing else. One sentence.", tools=[pay, policy], model="gpt-4.1-mini")
desk = Agent(
    name="Desk",
    instructions="Hand the customer over to the agent who can help. Ask back where it is unclear.",
    handoffs=[cover, repair, payment],
    model="gpt-4.1-mini",
)


async def turn(session: str, text: str) -> str:
    result = await Runner.run(desk, text, session=SQLiteSession(session))
    return result.final_output

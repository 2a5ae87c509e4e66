"""Requests that need something done: a manager hands them over to one who can."""

import httpx
from agents import Agent, Runner, function_tool

ERP = "http://erp:8090"


@function_tool
def order_repair(flat: str, what: str) -> str:
    """Order a repair and return its number."""
    return httpx.post(f"{ERP}/repairs", json={"flat": flat, "what": what}).json()["number"]


@function_tool
def find_invoice(number: str) -> dict:
    """An invoice by its number."""
    return httpx.get(f"{ERP}/invoices/{number}").json()


@function_tool
def free_flats(rooms: int) -> list[dict]:
    """Flats that can be rented."""
    return httpx.get(f"{ERP}/flats", params={"rooms": rooms, "free": True}).json()


repairs = Agent(name="repairs", model="gpt-4.1-mini", instructions="You order repairs.",
                tools=[order_repair])
invoices = Agent(name="invoices", model="gpt-4.1-mini", instructions="You explain invoices.",
                 tools=[find_invoice])
letting = Agent(name="letting", model="gpt-4.1-mini", instructions="You offer flats.",
                tools=[free_flats])
manager = Agent(
    name="manager",
    model="gpt-4.1-mini",
    instructions="Hand the request over to the one who can do it.",
    handoffs=[repairs, invoices, letting],
)


async def act(request: str) -> str:
    result = await Runner.run(manager, request, max_turns=8)
    return result.final_output

"""What the agents may do in our systems."""

import httpx
from agents import function_tool

from desk import settings


@function_tool
async def leave_balance(employee: str) -> str:
    """Return the days of leave that an employee has left this year."""
    async with httpx.AsyncClient(base_url=settings.HR_URL) as hr:
        return (await hr.get(f"/leave/{employee}")).text


@function_tool
async def request_leave(employee: str, first: str, last: str) -> str:
    """Ask for leave from the first to the last day, as ISO dates."""
    async with httpx.AsyncClient(base_url=settings.HR_URL) as hr:
        return (await hr.post("/leave", json={"who": employee, "from": first, "to": last})).text


@function_tool
async def open_ticket(employee: str, problem: str) -> str:
    """Open a ticket with the computer people, and return its number."""
    async with httpx.AsyncClient(base_url=settings.IT_URL) as it:
        return (await it.post("/tickets", json={"who": employee, "what": problem})).text

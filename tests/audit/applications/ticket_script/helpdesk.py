"""The help desk's REST interface."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import httpx

BASE = "https://desk.example.com/api/v2"
KNOWN_CLIENTS = ("openai", "anthropic", "langchain", "litellm")  # user agents that get blocked


@dataclass
class Ticket:
    id: int
    account_id: int
    subject: str
    body: str


def session() -> httpx.Client:
    return httpx.Client(headers={"Authorization": f"Bearer {os.environ['HELPDESK_TOKEN']}"})


def open_tickets() -> Iterator[Ticket]:
    """All open tickets, page after page."""
    page = 1
    with session() as http:
        while True:
            answer = http.get(f"{BASE}/tickets", params={"status": "open", "page": page})
            found = json.loads(answer.text)
            for item in found["tickets"]:
                yield Ticket(item["id"], item["account"], item["subject"], item["body"])
            if not found["next"]:
                return
            page += 1


@lru_cache(maxsize=512)
def account_name(account_id: int) -> str:
    """Names hardly change; a cache spares a request for every ticket."""
    with session() as http:
        return http.get(f"{BASE}/accounts/{account_id}").json()["name"]


def assign(ticket: Ticket, queue: str) -> None:
    with session() as http:
        http.patch(f"{BASE}/tickets/{ticket.id}", json={"queue": queue}).raise_for_status()

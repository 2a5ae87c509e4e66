"""What the agent can do. Every tool reads or writes the order file; none asks a model."""

import json
from functools import cache
from pathlib import Path

from langchain_core.tools import tool

ORDERS = Path(__file__).parent.parent / "data" / "orders.json"


@cache
def orders() -> dict[str, dict]:
    """Read the order file once."""
    return {order["number"]: order for order in json.loads(ORDERS.read_text())}


@tool
def find_order(number: str) -> dict:
    """Find one order by its number."""
    return orders().get(number, {"error": "no such order"})


@tool
def list_shipments(number: str) -> list[dict]:
    """List the shipments of an order, page after page."""
    found, page = [], 0
    while True:
        rows = find_order.func(number).get("shipments", [])[page * 10 : page * 10 + 10]
        found.extend(rows)
        if len(rows) < 10:
            return found
        page += 1


@tool
def open_return(number: str, reason: str) -> str:
    """Open a return for an order."""
    order = orders().get(number)
    if order is None:
        return "no such order"
    order.setdefault("returns", []).append({"reason": reason, "customer_id": order["customer_id"]})
    return f"return {len(order['returns'])} of order {number} is open"

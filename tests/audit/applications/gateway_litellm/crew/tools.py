"""What the crew can look up."""

import csv
from pathlib import Path

from crewai.tools import tool


@tool("Price list")
def price_list(position: str) -> str:
    """Return the price of a position."""
    with Path("prices.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["position"].lower() == position.lower():
                return row["price"]
    return "no price is known"

"""What the agents may do."""

import httpx
from langchain_core.tools import tool

PARTNER = "https://partner.example.com/v3"


@tool
def search_flights(origin: str, destination: str, day: str) -> list[dict]:
    """The five cheapest flights of a day (ISO date), by the codes of the airports."""
    found, page = [], 1
    while True:
        answer = httpx.get(f"{PARTNER}/flights", params={
            "from": origin, "to": destination, "day": day, "page": page,
        }).json()
        found += answer["items"]
        if answer["last"]:
            return sorted(found, key=lambda flight: flight["price"])[:5]
        page += 1


@tool
def hold_flight(flight: str) -> str:
    """Hold a flight for a day. Costs nothing."""
    return httpx.post(f"{PARTNER}/holds", json={"flight": flight}).json()["hold"]


@tool
def search_hotels(city: str, arrival: str, nights: int) -> list[dict]:
    """Hotels of a city with a free room."""
    answer = httpx.get(f"{PARTNER}/hotels", params={"city": city, "from": arrival, "n": nights})
    return answer.json()["items"][:5]

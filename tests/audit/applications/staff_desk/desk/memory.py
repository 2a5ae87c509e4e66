"""What was said with each person, as long as the process lives."""

from collections import defaultdict

from agents import TResponseInputItem

_said: dict[str, list[TResponseInputItem]] = defaultdict(list)


def recall(person: str) -> list[TResponseInputItem]:
    return _said[person]


def remember(person: str, items: list[TResponseInputItem]) -> None:
    _said[person] = items

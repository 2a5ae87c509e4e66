"""Every text that is sent to a model, and what it is sent with."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Prompt:
    name: str
    kind: Literal["writing", "sorting"]
    system: str
    max_tokens: int


URGENCY = Prompt(
    name="urgency",
    kind="sorting",
    system=(
        "Classify a letter that a hospital sent to a general practice.\n"
        "Urgency: today, this week, routine\n"
        'Reply with JSON like {"urgency": "routine", "speciality": "cardiology"} and nothing else.'
    ),
    max_tokens=60,
)

FACTS = Prompt(
    name="facts",
    kind="writing",
    system=(
        "List what the letter asks the practice to do: medication that changes, tests to order, "
        "appointments to make. One item on a line, with the sentence that it comes from."
    ),
    max_tokens=600,
)

REPLY = Prompt(
    name="reply",
    kind="writing",
    system=(
        "You are a secretary in a general practice. Please write the answer to the hospital. "
        "Make sure to mention every item of the list that you are given, and make sure to leave "
        "out the patient's name. Thank you!"
    ),
    max_tokens=900,
)

"""A model whose answers break in one known way; a provider as another package would add it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from llmopt.domain import Completion, Model, Request, Usage


class Fragile:
    """Answers by the parity of the order's number, which no perturbation touches.

    Asked by a template that says "briefly", it is lost on what does not begin like a sentence.
    """

    async def complete(self, request: Request) -> Completion:
        asked = request.messages[-1].content
        head, _, text = asked.partition("Remark: ")
        number = re.search(r"\d+", text)
        reply = "even" if number and int(number.group()) % 2 == 0 else "odd"
        if "briefly" in head and not (text[0].isupper() and text[1].islower()):
            reply = "I cannot tell."
        return Completion(reply, Usage(len(asked), 2), latency_ms=1.0, finish_reason="stop")


def provider(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Fragile:
    return Fragile()

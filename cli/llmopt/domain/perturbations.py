from __future__ import annotations

from typing import Literal, get_args

Perturbation = Literal["typos", "case", "whitespace", "punctuation", "order", "lookalikes"]
"""One way in which an input is written less tidily; what it asks stays the same."""

PERTURBATIONS: tuple[Perturbation, ...] = get_args(Perturbation)

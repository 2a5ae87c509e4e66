"""Values as the text of a JSON document."""

from __future__ import annotations

import json


def json_text(values: object) -> str:
    """Write plain values for tools and readers alike: indented, in their own letters."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

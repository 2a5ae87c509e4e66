"""What names in code tell: one pattern a signal, for Python and JavaScript alike.

A pattern is searched in the dotted names of a file, imports resolved. `import:x` is an
import, `def:x` and `class:x` a definition, `k=` a key or keyword, `str:x` a short text,
`x[]` a look-up in x.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from llmopt.audit.probes.code.signals.asking import ASKING
from llmopt.audit.probes.code.signals.reading import DISTANCE, READING
from llmopt.audit.probes.code.signals.running import RUNNING

__all__ = ["DISTANCE", "SIGNALS", "signals_of"]

SIGNALS: Mapping[str, re.Pattern[str]] = {**ASKING, **READING, **RUNNING}


@cache
def signals_of(name: str) -> tuple[str, ...]:
    """Return the signals that a name gives; a text gives those alone that ask for a text."""
    if name.startswith("str:"):
        return tuple(signal for signal, pattern in SIGNALS.items() if pattern.match(name))
    return tuple(signal for signal, pattern in SIGNALS.items() if pattern.search(name))

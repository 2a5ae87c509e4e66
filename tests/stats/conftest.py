from __future__ import annotations

from hypothesis import settings

# A deadline is a wall-clock assertion: a busy machine would fail a right formula.
settings.register_profile("no-deadline", parent=settings(), deadline=None)
settings.load_profile("no-deadline")

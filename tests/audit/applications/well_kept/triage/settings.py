"""Models and where traces go."""

import os

SMALL = os.environ.get("TRIAGE_SMALL", "claude-haiku-4-5")
LARGE = os.environ.get("TRIAGE_LARGE", "claude-sonnet-4-5")
SURE = 0.8

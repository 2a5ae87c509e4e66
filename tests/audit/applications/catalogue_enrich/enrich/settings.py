"""Where things are, and who is asked."""

import os
from pathlib import Path

LAKE = Path(os.environ.get("LAKE", "/lake"))
CATEGORY_MODEL = os.environ.get("CATEGORY_MODEL", "gpt-4.1-mini")
COLOUR_MODEL = os.environ.get("COLOUR_MODEL", "gpt-4o-mini")
WORKERS = int(os.environ.get("WORKERS", "8"))

import os

MODEL = os.getenv("DESK_MODEL", "gpt-4.1")
HR_URL = os.environ.get("HR_URL", "http://hr.internal")
IT_URL = os.environ.get("IT_URL", "http://it.internal")

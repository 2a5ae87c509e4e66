import os

MODEL_URL = os.environ["PAPERS_MODEL_URL"]
TIMEOUT = float(os.environ.get("PAPERS_TIMEOUT", "60"))

import os

PROXY_URL = os.environ.get("REPORTS_PROXY_URL", "http://localhost:4000/v1")
DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://localhost/reports")
WRITER = os.environ.get("REPORTS_MODEL", "writer")

import os

LARGE_URL = os.environ.get("LARGE_URL", "http://vllm-chat:8000/v1")
LARGE_MODEL = "Qwen/Qwen2.5-7B-Instruct-AWQ"
TOKENS_PER_MINUTE = int(os.environ.get("TOKENS_PER_MINUTE", "40000"))
REDIS_URL = os.environ["REDIS_URL"]

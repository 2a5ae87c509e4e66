import os

CACHE_TYPE = "RedisCache"
CACHE_REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
RATELIMIT_STORAGE_URI = CACHE_REDIS_URL

MAIL_MODEL = os.environ.get("MAIL_MODEL", "gpt-4.1")

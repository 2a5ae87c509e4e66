import time

from redis.asyncio import Redis

from gateway import settings

redis = Redis.from_url(settings.REDIS_URL)


async def take(tenant_id: str, tokens: int) -> bool:
    """Say whether the tenant has tokens left in this minute."""
    key = f"spent:{tenant_id}:{int(time.time() // 60)}"
    spent = await redis.incrby(key, tokens)
    await redis.expire(key, 120)
    return spent <= settings.TOKENS_PER_MINUTE

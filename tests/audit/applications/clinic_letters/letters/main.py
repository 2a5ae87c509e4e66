from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from redis.asyncio import Redis

from letters import telemetry
from letters.gateway import Gateway, ModelUnavailable
from letters.routes import router
from letters.settings import settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    told = settings()
    if told.otlp_endpoint:
        telemetry.start(told.otlp_endpoint)
    redis = Redis.from_url(told.redis_url)
    app.state.gateway = Gateway(told, redis)
    yield
    await redis.aclose()


app = FastAPI(title="Letters", lifespan=lifespan)
app.include_router(router)
FastAPIInstrumentor.instrument_app(app)


@app.exception_handler(ModelUnavailable)
async def unavailable(_request: object, error: ModelUnavailable) -> JSONResponse:
    return JSONResponse({"detail": f"no answer for {error}"}, status_code=503)


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}

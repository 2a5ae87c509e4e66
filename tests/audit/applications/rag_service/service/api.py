"""The routes; Redis counts requests for the limiter and keeps no replies."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, Header, Request
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic import BaseModel
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded

from .answer import answer
from .index import build
from .settings import settings

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
OpenAIInstrumentor().instrument(tracer_provider=provider)


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.retriever = build()
    yield


limiter = Limiter(
    key_func=lambda request: request.headers.get("x-org", "none"),
    storage_uri=settings().redis_url,
)
app = FastAPI(lifespan=lifespan)
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


class Question(BaseModel):
    text: str


@app.post("/answers")
@limiter.limit("30/minute")
async def post_answer(request: Request, question: Question, x_org: str = Header()):
    return {"answer": await answer(request.app.state.retriever, question.text, x_org)}

"""The one door to the provider: every request is cached, timed and counted here."""

import hashlib
import json
from typing import Any

from anthropic import APIStatusError, AsyncAnthropic
from opentelemetry import metrics, trace
from redis.asyncio import Redis

from letters.prompts import Prompt
from letters.settings import Settings

tracer = trace.get_tracer(__name__)
meter = metrics.get_meter(__name__)
tokens = meter.create_counter("llm_tokens", unit="{token}")
duration = meter.create_histogram("llm_duration", unit="s")


class ModelUnavailable(Exception):
    """The provider did not answer, and the letter has to wait."""


class Gateway:
    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._redis = redis
        self._client = AsyncAnthropic(
            api_key=settings.anthropic_api_key.get_secret_value(), max_retries=3, timeout=40
        )

    async def ask(self, prompt: Prompt, text: str) -> str:
        request = self._request(prompt, text)
        key = self._key(request)
        if (kept := await self._redis.get(key)) is not None:
            return kept.decode()
        answer = await self._send(prompt, request)
        await self._redis.set(key, answer, ex=self._settings.reply_ttl_seconds)
        return answer

    def _request(self, prompt: Prompt, text: str) -> dict[str, Any]:
        return {
            "model": self._model(prompt),
            "max_tokens": prompt.max_tokens,
            "temperature": 0,
            "system": prompt.system,
            "messages": [{"role": "user", "content": text}],
        }

    def _model(self, prompt: Prompt) -> str:
        if prompt.kind == "sorting":
            return self._settings.sorting_model
        return self._settings.writing_model

    @staticmethod
    def _key(request: dict[str, Any]) -> str:
        return "llm:" + hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()

    async def _send(self, prompt: Prompt, request: dict[str, Any]) -> str:
        labels = {"feature": prompt.name, "model": request["model"]}
        with tracer.start_as_current_span(f"chat {request['model']}") as span:
            try:
                message = await self._client.messages.create(**request)
            except APIStatusError as error:
                span.record_exception(error)
                raise ModelUnavailable(prompt.name) from error
            span.set_attribute("gen_ai.usage.input_tokens", message.usage.input_tokens)
            span.set_attribute("gen_ai.usage.output_tokens", message.usage.output_tokens)
        tokens.add(message.usage.input_tokens, {**labels, "direction": "input"})
        tokens.add(message.usage.output_tokens, {**labels, "direction": "output"})
        return "".join(block.text for block in message.content if block.type == "text")

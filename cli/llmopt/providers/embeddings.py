"""Texts as vectors, through the same one method as replies.

A request holds one text a message; the completion's text holds one vector a line. So
pacing, the response cache, prices and a budget serve embeddings as they serve replies.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from llmopt.domain import Completion, Request, Usage
from llmopt.providers._endpoint import Home
from llmopt.providers._stream import ChatAssembly
from llmopt.providers._wire import HttpModel, UnreadableError, section, sendable, tokens


def packed(vectors: Sequence[Sequence[float]]) -> str:
    """Write vectors down: 32-bit floats in base64, one vector a line.

    Raises:
        ValueError: something else than numbers is among them, or too large a one.
    """
    try:
        return "\n".join(b64encode(array("f", vector).tobytes()).decode() for vector in vectors)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"no vector of numbers: {error}") from error


def unpacked(text: str) -> list[array[float]]:
    """Read what `packed` wrote."""
    vectors = []
    for line in text.split("\n"):
        vector = array("f")
        vector.frombytes(b64decode(line))
        vectors.append(vector)
    return vectors


def _vector(said: Any) -> Sequence[float]:  # noqa: ANN401 - any JSON value
    """Read one vector: numbers, or with `encoding_format: base64` 32-bit floats in base64."""
    return unpacked(said)[0] if isinstance(said, str) else said


class OpenAIEmbeddings(HttpModel):
    """A model behind OpenAI's embeddings API, or a server that speaks its format.

    Follows developers.openai.com/api/reference (embeddings).
    """

    sdk = "openai"
    client = "AsyncOpenAI"
    path = "/embeddings"
    home = Home("https://api.openai.com/v1", key_env="OPENAI_API_KEY", url_env="OPENAI_BASE_URL")
    assembly = ChatAssembly  # never used: vectors do not stream

    def most_reply_tokens(self, params: Mapping[str, Any]) -> int:
        """Vectors are no tokens."""
        return 0

    def body(self, request: Request) -> dict[str, Any]:
        return {
            **sendable(request.params),
            "model": self.model.wire_name,
            "input": [message.content for message in request.messages],
        }

    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        items = data.get("data")
        if not isinstance(items, list) or len(items) != len(request.messages):
            raise UnreadableError(f"it has not one vector for each of {len(request.messages)}")
        try:
            ordered = sorted(items, key=lambda item: item["index"])
            text = packed([_vector(item["embedding"]) for item in ordered])
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableError(f"its vectors cannot be read: {error}") from error
        return Completion(
            text=text,
            usage=Usage(tokens(section(data, "usage"), "prompt_tokens"), 0),
            finish_reason="stop",
        )

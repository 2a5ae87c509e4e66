"""What the environment says."""

import os
from functools import lru_cache

import anthropic
from openai import OpenAI
from qdrant_client import QdrantClient

ANSWER_MODEL = os.environ.get("ANSWER_MODEL", "claude-sonnet-4-5")
CONTEXT_MODEL = "claude-haiku-4-5"
EMBEDDING_MODEL = "text-embedding-3-small"
COLLECTION = "manuals"


@lru_cache
def claude() -> anthropic.Anthropic:
    return anthropic.Anthropic()


@lru_cache
def vectors() -> QdrantClient:
    return QdrantClient(url=os.environ["QDRANT_URL"])


def embed(texts: list[str]) -> list[list[float]]:
    reply = OpenAI().embeddings.create(model=EMBEDDING_MODEL, input=texts)
    return [item.embedding for item in reply.data]

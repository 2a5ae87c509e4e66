"""Which files of code are worth parsing, by the words that they hold."""

from __future__ import annotations

_WORDS = """
openai OpenAI anthropic litellm langchain llama Llama dspy mistral cohere groq ollama bedrock
onverse invoke_model InvokeModel generate_content generateContent generateText streamText
generateObject streamObject chat.complet completions. messages.create messages.stream
responses.create transformers vllm gpt-4 gpt-5 gpt-3 claude gemini PROMPT _prompt Prompt
INSTRUCTION embeddings Embedding embed_ faiss FAISS chroma Chroma pinecone Pinecone qdrant
VectorStore crewai autogen langgraph smolagents google.adk semantic_router semantic-router
semantic_kernel semantic-cache SemanticCache slowapi imiter rate_limit rateLimit ratelimit
RateLimit tpm_limit rpm_limit max_budget
quota token_bucket tokenBucket TokenBucket 429 langfuse langsmith prometheus prom-
client opentelemetry statsd sentry newrelic ddtrace distilabel setfit deepeval braintrust
batches fine_tuning fineTuning textcat sparseml
"""
HINTS = tuple(_WORDS.split())
"""What a file of code must hold to be worth parsing; others tell nothing."""
HINTED_IMPORTS = (
    "from agents import",
    "from agents.",
    "from haystack",
    "import instructor",
    "from instructor",
)
"""Packages whose name alone is too common a word, as that of the OpenAI Agents SDK."""


def is_telling(text: str) -> bool:
    """Tell whether a file of code holds a word of the trade, far faster than a parse would."""
    return any(word in text for word in HINTS) or any(word in text for word in HINTED_IMPORTS)

import os

from llama_index.core import Settings
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI


def configure() -> None:
    Settings.llm = OpenAI(
        model=os.environ.get("HANDBOOK_MODEL", "gpt-5-mini"), max_tokens=600, temperature=0
    )
    Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small", embed_batch_size=128)

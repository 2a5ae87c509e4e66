import hashlib
import os

import redis
from llama_index.core import PromptTemplate
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.postprocessor import SentenceTransformerRerank

from handbook.index import index

ANSWER_PROMPT = PromptTemplate(
    """Answer an employee from the handbook alone, in at most 150 words.
Passages:
{context_str}
Question: {query_str}
If the passages do not say it, name the page of the people team, please."""
)

DAY = 24 * 3600
reply_cache = redis.Redis.from_url(os.environ["REDIS_URL"])
# Thirty are fetched and four are read.
reranker = SentenceTransformerRerank(model="BAAI/bge-reranker-base", top_n=4)


def answer(question: str) -> str:
    key = "answer:" + hashlib.sha256(question.strip().lower().encode()).hexdigest()
    if (kept := reply_cache.get(key)) is not None:
        return kept.decode()
    engine = index().as_query_engine(
        similarity_top_k=30, node_postprocessors=[reranker], text_qa_template=ANSWER_PROMPT
    )
    said = str(engine.query(question))
    reply_cache.setex(key, DAY, said)
    return said


def conversation():
    return index().as_chat_engine(
        chat_mode="condense_plus_context",
        similarity_top_k=30,
        node_postprocessors=[reranker],
        memory=ChatMemoryBuffer.from_defaults(token_limit=3000),
    )

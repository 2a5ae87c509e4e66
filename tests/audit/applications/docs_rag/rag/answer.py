"""Answer a question from the manuals of a workspace."""

from prometheus_client import Histogram
from qdrant_client.models import FieldCondition, Filter, MatchValue

from rag.settings import ANSWER_MODEL, COLLECTION, claude, embed, vectors

SECONDS = Histogram("answer_seconds", "Time that an answer takes")
SYSTEM = """\
You answer questions of technicians about machines from the passages of their manuals.

- Use the passages alone. Where they do not tell, say that the manual does not tell.
- Name the title of each passage that you used in brackets.
- Metric units.
"""


def passages(workspace_id: str, question: str) -> list[str]:
    """The nearest passages. A reranker would let us ask for fewer (not built yet)."""
    hits = vectors().query_points(
        COLLECTION,
        query=embed([question])[0],
        query_filter=Filter(
            must=[FieldCondition(key="workspace", match=MatchValue(value=workspace_id))]
        ),
        limit=40,
    )
    return [f"[{hit.payload['title']}]\n{hit.payload['text']}" for hit in hits.points]


def answer(workspace_id: str, question: str) -> str:
    found = "\n\n".join(passages(workspace_id, question))
    with SECONDS.time():
        reply = claude().messages.create(
            model=ANSWER_MODEL,
            max_tokens=800,
            system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
            messages=[
                {"role": "user", "content": f"Passages:\n{found}\n\nQuestion: {question}"}
            ],
        )
    return reply.content[0].text

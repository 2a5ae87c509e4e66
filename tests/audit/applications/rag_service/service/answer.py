"""Answers a question from the passages that were found for it."""

from openai import AsyncOpenAI

from .settings import settings

client = AsyncOpenAI(timeout=20, max_retries=3)

INSTRUCTIONS = """\
Answer questions on the machines of a print shop from the passages below.

- Name the passage you rely on by its number, like [3].
- If no passage answers the question, say that the manuals do not say.
- Units as in the manuals.
"""


async def answer(retriever, question: str, org_id: str) -> str:
    """Return the answer; passages of other print shops are left out."""
    found = await retriever.ainvoke(question)
    allowed = [one for one in found if one.metadata.get("org_id", org_id) == org_id]
    passages = "\n\n".join(f"[{n}] {one.page_content}" for n, one in enumerate(allowed, 1))
    response = await client.responses.create(
        model=settings().model,
        instructions=INSTRUCTIONS,
        input=f"Passages:\n{passages}\n\nQuestion: {question}",
        max_output_tokens=400,
        temperature=0,
    )
    return response.output_text

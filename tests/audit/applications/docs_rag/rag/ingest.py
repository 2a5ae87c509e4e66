"""Read the manuals of a workspace into the vector store: python -m rag.ingest acme manuals/"""

import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qdrant_client.models import PointStruct

from rag.settings import COLLECTION, CONTEXT_MODEL, claude, embed, vectors

CONTEXT_PROMPT = """\
Write one sentence that says where this passage stands in the manual "{title}" and what it is
about. Write nothing else.

<passage>
{passage}
</passage>"""


def chunks(text: str, size: int = 1200) -> list[str]:
    """Paragraphs put together up to a size."""
    parts = [""]
    for paragraph in text.split("\n\n"):
        if len(parts[-1]) + len(paragraph) > size:
            parts.append("")
        parts[-1] += paragraph + "\n\n"
    return [part.strip() for part in parts if part.strip()]


def in_context(title: str, passage: str) -> str:
    reply = claude().messages.create(
        model=CONTEXT_MODEL,
        max_tokens=100,
        messages=[
            {"role": "user", "content": CONTEXT_PROMPT.format(title=title, passage=passage)}
        ],
    )
    return f"{reply.content[0].text}\n\n{passage}"


def ingest(workspace: str, folder: Path) -> None:
    for path in sorted(folder.glob("*.md")):
        passages = chunks(path.read_text(encoding="utf-8"))
        with ThreadPoolExecutor(8) as pool:
            texts = list(pool.map(lambda passage: in_context(path.stem, passage), passages))
        points = [
            PointStruct(id=str(uuid.uuid4()), vector=vector,
                        payload={"text": text, "workspace": workspace, "title": path.stem})
            for text, vector in zip(texts, embed(texts), strict=True)
        ]
        vectors().upsert(COLLECTION, points)


if __name__ == "__main__":
    ingest(sys.argv[1], Path(sys.argv[2]))

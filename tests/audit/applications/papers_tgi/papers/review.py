"""What is asked about a paper."""

import asyncio
import io

from pypdf import PdfReader

from papers.model import Model

SUMMARY_SYSTEM = "Summarise the paper for a colleague of another field in five sentences."
METHODS_SYSTEM = "List the methods of the paper, one on a line, with the page they are on."


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def review(pdf: bytes, model: Model) -> dict[str, str]:
    text = text_of(pdf)
    summary, methods = await asyncio.gather(
        model.complete(SUMMARY_SYSTEM, text),
        model.complete(METHODS_SYSTEM, text),
    )
    return {"summary": summary, "methods": methods}

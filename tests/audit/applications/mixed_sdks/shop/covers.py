"""Describes covers of second-hand books, one photograph after the other, as they are unpacked."""

import os
import time
from pathlib import Path

from google import genai
from google.genai import types

client = genai.Client(api_key=os.environ["GEMINI_API_KEY"])
MODEL = "gemini-2.5-flash"
CONFIG = types.GenerateContentConfig(
    system_instruction="Describe the cover of a book for buyers who cannot see it.",
    max_output_tokens=120,
    temperature=0.2,
)


def describe(photograph: bytes) -> str:
    response = client.models.generate_content(
        model=MODEL,
        contents=[types.Part.from_bytes(data=photograph, mime_type="image/jpeg"), "The cover:"],
        config=CONFIG,
    )
    used = response.usage_metadata
    print("covers", used.prompt_token_count, used.candidates_token_count)
    return response.text or ""


def watch(folder: Path) -> None:
    """Wait for photographs of the camera over the table, and describe each as it comes."""
    seen: set[str] = set()
    while True:
        for path in folder.glob("*.jpg"):
            if path.name not in seen:
                seen.add(path.name)
                path.with_suffix(".txt").write_text(describe(path.read_bytes()))
        time.sleep(2)

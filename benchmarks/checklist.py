"""How long `llmopt checklist` takes on a tree of 20,000 files, beside reading them once.

    python benchmarks/checklist.py [FILES]

One file in twenty calls a model, one in a hundred is a manifest; the others are the
Python, TypeScript, Markdown and data of any repository. The whole process is timed, its
start included. Machines are noisy: read the ratio.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAIN = "".join(
    f"def function_{n}(value: int) -> int:\n    if value > {n}:\n        return value * {n}\n"
    "    return sum(range(value))\n\n"
    for n in range(20)
)
ASKING = """from openai import OpenAI

client = OpenAI()
SYSTEM_PROMPT = "You answer questions about the product in at most 50 words."


def ask(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-5-mini",
        messages=[
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": question},
        ],
        max_tokens=200,
    )
    return reply.choices[0].message.content
"""
SCRIPT = "export function add(a: number, b: number) {\n  return a + b;\n}\n" * 30
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers: [{name: app, image: app}]
"""


def build(root: Path, files: int) -> None:
    """Write the tree: 100 files a folder."""
    for number in range(files):
        folder = root / f"part{number // 100:03}"
        folder.mkdir(exist_ok=True)
        name, text = _file(number)
        (folder / name).write_text(text, encoding="utf-8")


def _file(number: int) -> tuple[str, str]:
    if number % 100 == 0:
        return f"m{number}.yaml", MANIFEST
    if number % 20 == 0:
        return f"ask{number}.py", ASKING + PLAIN
    kinds = (
        (".py", PLAIN),
        (".ts", SCRIPT),
        (".md", "A page of words.\n" * 50),
        (".csv", "1,2\n" * 99),
    )
    ending, text = kinds[number % 4]
    return f"f{number}{ending}", text


def main() -> int:
    """Print seconds of reading the files and of auditing them, and their ratio."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(root, files)
        start = time.perf_counter()
        size = sum(len(path.read_bytes()) for path in root.rglob("*") if path.is_file())
        reading = time.perf_counter() - start
        start = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "llmopt",
            "checklist",
            folder,
            "--no-keep",
            "--format",
            "json",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        auditing = time.perf_counter() - start
    print(f"{files:,} files, {size / 1e6:.0f} MB")
    print(f"read once       {reading:6.2f} s")
    print(f"llmopt checklist {auditing:5.2f} s   {auditing / reading:.1f} times the reading")
    return 0


if __name__ == "__main__":
    sys.exit(main())

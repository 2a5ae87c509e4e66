from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files

import pytest
import tiktoken

from llmopt.tokens.encodings import EncodingName
from llmopt.tokens.ranks import dump, unpack

BLOBS = "https://openaipublic.blob.core.windows.net/encodings"
NAMES: tuple[EncodingName, ...] = ("cl100k_base", "o200k_base")


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tiktoken.Encoding]]:
    """tiktoken's own encodings by its own constructors, fed from its own download cache.

    The cache holds our ranks in tiktoken's file format; it checks their sha256 itself.
    """
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    cache = tmp_path_factory.mktemp("tiktoken")
    for name in NAMES:
        packed = files("llmopt.tokens").joinpath("data", f"{name}.bin").read_bytes()
        key = hashlib.sha1(f"{BLOBS}/{name}.tiktoken".encode(), usedforsecurity=False).hexdigest()
        (cache / key).write_bytes(dump(unpack(packed)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(cache))
        makers = openai_public.ENCODING_CONSTRUCTORS
        yield {name: tiktoken.Encoding(**makers[name]()) for name in NAMES}

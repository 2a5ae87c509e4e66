"""The file format of vendored BPE ranks: token ids are dense, so lengths and bytes say it all.

A file is the sha256 of the `.tiktoken` file it came from (32 bytes), the number of
tokens (4 bytes, big-endian), then, deflated, one length byte a token followed by
the tokens' bytes in the order of their ids.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

_HEADER = 36


class Ranks(NamedTuple):
    """A vocabulary: `tokens[id]` is the token's bytes, `sha256` names its `.tiktoken` file."""

    sha256: str
    tokens: Sequence[bytes]


def parse(tiktoken_file: bytes) -> Ranks:
    """Read the lines of a `.tiktoken` file: base64 token, blank, id.

    Raises:
        ValueError: ids are not 0, 1, 2, ... in order, or a token is longer than 255 bytes.
    """
    tokens = []
    for expected, line in enumerate(tiktoken_file.splitlines()):
        token, rank = line.split()
        if int(rank) != expected:
            raise ValueError(f"line {expected + 1} holds id {int(rank)}, expected {expected}")
        tokens.append(base64.b64decode(token))
    if max(map(len, tokens)) > 255:
        raise ValueError("a token is longer than 255 bytes")
    return Ranks(hashlib.sha256(tiktoken_file).hexdigest(), tokens)


def dump(ranks: Ranks) -> bytes:
    """Write a vocabulary as the lines of a `.tiktoken` file; the inverse of `parse`."""
    lines = (b"%b %d\n" % (base64.b64encode(t), i) for i, t in enumerate(ranks.tokens))
    return b"".join(lines)


def pack(ranks: Ranks) -> bytes:
    """Write a vocabulary in the format of this module."""
    body = bytes(map(len, ranks.tokens)) + b"".join(ranks.tokens)
    count = len(ranks.tokens).to_bytes(4, "big")
    return bytes.fromhex(ranks.sha256) + count + zlib.compress(body, 9)


def unpack(packed: bytes) -> Ranks:
    """Read what `pack` wrote.

    Raises:
        zlib.error: the file is damaged.
    """
    body = zlib.decompress(packed[_HEADER:])
    count = int.from_bytes(packed[32:_HEADER], "big")
    ends = list(accumulate(body[:count], initial=count))
    tokens = [body[start:end] for start, end in pairwise(ends)]
    return Ranks(packed[:32].hex(), tokens)

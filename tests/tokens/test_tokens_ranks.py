from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from importlib.resources import files
from pathlib import Path

import pytest
from tools.pack_ranks import NAMES, pinned_sha256

from llmopt.tokens.ranks import Ranks, dump, pack, parse, unpack

TINY = b"YQ== 0\nYg== 1\nYWI= 2\n"  # "a", "b", "ab"


def vendored(name: str) -> Ranks:
    return unpack(files("llmopt.tokens").joinpath("data", f"{name}.bin").read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_vendored_ranks_are_byte_for_byte_the_file_that_tiktoken_pins(name: str) -> None:
    ranks = parse(dump(vendored(name)))
    assert ranks.sha256 == pinned_sha256(name)
    assert ranks.sha256 == vendored(name).sha256


def test_both_vocabularies_together_take_less_than_a_megabyte_and_a_half() -> None:
    sizes = [len(files("llmopt.tokens").joinpath("data", f"{n}.bin").read_bytes()) for n in NAMES]
    assert sum(sizes) < 1_500_000


def test_packing_keeps_every_token_and_the_source_s_hash() -> None:
    ranks = parse(TINY)
    assert ranks.tokens == [b"a", b"b", b"ab"]
    assert unpack(pack(ranks)) == ranks
    assert dump(ranks) == TINY


def test_ids_with_a_gap_are_refused() -> None:
    with pytest.raises(ValueError, match="line 2 holds id 7, expected 1"):
        parse(b"YQ== 0\nYg== 7\n")


def test_a_damaged_file_is_noticed() -> None:
    packed = bytearray(pack(parse(TINY)))
    packed[-1] ^= 1
    with pytest.raises(zlib.error):
        unpack(bytes(packed))


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/pack_ranks.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_tool_packs_a_folder_of_rank_files_into_the_data_that_ships(tmp_path: Path) -> None:
    (tmp_path / "cl100k_base.tiktoken").write_bytes(dump(vendored("cl100k_base")))
    zipped = gzip.compress(dump(vendored("o200k_base")), 1)
    (tmp_path / "o200k_base.tiktoken.gz").write_bytes(zipped)
    done = run_tool(str(tmp_path), "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        assert unpack((tmp_path / f"{name}.bin").read_bytes()) == vendored(name)


def test_the_tool_refuses_ranks_that_tiktoken_does_not_pin(tmp_path: Path) -> None:
    (tmp_path / "cl100k_base.tiktoken").write_bytes(TINY)
    done = run_tool(str(tmp_path), "--output", str(tmp_path))
    assert done.returncode != 0
    assert "tiktoken pins another" in done.stderr
    assert not list(tmp_path.glob("*.bin"))

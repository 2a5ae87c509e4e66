"""A project as it stood at a git revision, read without touching the work tree.

Nothing of the revision is executed: no checkout, so no hooks, filters or links; file
by file out of git's object store, and only kinds of files that llmopt reads.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from shutil import which
from tempfile import TemporaryDirectory
from typing import NamedTuple

from llmopt.domain import Suite
from llmopt.errors import InputError, MissingError, UsageError
from llmopt.files.loading import load

READ = frozenset({".yaml", ".yml", ".csv", ".tsv", ".jsonl"})
_REF = re.compile(r"[\w@][\w./@{}^~+#-]*")
_FETCHABLE = re.compile(r"(?:origin/)?([\w./+#-]+)")
"""A branch, a tag or a commit by its own name, not by its way from another (`HEAD~1`)."""
_FILE_MODES = frozenset({b"100644", b"100755"})
_SECONDS = 120


@contextmanager
def suite_at(ref: str, root: Path, config: Path | None = None) -> Iterator[Suite]:
    """Yield the suite of the project in `root` as it was at `ref`, readable until the block ends.

    Raises:
        UsageError: `ref` is no name of a revision.
        MissingError: there is no git, no repository, no such revision, or no project at it.
        InputError: the project at that revision has errors in its files.
    """
    repository = _repository(root)
    commit = _commit(repository, ref)
    with TemporaryDirectory(prefix="llmopt-") as folder:
        there = Path(folder).resolve()
        if not _unpack(repository, commit, there):
            raise MissingError(
                f"there is no project at '{ref}'", hint="compare with a later revision"
            )
        own = there / config.absolute().relative_to(root) if config else None
        loaded = load(there, config=own if own and own.is_file() else None)
        errors = [problem for problem in loaded.problems if problem.severity == "error"]
        if errors:
            raise InputError([replace(one, file=f"{ref}:{one.file}") for one in errors])
        yield loaded.suite


class _Answer(NamedTuple):
    """What git said; None where it refused, and why."""

    said: bytes | None
    refusal: str


@dataclass(frozen=True, slots=True)
class _Repository:
    """Where a project lies: the folder to run git in, and the project's path in the repository."""

    top: Path
    prefix: str

    def git(self, *arguments: str, given: bytes | None = None) -> bytes | None:
        """Return what git says; None where it refuses."""
        return _git(self.top, *arguments, given=given).said


def _repository(root: Path) -> _Repository:
    if which("git") is None:
        raise MissingError(
            "there is no git here, and --against asks it for the other revision",
            hint="install git, or compare with a baseline file: `llmopt gate` without --against",
        )
    top = _git(root, "rev-parse", "--show-toplevel")
    prefix = _git(root, "rev-parse", "--show-prefix")
    if top.said is None or prefix.said is None:
        raise MissingError(
            f"git finds no repository at {root}: {top.refusal}", hint=_refusal_hint(top.refusal)
        )
    return _Repository(Path(_line(top.said)), _line(prefix.said))


def _refusal_hint(refusal: str) -> str:
    if "dubious ownership" in refusal:  # containers of CI check out as somebody else
        return 'tell git that you trust it: `git config --global --add safe.directory "$PWD"`'
    return "compare with a baseline file: `llmopt gate` without --against"


def _commit(repository: _Repository, ref: str) -> str:
    if not _REF.fullmatch(ref) or ".." in ref:
        raise UsageError(
            f"'{ref}' is no name of a revision", hint="name a branch, a tag or a commit"
        )
    found = repository.git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    if found is None:
        shallow = repository.git("rev-parse", "--is-shallow-repository")
        hint = "name a branch, a tag or a commit that `git log` knows"
        if shallow is not None and _line(shallow) == "true":
            hint = f"this clone is shallow: {_way_to_fetch(ref)}"
        raise MissingError(f"there is no revision '{ref}' in this clone", hint=hint)
    return _line(found)


def _way_to_fetch(ref: str) -> str:
    named = None if ref.startswith(("HEAD", "@")) else _FETCHABLE.fullmatch(ref)
    if named is None:
        return "fetch what came before it first, `git fetch --unshallow`"
    return f"fetch the revision first, `git fetch --depth 1 origin {named[1]}`, then use FETCH_HEAD"


def _unpack(repository: _Repository, commit: str, folder: Path) -> int:
    """Write the files that llmopt reads into `folder`; return how many there are."""
    listed = repository.git(
        "ls-tree", "-r", "-z", "--full-tree", commit, "--", repository.prefix or "."
    )
    files = list(_listed(listed or b"", repository.prefix))
    wanted = "".join(f"{digest}\n" for digest, _ in files).encode()
    blobs = repository.git("cat-file", "--batch", given=wanted) if files else b""
    if blobs is None:
        raise MissingError(
            "git cannot read the files of that revision", hint="fetch it whole, then try again"
        )
    at = 0
    for _, name in files:
        head, _, _ = blobs[at : at + 200].partition(b"\n")
        kind = head.split()
        if len(kind) != 3:
            raise MissingError(f"git cannot read '{name}' of that revision", hint="fetch it whole")
        start, size = at + len(head) + 1, int(kind[2])
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blobs[start : start + size])
        at = start + size + 1
    return len(files)


def _listed(listing: bytes, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield object and path, from the project's folder, of each plain file that llmopt reads."""
    for line in listing.split(b"\0"):
        about, _, raw = line.partition(b"\t")
        mode, *_, digest = about.split() or [b"", b""]
        name = raw.decode("utf-8", "surrogateescape").removeprefix(prefix)
        path = PurePosixPath(name)
        if mode in _FILE_MODES and path.suffix.lower() in READ and ".." not in path.parts:
            yield digest.decode(), name


def _line(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape").removesuffix("\n")


def _git(folder: Path, *arguments: str, given: bytes | None = None) -> _Answer:
    # Literal: a folder may be called `:(top)`, which would else be a pattern.
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments and a checked name, no shell
            command,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _Answer(None, f"it took more than {_SECONDS} seconds")
    except OSError as error:
        return _Answer(None, error.strerror or str(error))
    if done.returncode == 0:
        return _Answer(done.stdout, "")
    first = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return _Answer(None, first.removeprefix("fatal: "))

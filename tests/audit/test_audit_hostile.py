"""Trees that nobody tidied: they are survived, with a note."""

import os
from pathlib import Path

import pytest
from tests.audit.auditing import audit_of, write

from llmopt.audit.probes.tree import walk

CALL = "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"


def test_a_tree_of_horrors_is_audited_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": CALL, "broken.py": "import openai\ndef (:\n", "bad.yaml": "a: [b"})
    (tmp_path / "binary.py").write_bytes(b"import openai\0\xff\xfe")
    (tmp_path / "latin.py").write_bytes("# openai caf\xe9\n".encode("latin-1"))
    (tmp_path / "huge.py").write_text("# openai\n" * 200_000, encoding="utf-8")
    (tmp_path / "deep.py").write_text(f"import openai\nx = {'(' * 300}1{')' * 300}\n")
    (tmp_path / "sums.py").write_text(f"import openai\nx = {'+'.join('1' * 5_000)}\n")
    (tmp_path / "min.js").write_text(f"openai({'a,' * 40_000})\n")
    (tmp_path / "open.ts").write_text('import OpenAI from "openai";\nconst a = `${`${(`')
    (tmp_path / "k8s.yaml").write_text("apiVersion: v1\nkind: [\n")
    (tmp_path / "bomb.yaml").write_text(
        "apiVersion: v1\nkind: List\na: &a [x, x]\n"
        + "".join(
            f"{b}: &{b} [*{a}, *{a}, *{a}]\n"
            for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
        )
    )
    (tmp_path / "package.json").write_text("[" * 5_000)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    audit = audit_of(tmp_path, {})
    outcomes = {result.check.code: result.outcome for result in audit.results}
    assert outcomes["MON101"] == "fail"
    told = " ".join(audit.notes)
    for name in ("broken.py", "binary.py", "huge.py", "k8s.yaml", "package.json"):
        assert name in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_noted(tmp_path: Path) -> None:
    write(tmp_path, {"secret/app.py": CALL, "app.py": CALL})
    (tmp_path / "secret").chmod(0)
    try:
        assert "secret" in " ".join(audit_of(tmp_path, {}).notes)
    finally:
        (tmp_path / "secret").chmod(0o700)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert walk(tmp_path).files == ()


def test_what_is_installed_built_or_ignored_is_not_read(tmp_path: Path) -> None:
    files = {
        "app.py": CALL,
        "node_modules/openai/index.js": "x",
        "env/pyvenv.cfg": "",
        "env/lib/a.py": CALL,
        "dist/a.py": CALL,
        ".gitignore": "*.gen.py\n/local/\n!keep.gen.py\nlogs/**/raw\n",
        "a.gen.py": CALL,
        "keep.gen.py": CALL,
        "local/a.py": CALL,
        "sub/local/a.py": CALL,
        "logs/2025/05/raw/a.py": CALL,
        "sub/.gitignore": "b.py\n",
        "sub/b.py": CALL,
    }
    kept = walk(write(tmp_path, files)).files
    assert [file for file in kept if file.endswith((".py", ".js"))] == [
        "app.py",
        "keep.gen.py",
        "sub/local/a.py",
    ]


def test_without_a_model_nothing_applies_and_there_is_no_score(tmp_path: Path) -> None:
    audit = audit_of(tmp_path, {"app.py": "print('hello')\n", "k8s.yaml": "apiVersion: v1\n"})
    assert audit.score is None
    assert {result.outcome for result in audit.results} == {"not-applicable"}


def test_an_empty_folder_has_no_score(tmp_path: Path) -> None:
    assert audit_of(tmp_path, {}).score is None


def test_the_same_tree_gives_the_same_audit(tmp_path: Path) -> None:
    files = {"a.py": CALL, "b.py": CALL.replace("ask", "say"), "z/c.py": CALL}
    assert audit_of(tmp_path, files) == audit_of(tmp_path, {})

"""Names across the files of a program: imports resolved inside the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.audit.auditing import results_of, write

from llmopt.audit.probes.code.imports import Imports, imported
from llmopt.audit.probes.tree import walk

ASKING = """
    from openai import OpenAI

    {imports}

    def ask(question: str) -> str:
        reply = OpenAI().chat.completions.create(
            model={model}, messages=[{{"role": "user", "content": question}}], max_tokens=9
        )
        return reply.choices[0].message.content
    """


def _imports(root: Path, files: Mapping[str, str]) -> Imports:
    tree = walk(write(root, files))
    return Imports(tree, tree.ending(".py", ".ts", ".js"))


@pytest.mark.parametrize(
    ("importer", "name", "file", "rest"),
    [
        ("app/main.py", "app.config.MODEL", "app/config.py", "MODEL"),
        ("app/main.py", "config.MODEL", "app/config.py", "MODEL"),
        ("app/sub/deep.py", "config.MODEL", "app/config.py", "MODEL"),
        ("app/main.py", "app.sub", "app/sub/__init__.py", ""),
        ("tests/test_it.py", "lib.names.A", "src/lib/names.py", "A"),
        ("app/main.py", "shared.text.T", "libs/shared/shared/text.py", "T"),
        ("web/a.ts", "./b.x", "web/b.ts", "x"),
        ("web/a.ts", "./b.js.x", "web/b.ts", "x"),
        ("web/a.ts", "../lib.x.y", "lib/index.ts", "x.y"),
        ("web/a.ts", "@/deep/c.x", "web/src/deep/c.ts", "x"),
        ("web/a.ts", "@acme/kit.x", "kit/source/main.ts", "x"),
        ("web/a.ts", "@acme/kit/extra.x", "kit/extra.ts", "x"),
    ],
)
def test_an_import_is_found_where_it_lies(
    tmp_path: Path, importer: str, name: str, file: str, rest: str
) -> None:
    imports = _imports(
        tmp_path,
        {
            "app/main.py": "",
            "app/config.py": "",
            "app/sub/__init__.py": "",
            "app/sub/deep.py": "",
            "src/lib/names.py": "",
            "libs/shared/shared/__init__.py": "",
            "libs/shared/shared/text.py": "",
            "web/a.ts": "",
            "web/b.ts": "",
            "lib/index.ts": "",
            "web/src/deep/c.ts": "",
            "web/tsconfig.json": """
                {"compilerOptions": {
                    // ours
                    "paths": {"@/*": ["./src/*"],},
                }}
                """,
            "kit/package.json": '{"name": "@acme/kit", "main": "source/main.ts"}',
            "kit/source/main.ts": "",
            "kit/extra.ts": "",
        },
    )
    assert imports.find(importer, name) == (file, rest)


@pytest.mark.parametrize("name", ["os.path", "openai.OpenAI", "react.useState", "text.T"])
def test_what_lies_elsewhere_or_twice_is_found_nowhere(tmp_path: Path, name: str) -> None:
    imports = _imports(tmp_path, {"app/main.py": "", "a/text.py": "", "b/text.py": ""})
    assert imports.find("app/main.py", name) is None


def test_imports_are_seen_without_a_parse() -> None:
    python = "import os, a.b as c\nfrom .x import (\n    y,\n    z as q,\n)\nfrom . import w\n"
    assert [*imported("a.py", python)] == ["os", "a.b", "x.y", "x.z", "w"]
    script = "import { a } from './a'\nimport 'b'\nexport * from \"./c\"\nrequire('d')\n"
    assert [*imported("a.ts", script)] == ["./a", "b", "./c", "d"]


def test_a_model_is_read_through_a_package_that_hands_it_on(tmp_path: Path) -> None:
    found = results_of(
        tmp_path,
        {
            "app/ask.py": ASKING.format(imports="from app import names", model="names.WRITER"),
            "app/names/__init__.py": "from app.names.all import WRITER\n",
            "app/names/all.py": 'WRITER = "gpt-4.1"\n',
        },
    )
    assert found["ARC101"].outcome == "fail"


def test_of_two_constants_of_one_name_that_of_the_import_holds(tmp_path: Path) -> None:
    files = {
        "one/ask.py": ASKING.format(imports="from one.config import MODEL", model="MODEL"),
        "one/config.py": 'MODEL = "gpt-4.1-nano"\n',
        "two/config.py": 'MODEL = "gpt-4.1"  # of another openai application\n',
    }
    assert results_of(tmp_path, files)["ARC101"].outcome == "pass"


def test_a_model_is_read_through_the_index_of_a_workspace_package(tmp_path: Path) -> None:
    files = {
        "packages/ai/package.json": '{"name": "@acme/ai"}',
        "packages/ai/src/index.ts": 'export * from "./models";\n',
        "packages/ai/src/models.ts": 'export const models = { chat: "gpt-4.1" };\n',
        "web/ask.ts": """
            import OpenAI from "openai";
            import { models } from "@acme/ai";

            export const ask = (question: string) =>
              new OpenAI().responses.create({ model: models.chat, input: question });
            """,
    }
    assert results_of(tmp_path, files)["ARC101"].outcome == "fail"


@pytest.mark.parametrize("code", ["ARC101", "ARC103", "ARC303", "MON203"])
def test_a_model_that_cannot_be_read_may_be_any(tmp_path: Path, code: str) -> None:
    found = results_of(tmp_path, {"ask.py": ASKING.format(imports="import sys", model="sys.argv")})
    assert found[code].outcome == "manual"


def test_a_small_model_beside_one_that_cannot_be_read_is_not_the_only_one(tmp_path: Path) -> None:
    files = {
        "ask.py": ASKING.format(imports="import sys", model="sys.argv"),
        "tell.py": ASKING.format(imports="", model='"gpt-4.1-nano"'),
    }
    assert results_of(tmp_path, files)["ARC101"].outcome == "manual"

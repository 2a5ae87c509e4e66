"""Names across the files of a program: imports resolved inside the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from tests.audit.auditing import outcome, results_of, write

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


@pytest.mark.parametrize("handed", ["from app.names.all import WRITER", "from .all import *"])
def test_a_model_is_read_through_a_package_that_hands_it_on(tmp_path: Path, handed: str) -> None:
    found = results_of(
        tmp_path,
        {
            "app/ask.py": ASKING.format(imports="from app import names", model="names.WRITER"),
            "app/names/__init__.py": f"{handed}\n",
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


GATEWAY = """
    from openai import OpenAI

    class Gateway:
        def __init__(self):
            self._client = OpenAI()

        def ask(self, system: str, user: str) -> str:
            return self._send(system, user)

        def _send(self, system, user):
            reply = self._client.chat.completions.create(
                model="gpt-4.1-nano",
                messages=[
                    {"role": "system", "content": system},
                    {"role": "user", "content": user},
                ],
            )
            return reply.choices[0].message.content
    """
JOB = """
    from app.gateway import Gateway
    from app.rows import rows

    def main():
        models = Gateway()
        for row in rows():
            print(models.ask("Sort this into a shelf of the library", row))
    """
MAPPED = """
    from concurrent.futures import ThreadPoolExecutor
    from app.gateway import Gateway
    from app.rows import rows

    def main(models: Gateway):
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(models.ask, rows(), rows()))
    """
ROUTES = """
    from fastapi import Depends, FastAPI
    from app.gateway import Gateway

    api = FastAPI()

    @api.post("/shelf")
    def shelf(text: str, models: Gateway = Depends(Gateway)) -> str:
        return models.ask("Sort this into a shelf of the library", text)
    """


def _outcomes(root: Path, files: Mapping[str, str], *codes: str) -> list[str]:
    found = results_of(root, {"app/__init__.py": "", "app/gateway.py": GATEWAY, **files})
    return [found[code].outcome for code in codes]


def test_a_loop_over_a_method_of_another_file_makes_bulk_calls(tmp_path: Path) -> None:
    said = _outcomes(tmp_path, {"app/job.py": JOB}, "INF101", "INF201", "INF302")
    assert said == ["fail", "not-applicable", "fail"]


def test_a_pool_that_maps_a_method_of_another_file_runs_bulk_calls_together(tmp_path: Path) -> None:
    said = _outcomes(tmp_path, {"app/job.py": MAPPED}, "INF101", "INF201", "INF302")
    assert said == ["fail", "not-applicable", "pass"]


def test_a_call_that_people_wait_for_too_is_single_turn(tmp_path: Path) -> None:
    files = {"app/job.py": JOB, "app/web.py": ROUTES}
    assert _outcomes(tmp_path, files, "INF101", "INF201") == ["fail", "fail"]


def test_a_loop_while_somebody_waits_is_no_bulk(tmp_path: Path) -> None:
    waiting = ROUTES.replace("return models", "return [models").rstrip() + " for _ in text]\n"
    assert _outcomes(tmp_path, {"app/web.py": waiting}, "INF101") == ["not-applicable"]


def test_a_loop_in_a_test_is_no_job(tmp_path: Path) -> None:
    assert _outcomes(tmp_path, {"tests/test_all.py": JOB}, "INF101") == ["not-applicable"]


def test_a_method_of_the_same_name_of_something_else_leads_nowhere(tmp_path: Path) -> None:
    other = JOB.replace("models = Gateway()", "models = open_shelf()")
    assert _outcomes(tmp_path, {"app/job.py": other}, "INF101") == ["not-applicable"]


def test_a_wrapper_around_a_wrapper_is_followed(tmp_path: Path) -> None:
    service = """
        from .gateway import Gateway

        class Librarian:
            def __init__(self, models: Gateway):
                self.models = models

            def shelf(self, text):
                return self.models.ask("Sort this into a shelf of the library", text)
        """
    job = """
        from app.gateway import Gateway
        from app.librarian import Librarian

        def main(rows):
            librarian = Librarian(Gateway())
            return [librarian.shelf(row) for row in rows]
        """
    files = {"app/librarian.py": service, "app/job.py": job}
    assert _outcomes(tmp_path, files, "INF101") == ["fail"]


def test_a_reply_is_parsed_in_another_file_than_the_call(tmp_path: Path) -> None:
    parsing = "import json\n" + dedent(JOB).replace("print(", "json.loads(")
    assert _outcomes(tmp_path, {"app/job.py": parsing}, "PRM302") == ["fail"]


def test_a_format_that_the_gateway_keeps_is_kept_for_its_callers(tmp_path: Path) -> None:
    kept = GATEWAY.replace("messages=[", "response_format=Shelf, messages=[")
    parsing = "import json\n" + dedent(JOB).replace("print(", "json.loads(")
    assert _outcomes(tmp_path, {"app/gateway.py": kept, "app/job.py": parsing}, "PRM302") == [
        "pass"
    ]


def test_a_length_in_the_text_of_a_caller_limits_the_reply(tmp_path: Path) -> None:
    short = JOB.replace("of the library", "of the library, in one word")
    named = short.replace("models.ask(", "models.ask(SYSTEM, row) if SYSTEM else (").replace(
        "def main", 'SYSTEM = "Sort this into a shelf, in one word"\n\n    def main'
    )
    assert _outcomes(tmp_path, {"app/job.py": named}, "PRM301") == ["pass"]


def test_a_function_of_typescript_is_followed_through_its_package(tmp_path: Path) -> None:
    files = {
        "ai/package.json": '{"name": "@acme/ai"}',
        "ai/index.ts": 'export { tag } from "./tag";\n',
        "ai/tag.ts": """
            import { generateText } from "ai";

            export async function tag(text: string) {
              return (await generateText({ model: "gpt-4.1-nano", prompt: text })).text;
            }
            """,
        "jobs/all.ts": """
            import { tag } from "@acme/ai";
            import { rows } from "./rows";

            for (const row of await rows()) {
              console.log(await tag(row.text));
            }
            """,
    }
    assert outcome(tmp_path, "INF302", files) == "fail"


def test_a_text_that_is_passed_to_a_gateway_is_judged_where_it_stands(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/gateway.py": GATEWAY,
        "app/texts.py": 'SHELF = "Please classify it. Please be careful, and thank you!"\n',
        "app/web.py": ROUTES.replace(
            '"Sort this into a shelf of the library"', "texts.SHELF"
        ).replace("from app.gateway", "from app import texts\n    from app.gateway"),
    }
    found = results_of(tmp_path, files)["PRM101"]
    assert [(e.place.file, e.place.line) for e in found.evidence if e.place] == [
        ("app/texts.py", 1)
    ]


MAKING = {
    "an instance of another file": (
        "shared = Gateway()",
        "from app.gateway import shared",
        "shared.ask",
    ),
    "a function that says what it returns": (
        "def open_gateway() -> Gateway:\n    return Gateway()",
        "from app.gateway import open_gateway\nmodels = open_gateway()",
        "models.ask",
    ),
    "what a function returns at once": (
        "def open_gateway() -> Gateway:\n    return Gateway()",
        "from app.gateway import open_gateway",
        "open_gateway().ask",
    ),
    "a class made from another": (
        "class Special(Gateway):\n    pass",
        "from app.gateway import Special\nmodels = Special()",
        "models.ask",
    ),
    "a function": (
        "def ask(system, user):\n    return Gateway().ask(system, user)",
        "from app.gateway import ask",
        "ask",
    ),
    "a function of a module": (
        "def tell(system, user):\n    return Gateway().ask(system, user)",
        "from app import gateway",
        "gateway.tell",
    ),
}


@pytest.mark.parametrize(("made", "imports", "asked"), MAKING.values(), ids=MAKING)
def test_a_gateway_is_known_by(tmp_path: Path, made: str, imports: str, asked: str) -> None:
    files = {
        "app/gateway.py": f"{dedent(GATEWAY)}\n\n{made}\n",
        "app/job.py": f"{imports}\n\n\ndef main(rows):\n"
        f'    return [{asked}("Sort this into a shelf", row) for row in rows]\n',
    }
    assert _outcomes(tmp_path, files, "INF101") == ["fail"]


CHAT = """
    from app.gateway import Gateway

    def main():
        models, history = Gateway(), []
        while True:
            history.append(input("> "))
            answer = models.ask("Answer as a librarian would", history)
            history.append(answer)
            print(answer)
    """


def test_a_conversation_through_a_gateway_grows_and_is_no_single_turn(tmp_path: Path) -> None:
    said = _outcomes(tmp_path, {"app/chat.py": CHAT}, "PRM203", "INF201")
    assert said == ["fail", "not-applicable"]


def test_a_conversation_is_bounded_where_it_is_sent(tmp_path: Path) -> None:
    files = {
        "app/chat.py": CHAT,
        "app/gateway.py": GATEWAY.replace('"content": user}', '"content": user[-6:]}'),
    }
    assert _outcomes(tmp_path, files, "PRM203") == ["pass"]

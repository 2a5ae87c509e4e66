"""Texts that calls are told by name: judged where they stand, counted wherever that is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.audit.auditing import outcome, results_of

WORDY = "Please classify the letter. Please be careful, and thank you very much!"
SENDING = """
    from openai import OpenAI

    {imports}

    def ask(question: str) -> str:
        reply = OpenAI().chat.completions.create(
            model="gpt-4.1-nano",
            messages=[
                {{"role": "system", "content": {sent}}},
                {{"role": "user", "content": question}},
            ],
        )
        return reply.choices[0].message.content
    """
SENT = [
    pytest.param("from texts import RULES", "RULES", {"texts.py": f'RULES = "{WORDY}"\n'}, 1),
    pytest.param("import texts", "f'{texts.RULES} !'", {"texts.py": f'RULES = "{WORDY}"\n'}, 1),
    pytest.param(
        "from texts import rules",
        "rules('x')",
        {"texts.py": f'def rules(kind):\n    """Nobody is told this, thank you, please."""\n'
         f'    return f"{WORDY} {{kind}}"\n'},
        3,
    ),
    pytest.param(
        "from texts import TASK",
        "TASK.system",
        {"texts.py": f'from kinds import Task\n\nTASK = Task(\n    system="{WORDY}",\n)\n'},
        4,
    ),
    pytest.param(
        "from pathlib import Path",
        '(Path(__file__).parent / "prompts" / "rules.txt").read_text()',
        {"prompts/rules.txt": WORDY},
        1,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("imports", "sent", "files", "line"), SENT)
def test_a_text_is_judged_where_it_stands(
    tmp_path: Path, imports: str, sent: str, files: Mapping[str, str], line: int
) -> None:
    asking = SENDING.format(imports=imports, sent=sent)
    found = results_of(tmp_path, {"ask.py": asking, **files})["PRM101"]
    assert found.outcome == "fail"
    places = [(e.place.file, e.place.line) for e in found.evidence if e.place]
    assert places == [(next(iter(files)), line)]


@pytest.mark.parametrize(("imports", "sent", "files", "line"), SENT)
def test_a_length_counts_wherever_the_text_stands(
    tmp_path: Path, imports: str, sent: str, files: Mapping[str, str], line: int
) -> None:
    del line
    short = {
        name: text.replace("careful", "brief: at most 50 words") for name, text in files.items()
    }
    asking = SENDING.format(imports=imports, sent=sent)
    assert results_of(tmp_path / "without", {"ask.py": asking, **files})["PRM301"].outcome == "fail"
    assert results_of(tmp_path / "with", {"ask.py": asking, **short})["PRM301"].outcome == "pass"


def test_a_text_of_a_package_that_is_not_here_may_state_a_length(tmp_path: Path) -> None:
    asking = SENDING.format(imports="from company_texts import shelf_prompt", sent="shelf_prompt()")
    assert outcome(tmp_path, "PRM301", {"ask.py": asking}) == "manual"


def test_a_template_that_may_be_two_files_is_neither(tmp_path: Path) -> None:
    files = {
        "ask.py": SENDING.format(imports="", sent='open("rules.txt").read()'),
        "one/prompts/rules.txt": WORDY,
        "two/prompts/rules.txt": WORDY,
    }
    assert outcome(tmp_path, "PRM101", files) != "fail"


def test_texts_of_typescript_are_read_in_the_slots_of_others(tmp_path: Path) -> None:
    files = {
        "texts.ts": """
            export const rules = [
              "Role: librarian who sorts",
              "Length: at most 50 words",
            ].join("\\n");
            """,
        "ask.ts": """
            import OpenAI from "openai";
            import { rules } from "./texts";

            export const ask = (question: string) =>
              new OpenAI().responses.create({
                model: "gpt-4.1-nano",
                instructions: `${rules} ${question}`,
              });
            """,
    }
    assert outcome(tmp_path, "PRM301", files) == "pass"


def test_tools_are_no_text(tmp_path: Path) -> None:
    told = "look up a book by its title and tell the shelf that it stands on " * 10
    files = {
        "ask.ts": f"""
            import OpenAI from "openai";

            const tools = [{{ type: "function", name: "look_up", description: "{told}" }}];

            export const ask = (question: string) =>
              new OpenAI().responses.create({{ model: "gpt-4.1-nano", tools, input: question }});
            """,
    }
    assert outcome(tmp_path, "PRM102", files) == "manual"


GIVEN = SENDING.format(imports="", sent="rules").replace("(question", "(rules, question")


def test_what_is_read_of_a_file_of_prompts_is_no_document(tmp_path: Path) -> None:
    files = {
        "app/llm.py": GIVEN,
        "app/job.py": """
            from pathlib import Path
            from app.llm import ask

            rules = Path("prompts/rules.txt").read_text()
            print(ask(rules, "Which shelf?"))
            """,
        "prompts/rules.txt": WORDY,
    }
    found = results_of(tmp_path, files)
    assert found["PRM202"].outcome == "not-applicable"
    assert found["PRM101"].outcome == "fail"


def test_a_text_given_to_a_function_that_asks_is_judged(tmp_path: Path) -> None:
    files = {
        "app/llm.py": GIVEN,
        "app/job.py": f'from app.llm import ask\n\nprint(ask("{WORDY}", "Which shelf?"))\n',
    }
    assert outcome(tmp_path, "PRM101", files) == "fail"


def test_a_class_of_typescript_is_known_where_it_is_made(tmp_path: Path) -> None:
    files = {
        "lib/llm.ts": """
            import OpenAI from "openai";

            export class Llm {
              private client = new OpenAI();

              async ask(text: string) {
                return this.client.responses.create({ model: "gpt-4.1-nano", input: text });
              }
            }
            """,
        "nightly.ts": """
            import { Llm } from "./lib/llm";
            import { rows } from "./rows";

            const model = new Llm();
            for (const row of await rows()) {
              await model.ask(row.text);
            }
            """,
    }
    assert outcome(tmp_path, "INF101", files) == "fail"

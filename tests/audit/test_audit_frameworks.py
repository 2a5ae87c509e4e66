"""Calls through Haystack and Instructor."""

from pathlib import Path

import pytest
from tests.audit.auditing import outcome, results_of

OPENAI = "haystack.components.generators import OpenAIGenerator as Generator"
CHAT = "haystack.components.generators.chat import OpenAIChatGenerator as Generator"
ANTHROPIC = (
    "haystack_integrations.components.generators.anthropic "
    "import AnthropicChatGenerator as Generator"
)


def pipeline(made: str, imported: str = OPENAI) -> str:
    return (
        f"import json\nfrom haystack import Pipeline\nfrom {imported}\n"
        f"pipeline = Pipeline()\npipeline.add_component('llm', {made})\n"
    )


RUN = "def ask(q):\n    found = pipeline.run({'llm': {'prompt': q}})\n    return READ\n"
READ = RUN.replace("READ", "found['llm']['replies'][0]")
PARSED = RUN.replace("READ", "json.loads(found['llm']['replies'][0])")


@pytest.mark.parametrize("imported", [OPENAI, CHAT, ANTHROPIC])
def test_a_generator_of_haystack_is_a_call(tmp_path: Path, imported: str) -> None:
    for name, made, large, limited in (
        ("large", "Generator(model='gpt-4.1')", "fail", "fail"),
        (
            "small",
            "Generator(model='gpt-4.1-mini', generation_kwargs={'max_tokens': 90})",
            "pass",
            "pass",
        ),
        ("unnamed", "Generator()", "manual", "fail"),
    ):
        said = results_of(tmp_path / name, {"app.py": pipeline(made, imported) + READ})
        assert said["ARC101"].outcome == large
        assert said["PRM301"].outcome == limited
        assert said["INF201"].outcome == "fail"


def test_a_reply_of_a_pipeline_that_is_parsed_should_be_structured(tmp_path: Path) -> None:
    plain = pipeline("Generator(model='gpt-4.1')") + PARSED
    kept = plain.replace("4.1')", "4.1', generation_kwargs={'response_format': Form})")
    assert outcome(tmp_path / "a", "PRM302", {"app.py": plain}) == "fail"
    assert outcome(tmp_path / "b", "PRM302", {"app.py": kept}) == "pass"


@pytest.mark.parametrize(
    "made",
    ["Generator(model='gpt-4.1')", "llm"],
    ids=["in place", "by name"],
)
def test_a_pipeline_is_followed_into_the_files_that_run_it(tmp_path: Path, made: str) -> None:
    text = pipeline(made).replace(
        "pipeline = Pipeline()",
        "llm = Generator(model='gpt-4.1')\npipeline = Pipeline()"
        if made == "llm"
        else "pipeline = Pipeline()",
    )
    files = {
        "pipe.py": text,
        "job.py": "import json\nfrom pipe import pipeline\n"
        "def run(rows):\n    return [pipeline.run({'llm': {'prompt': row}}) for row in rows]\n",
    }
    said = results_of(tmp_path, files)
    assert said["INF302"].outcome == "fail"
    assert said["INF201"].outcome == "not-applicable"


def test_other_components_of_haystack_are_no_calls(tmp_path: Path) -> None:
    source = (
        "from haystack import Pipeline\nfrom haystack.components.builders import PromptBuilder\n"
        "from haystack.components.generators import DALLEImageGenerator\n"
        "pipeline = Pipeline()\npipeline.add_component('image', DALLEImageGenerator(model='x'))\n"
    )
    assert outcome(tmp_path, "INF201", {"app.py": source}) == "not-applicable"


def instructed(client: str, ask: str) -> str:
    return (
        "import instructor\nfrom openai import OpenAI\n"
        f"client = instructor.{client}\ndef ask(q):\n    return client.{ask}\n"
    )


SENT = "response_model=Person, messages=[{'role': 'user', 'content': q}]"


@pytest.mark.parametrize(
    ("expected", "client", "ask"),
    [
        ("fail", "from_provider('openai/gpt-4.1')", f"create({SENT})"),
        ("pass", "from_provider('openai/gpt-4.1-mini')", f"create({SENT})"),
        ("fail", "from_openai(OpenAI(), model='gpt-4.1')", f"create_with_completion({SENT})"),
        ("fail", "from_openai(OpenAI())", f"chat.completions.create(model='gpt-4.1', {SENT})"),
        ("fail", "from_openai(OpenAI(), model='gpt-4.1')", f"chat.completions.create({SENT})"),
        (
            "pass",
            "from_provider('openai/gpt-4.1')",
            f"create_partial(model='gpt-4.1-mini', {SENT})",
        ),
        ("manual", "from_provider(NAME)", f"create_iterable({SENT})"),
    ],
)
def test_a_client_of_instructor_makes_calls(
    tmp_path: Path, expected: str, client: str, ask: str
) -> None:
    said = results_of(tmp_path, {"app.py": instructed(client, ask)})
    assert said["ARC101"].outcome == expected
    assert said["INF201"].outcome == "fail"
    assert said["PRM302"].outcome == "pass"
    assert said["PRM301"].outcome == "pass"


def test_what_else_creates_is_no_call(tmp_path: Path) -> None:
    source = (
        "import instructor\nfrom shop import orders\n"
        "def new(q):\n    return orders.create(q, response_model=Order)\n"
    )
    assert outcome(tmp_path, "INF201", {"app.py": source}) == "not-applicable"

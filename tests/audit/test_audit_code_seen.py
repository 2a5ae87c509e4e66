"""What of other files, of memories and of replies is seen in code."""
# ruff: noqa: E501, ISC004 - a source a line

from pathlib import Path

import pytest
from tests.audit.auditing import ASK, OPENAI, outcome


def test_settings_of_other_files_are_followed(tmp_path: Path) -> None:
    files = {
        "config.py": 'class Settings:\n    model: str = "gpt-4o-mini"\n\nMODEL = "gpt-4o-mini"\n',
        "app.py": OPENAI
        + "from config import MODEL\n"
        + f"def ask(q):\n    return {ASK}\n".replace('"gpt-4o"', "MODEL"),
    }
    assert outcome(tmp_path, "ARC101", files) == "pass"


def test_code_of_tests_and_examples_is_no_application(tmp_path: Path) -> None:
    files = {"tests/test_app.py": OPENAI + f"def test(q):\n    assert {ASK}\n"}
    assert outcome(tmp_path, "MON101", files) == "not-applicable"


def test_settings_that_a_function_makes_are_followed(tmp_path: Path) -> None:
    files = {
        "settings.py": "import os\nclass Settings:\n    model: str\n\n"
        'def settings():\n    return Settings(model=os.environ.get("MODEL", "gpt-4o-mini"))\n',
        "app.py": OPENAI
        + "from settings import settings\n"
        + f"def ask(q):\n    return {ASK}\n".replace('"gpt-4o"', "settings().model"),
    }
    assert outcome(tmp_path, "ARC101", files) == "pass"


def test_a_checkpointer_keeps_a_conversation(tmp_path: Path) -> None:
    source = (
        "from langchain.agents import create_agent\nfrom langchain_openai import ChatOpenAI\n"
        "from langgraph.checkpoint.memory import InMemorySaver\n"
        "agent = create_agent(ChatOpenAI(model='gpt-4o'), checkpointer=InMemorySaver())\n"
    )
    assert outcome(tmp_path / "a", "PRM203", {"app.py": source}) == "fail"
    trimmed = f"from langchain_core.messages import trim_messages\n{source}"
    assert outcome(tmp_path / "b", "PRM203", {"app.py": trimmed}) == "pass"


def test_an_answer_from_passages_is_one_kind_of_work(tmp_path: Path) -> None:
    files = {
        "index.py": "from langchain_community.vectorstores import FAISS\n"
        "retriever = FAISS.load_local('i').as_retriever()\n",
        "answer.py": OPENAI
        + f"def ask(retriever, q):\n    found = retriever.invoke(q)\n    return {ASK}\n",
    }
    assert outcome(tmp_path, "ARC204", files) == "not-applicable"


def test_a_crew_of_another_file_orders_the_agents(tmp_path: Path) -> None:
    files = {
        "agents.py": "from crewai import Agent\na = Agent(role='a')\nb = Agent(role='b')\n",
        "main.py": "from crewai import Crew\nfrom agents import a, b\ncrew = Crew(agents=[a, b])\n",
    }
    assert outcome(tmp_path, "ARC201", files) == "pass"


def test_a_chat_of_the_vercel_sdk_is_a_conversation(tmp_path: Path) -> None:
    source = """
    import { convertToModelMessages, streamText } from "ai";
    export async function POST(request: Request) {
      const { messages } = await request.json();
      return streamText({ model: "gpt-4o", messages: convertToModelMessages(SENT) });
    }
    """
    for sent, expected in (("messages", "fail"), ("messages.slice(-8)", "pass")):
        assert outcome(tmp_path, "PRM203", {"r.ts": source.replace("SENT", sent)}) == expected


CACHE = "cache = {}\nlabels_cache = {}\n"
LOADS = "def labels():\n    if 'all' not in labels_cache:\n        labels_cache['all'] = load()\n    return labels_cache['all']\n"


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        (
            "pass",
            f"def ask(q):\n    if q not in cache:\n        cache[q] = {ASK}\n    return cache[q]\n",
        ),
        ("fail", f"{LOADS}def ask(q):\n    return {ASK}\n"),
        (
            "pass",
            "def kept(key, make):\n    if key not in cache:\n        cache[key] = make()\n"
            f"    return cache[key]\ndef ask(q):\n    return {ASK}\n"
            "def answer(q):\n    return kept(q, lambda: ask(q))\n",
        ),
        (
            "pass",
            f"from shared import reply_cache\ndef ask(q):\n    return reply_cache.get(q) or {ASK}\n",
        ),
    ],
    ids=["replies", "labels", "through a function", "filled elsewhere"],
)
def test_a_cache_of_something_else_is_no_cache_of_replies(
    tmp_path: Path, expected: str, source: str
) -> None:
    assert outcome(tmp_path, "INF201", {"app.py": OPENAI + CACHE + source}) == expected


@pytest.mark.parametrize(
    ("expected", "of"), [("pass", "reply.usage"), ("fail", "energy.usage")], ids=["reply", "other"]
)
def test_the_usage_of_something_else_counts_no_tokens(
    tmp_path: Path, expected: str, of: str
) -> None:
    source = f"def ask(q):\n    energy = load(q)\n    reply = {ASK}\n    print({of})\n"
    assert outcome(tmp_path, "MON101", {"app.py": OPENAI + source}) == expected


@pytest.mark.parametrize(
    ("expected", "test"), [("pass", "found.sure"), ("manual", "loud")], ids=["reply", "other"]
)
def test_a_cascade_through_functions_tests_the_first_reply(
    tmp_path: Path, expected: str, test: str
) -> None:
    source = OPENAI + (
        f"def small(q):\n    return {ASK.replace('gpt-4o', 'gpt-4o-mini')}\n"
        f"def large(q):\n    return {ASK}\n"
        f"def ask(q, loud):\n    found = small(q)\n    if {test}:\n        found = large(q)\n"
        "    return found\n"
    )
    assert outcome(tmp_path, "ARC103", {"app.py": source}) == expected


@pytest.mark.parametrize(
    "setting",
    [
        "guided_choice",
        "guided_regex",
        "guided_grammar",
        "guided_json",
        "grammar",
        "response_format",
    ],
)
def test_engines_keep_a_format_by_many_names(tmp_path: Path, setting: str) -> None:
    ask = f"{ASK[:-1]}, extra_body={{'{setting}': FORM}})"
    source = f"import json\ndef ask(q):\n    reply = {ask}\n    return json.loads(reply.choices[0].message.content)\n"
    assert outcome(tmp_path, "PRM302", {"app.py": OPENAI + source}) == "pass"


def test_a_limit_for_everybody_is_a_quota_without_tenants(tmp_path: Path) -> None:
    limited = f"from slowapi import Limiter\ndef ask(q):\n    return {ASK}\n"
    assert outcome(tmp_path, "OPS302", {"app.py": OPENAI + limited}) == "pass"


def test_what_is_split_into_a_vector_store_is_disclosed_by_parts(tmp_path: Path) -> None:
    files = {
        "ingest.py": "from qdrant_client import QdrantClient\n"
        "def chunks(text):\n    return text.split('\\n\\n')\n# openai\n",
        "app.py": OPENAI + f"def ask(q):\n    return {ASK}\n",
    }
    assert outcome(tmp_path, "PRM202", files) == "pass"

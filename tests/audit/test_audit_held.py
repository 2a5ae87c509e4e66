"""Models that one file builds and another runs."""

from pathlib import Path

import pytest
from tests.audit.auditing import outcome, results_of

MODELS = {
    "models.py": "from langchain_openai import ChatOpenAI\n"
    "writer = ChatOpenAI(model='gpt-4.1')\n"
    "def get_llm():\n    return ChatOpenAI(model='gpt-4.1')\n"
}
SAVED = (
    "from langgraph.checkpoint.sqlite import SqliteSaver\nfrom graph import build\n"
    "def main(question):\n"
    "    with SqliteSaver.from_conn_string('a.sqlite') as saver:\n"
    "        return build(saver).invoke({'question': question})\n"
)
GRAPH = (
    "from langgraph.graph import StateGraph\nfrom nodes import answer\n"
    "def build(saver):\n"
    "    graph = StateGraph(dict)\n    graph.add_node('answer', answer)\n"
    "    return graph.compile(checkpointer=saver)\n"
)
NODES = (
    "from models import writer\n"
    "def answer(state):\n    return {'messages': [writer.invoke(SENT)]}\n"
)


@pytest.mark.parametrize(
    ("expected", "sent"),
    [("fail", "state['messages']"), ("pass", "trim_messages(state['messages'])")],
)
def test_a_graph_with_a_saver_of_another_file_is_bounded_by_its_nodes(
    tmp_path: Path, expected: str, sent: str
) -> None:
    files = {**MODELS, "main.py": SAVED, "graph.py": GRAPH, "nodes.py": NODES.replace("SENT", sent)}
    assert outcome(tmp_path, "PRM203", files) == expected


CHAIN = (
    "from langchain_core.prompts import ChatPromptTemplate\nfrom models import get_llm, writer\n"
)
PROMPT = "ChatPromptTemplate.from_template('Answer {q}')"


@pytest.mark.parametrize(
    ("expected", "model", "read"),
    [
        ("pass", "writer.with_structured_output(Plan)", "reply.steps"),
        ("fail", "writer", "json.loads(reply.content)"),
        ("fail", "get_llm()", "json.loads(reply.content)"),
        ("not-applicable", "writer", "reply.content"),
    ],
)
def test_a_chain_over_a_model_of_another_file_asks_it(
    tmp_path: Path, expected: str, model: str, read: str
) -> None:
    chain = f"import json\n{CHAIN}chain = {PROMPT} | {model}\n"
    chain += f"def ask(q):\n    reply = chain.invoke({{'q': q}})\n    return {read}\n"
    assert outcome(tmp_path, "PRM302", {**MODELS, "chain.py": chain}) == expected


@pytest.mark.parametrize(
    ("asks", "parallel", "cached"),
    [
        ("    return [chain.invoke(row) for row in rows]\n", "fail", "not-applicable"),
        ("    return chain.batch(rows)\n", "pass", "fail"),
        ("    return chain.invoke(rows)\n", "not-applicable", "fail"),
    ],
    ids=["one by one", "together", "once"],
)
def test_rows_given_to_a_chain_of_another_file_are_bulk(
    tmp_path: Path, asks: str, parallel: str, cached: str
) -> None:
    files = {
        "models.py": "from langchain_openai import ChatOpenAI\n"
        "def get_llm():\n    return ChatOpenAI(model='gpt-4.1')\n",
        "chain.py": f"{CHAIN}def make():\n    return {PROMPT} | get_llm()\n",
        "job.py": f"from chain import make\ndef run(rows):\n    chain = make()\n{asks}",
    }
    said = results_of(tmp_path, files)
    assert said["INF302"].outcome == parallel
    assert said["INF201"].outcome == cached


SETTINGS = (
    "from llama_index.core import Settings\nfrom llama_index.llms.openai import OpenAI\n"
    "def configure():\n    Settings.llm = OpenAI(model='gpt-4.1')\n"
)
ENGINE = (
    "from llama_index.core import VectorStoreIndex\nfrom kept import reply_cache\n"
    "engine = VectorStoreIndex.from_vector_store(STORE).as_query_engine()\n"
    "def answer(q):\n    {}return str(engine.query(q))\n"
)


@pytest.mark.parametrize(
    ("expected", "first"),
    [("pass", "if q in reply_cache: return reply_cache[q]\n    "), ("fail", "")],
)
def test_an_engine_asks_the_model_that_settings_name_elsewhere(
    tmp_path: Path, expected: str, first: str
) -> None:
    files = {"settings.py": SETTINGS, "answers.py": ENGINE.format(first)}
    assert outcome(tmp_path, "INF201", files) == expected


def test_a_program_of_dspy_asks_the_model_configured_elsewhere(tmp_path: Path) -> None:
    files = {
        "setup.py": "import dspy\ndspy.configure(lm=dspy.LM('openai/gpt-4.1'))\n",
        "job.py": "import dspy\nlabel = dspy.Predict('text -> label')\n"
        "def run(rows):\n    return [label(text=row) for row in rows]\n",
    }
    assert outcome(tmp_path, "INF302", files) == "fail"


def test_a_model_of_typescript_is_followed_into_other_files(tmp_path: Path) -> None:
    files = {
        "src/models.ts": 'import { ChatOpenAI } from "@langchain/openai";\n'
        'export const writer = new ChatOpenAI({ model: "gpt-4.1" });\n',
        "src/job.ts": 'import { writer } from "./models";\n'
        "export async function run(rows: string[]) {\n"
        "  for (const row of rows) {\n    await writer.invoke(row);\n  }\n}\n",
    }
    assert outcome(tmp_path, "INF302", files) == "fail"


def test_what_merely_takes_a_model_and_runs_something_else_is_no_reply(tmp_path: Path) -> None:
    files = {
        **MODELS,
        "tool.py": "import json\nfrom models import writer\nfrom search import search\n"
        "def look(q):\n    return json.loads(search.invoke(q))\n",
    }
    assert outcome(tmp_path, "PRM302", files) == "not-applicable"


@pytest.mark.parametrize(("expected", "parser"), [("pass", " | JsonOutputParser()"), ("fail", "")])
def test_a_chain_that_reads_the_reply_itself_is_structured_for_whoever_runs_it(
    tmp_path: Path, expected: str, parser: str
) -> None:
    files = {
        **MODELS,
        "chain.py": "from langchain_core.output_parsers import JsonOutputParser\n" * bool(parser)
        + f"{CHAIN}chain = {PROMPT} | writer{parser}\n",
        "ask.py": "from chain import chain\n"
        "def ask(q):\n    reply = chain.invoke({'q': q})\n    return reply.split(',')\n",
    }
    assert outcome(tmp_path, "PRM302", files) == expected

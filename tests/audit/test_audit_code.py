"""What is seen in Python and in TypeScript, check by check."""
# ruff: noqa: E501, ISC004 - a source a line: the table reads across

from pathlib import Path

import pytest
from tests.audit.auditing import ASK, OPENAI, outcome

SMALL = ASK.replace("gpt-4o", "gpt-4o-mini")

PYTHON = [
    ("ARC101", "fail", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("ARC101", "pass", OPENAI + f"def ask(q):\n    return {SMALL}\n"),
    ("ARC101", "manual", OPENAI + f"def ask(q, m):\n    return {ASK}\n".replace('"gpt-4o"', "m")),
    ("ARC102", "fail", OPENAI + f"PROMPT = 'Classify the review by its mood'\ndef ask(q):\n    return {ASK}\n"),
    ("ARC102", "not-applicable", OPENAI + f"PROMPT = 'Classify the review by its mood'\ndef ask(q):\n    return {SMALL}\n"),
    ("ARC103", "manual", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    (
        "ARC103",
        "pass",
        OPENAI
        + 'def ask(q, hard):\n    model = "gpt-4o" if hard else "gpt-4o-mini"\n'
        + f"    return {ASK}\n".replace('"gpt-4o"', "model"),
    ),
    (
        "ARC103",
        "pass",
        OPENAI
        + "SMALL, LARGE = 'gpt-4o-mini', 'gpt-4o'\n"
        + f"def call(model, q):\n    return {ASK}\n".replace('"gpt-4o"', "model")
        + "def ask(q):\n    reply = call('gpt-4o-mini', q)\n    if sure(reply):\n"
        + "        return reply\n    return call('gpt-4o', q)\n",
    ),
    (
        "ARC103",
        "manual",
        OPENAI
        + f"def ask(q):\n    try:\n        return {ASK}\n    except Exception:\n"
        + f"        return {ASK}\n".replace("gpt-4o", "gpt-4-turbo"),
    ),
    (
        "ARC201",
        "fail",
        "from crewai import Agent, Crew\n"
        "from crewai_tools import SearchTool\n"
        "a = Agent(role='r', tools=[SearchTool()])\nb = Agent(role='s')\n"
        "from autogen import GroupChat, GroupChatManager\n"
        "chat = GroupChatManager(groupchat=GroupChat(agents=[a, b]))\n",
    ),
    ("ARC201", "pass", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    (
        "ARC202",
        "fail",
        "from crewai import Agent, Crew, Process, Task\n"
        "a = Agent(role='a')\none = Task(agent=a)\ntwo = Task(agent=a, context=[one])\n"
        "crew = Crew(agents=[a], tasks=[one, two], process=Process.hierarchical)\n",
    ),
    (
        "ARC202",
        "pass",
        "from crewai import Agent, Crew, Process, Task\n"
        "crew = Crew(agents=[Agent(role='a')], tasks=[], process=Process.sequential)\n",
    ),
    ("ARC203", "not-applicable", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("PRM101", "fail", OPENAI + f"PROMPT = 'Please kindly tell me the mood of this'\ndef ask(q):\n    return {ASK}\n"),
    ("PRM101", "pass", OPENAI + f"PROMPT = 'Please tell the mood of this review'\ndef ask(q):\n    return {ASK}\n"),
    ("PRM101", "manual", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("PRM102", "fail", OPENAI + f"PROMPT = '{'so many words of nothing at all ' * 20}'\ndef ask(q):\n    return {ASK}\n"),
    ("PRM102", "pass", OPENAI + f"PROMPT = '''Task: {'words of it ' * 50}\nFormat: one line\n'''\ndef ask(q):\n    return {ASK}\n"),
    (
        "PRM103",
        "fail",
        OPENAI
        + "def ask(q):\n    return client.chat.completions.create(model='gpt-4o', messages=[\n"
        "        {'role': 'user', 'content': 'good film'}, {'role': 'assistant', 'content': 'positive'},\n"
        "        {'role': 'user', 'content': 'bad film'}, {'role': 'assistant', 'content': 'negative'},\n"
        "        {'role': 'user', 'content': q}])\n",
    ),
    ("PRM201", "fail", "from langchain_chroma import Chroma\nr = store.as_retriever(search_kwargs={'k': 50})\n" + OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("PRM201", "pass", "from langchain_chroma import Chroma\nr = store.as_retriever(search_kwargs={'k': 5})\n" + OPENAI + f"def ask(q):\n    return {ASK}\n"),
    (
        "PRM202",
        "fail",
        OPENAI
        + "from pathlib import Path\ndef ask(path):\n    text = Path(path).read_text()\n"
        "    return client.chat.completions.create(model='gpt-4o', messages=[\n"
        "        {'role': 'user', 'content': f'Summarize: {text}'}])\n",
    ),
    (
        "PRM202",
        "not-applicable",
        OPENAI
        + "from pathlib import Path\nPROMPT = Path('prompts/a.txt').read_text()\ndef ask(q):\n"
        "    return client.chat.completions.create(model='gpt-4o', messages=[\n"
        "        {'role': 'system', 'content': PROMPT}, {'role': 'user', 'content': q}])\n",
    ),
    (
        "PRM202",
        "pass",
        OPENAI
        + "from pathlib import Path\ndef ask(path):\n    text = Path(path).read_text()\n"
        "    for chunk in split_text(text, chunk_size=500):\n"
        "        client.chat.completions.create(model='gpt-4o', messages=[\n"
        "            {'role': 'user', 'content': chunk}])\n"
        "def split_text(text, chunk_size):\n    return [text]\n",
    ),
    (
        "PRM203",
        "fail",
        OPENAI
        + "history = []\ndef turn(q):\n    history.append({'role': 'user', 'content': q})\n"
        "    reply = client.chat.completions.create(model='gpt-4o', messages=history)\n"
        "    history.append({'role': 'assistant', 'content': reply.choices[0].message.content})\n",
    ),
    (
        "PRM203",
        "pass",
        OPENAI
        + "history = []\ndef turn(q):\n    history.append({'role': 'user', 'content': q})\n"
        "    reply = client.chat.completions.create(model='gpt-4o', messages=history[-8:])\n"
        "    history.append({'role': 'assistant', 'content': reply.choices[0].message.content})\n",
    ),
    (
        "PRM203",
        "not-applicable",
        OPENAI
        + "def run(q, tools):\n    messages = [{'role': 'user', 'content': q}]\n"
        "    for step in range(5):\n"
        "        reply = client.chat.completions.create(model='gpt-4o', messages=messages, tools=tools)\n"
        "        messages.append(reply.choices[0].message)\n",
    ),
    ("PRM302", "not-applicable", OPENAI + f"import json\ndef ask(q, tools):\n    reply = {ASK[:-1]}, tools=tools)\n    for call in reply.choices[0].message.tool_calls:\n        text = call.function.arguments\n        json.loads(text)\n"),
    ("OPS302", "not-applicable", OPENAI + f"import os\ndef ask(q, openai_organization_id):\n    azure_tenant_id = os.environ['X']\n    return {ASK}\n"),
    ("PRM301", "fail", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("PRM301", "pass", OPENAI + f"def ask(q):\n    return {ASK[:-1]}, max_tokens=100)\n"),
    ("PRM301", "manual", OPENAI + f"def ask(q, **more):\n    return {ASK[:-1]}, **more)\n"),
    ("PRM301", "pass", OPENAI + f"DEFAULTS = {{'max_tokens': 50}}\ndef ask(q):\n    return {ASK[:-1]}, **DEFAULTS)\n"),
    ("PRM301", "pass", OPENAI + f"PROMPT = 'Describe the product in at most 50 words'\ndef ask(q):\n    return {ASK}\n"),
    ("PRM302", "fail", OPENAI + f"import json\ndef ask(q):\n    reply = {ASK}\n    return json.loads(reply.choices[0].message.content)\n"),
    ("PRM302", "not-applicable", OPENAI + f"import json\ndef ask(q):\n    config = json.loads(open('c.json').read())\n    return {ASK}\n"),
    ("PRM302", "pass", OPENAI + f"import json\ndef ask(q):\n    reply = {ASK[:-1]}, response_format={{'type': 'json_object'}})\n    return json.loads(reply.choices[0].message.content)\n"),
    ("PRM303", "fail", OPENAI + f"def ask(q):\n    reply = {ASK}\n    return reply.choices[0].message.content.split('\\n')[0]\n"),
    ("PRM303", "pass", OPENAI + f"def ask(q):\n    return {ASK[:-1]}, stop=['\\n'])\n"),
    ("PRM303", "manual", OPENAI + f"def ask(q):\n    reply = {ASK}\n    print(reply.choices[0].message.content[:80])\n"),
    ("INF101", "fail", OPENAI + f"def main(rows):\n    for q in rows:\n        print({ASK})\n"),
    ("INF101", "not-applicable", OPENAI + f"from fastapi import FastAPI\ndef main(rows):\n    for q in rows:\n        print({ASK})\n"),
    ("INF101", "not-applicable", OPENAI + f"def main(q):\n    for attempt in range(3):\n        return {ASK}\n"),
    ("INF101", "pass", OPENAI + f"def main(rows):\n    client.batches.create(input_file_id='f')\n    for q in rows:\n        print({ASK})\n"),
    ("INF101", "not-applicable", OPENAI + f"def main(q, models):\n    for model in models:\n        return {ASK}\n"),
    ("INF103", "manual", OPENAI + f"def label(q):\n    return {ASK}\nlabels = [label(q) for q in open('f')]\n"),
    ("INF201", "fail", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("INF201", "pass", OPENAI + f"from functools import lru_cache\n@lru_cache\ndef ask(q):\n    return {ASK}\n"),
    ("INF201", "pass", OPENAI + f"import redis\nr = redis.Redis()\ndef ask(q):\n    hit = r.get(q)\n    return hit or {ASK}\n"),
    ("INF201", "fail", OPENAI + f"import redis\nr = redis.Redis()\ndef ask(q):\n    r.publish('q', q)\n    return {ASK}\n"),
    ("INF201", "pass", OPENAI + f"cache = {{}}\ndef ask(q):\n    if q in cache:\n        return cache[q]\n    return {ASK}\n"),
    ("INF201", "not-applicable", OPENAI + f"def ask(q):\n    return {ASK[:-1]}, temperature=0.9)\n"),
    ("INF203", "fail", "from langchain_community.vectorstores import FAISS\n" + OPENAI + f"store = FAISS.from_documents(docs, e)\ndef ask(q):\n    return {ASK}\n"),
    ("INF203", "pass", "from langchain_community.vectorstores import FAISS\n" + OPENAI + f"store = FAISS.from_documents(docs, e)\nstore.save_local('i')\ndef ask(q):\n    return {ASK}\n"),
    ("INF203", "not-applicable", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("INF302", "fail", OPENAI + f"def main(rows):\n    for q in rows:\n        print({ASK})\n"),
    ("INF302", "pass", OPENAI + f"from concurrent.futures import ThreadPoolExecutor\ndef ask(q):\n    return {ASK}\ndef main(rows):\n    with ThreadPoolExecutor() as pool:\n        list(pool.map(ask, rows))\n"),
    ("INF303", "fail", "from transformers import AutoModelForCausalLM\nm = AutoModelForCausalLM.from_pretrained('meta-llama/Llama-3.1-8B')\n"),
    ("INF303", "pass", "from vllm import LLM\nm = LLM(model='meta-llama/Llama-3.1-8B')\n"),
    ("ARC301", "fail", "from vllm import LLM\nm = LLM(model='meta-llama/Llama-3.1-8B')\n"),
    ("ARC301", "pass", "from vllm import LLM\nm = LLM(model='org/Llama-3.1-8B-AWQ')\n"),
    ("OPS302", "fail", OPENAI + f"def ask(q, tenant_id):\n    return {ASK}\n"),
    ("OPS302", "pass", OPENAI + f"from slowapi import Limiter\ndef ask(q, tenant_id):\n    return {ASK}\n"),
    ("OPS302", "fail", OPENAI + f"from openai import RateLimitError\ndef ask(q, tenant_id):\n    try:\n        return {ASK}\n    except RateLimitError:\n        raise\n"),
    # frameworks of agents: an agent is where a model is chosen, its runner where it is asked
    ("ARC101", "fail", "from agents import Agent, Runner\na = Agent(name='a', model='gpt-4.1', instructions='Answer.')\n"),
    ("ARC101", "pass", "from agents import Agent, Runner\na = Agent(name='a', model='gpt-4.1-nano', instructions='Answer.')\ndef ask(q):\n    return Runner.run_sync(a, q)\n"),
    ("ARC101", "fail", "from crewai import Agent\na = Agent(role='r', goal='g', llm='gpt-4o')\n"),
    ("ARC101", "fail", "from crewai import Agent, LLM\na = Agent(role='r', goal='g', llm=LLM(model='gpt-4o'))\n"),
    ("ARC101", "fail", "from pydantic_ai import Agent\na = Agent('openai:gpt-4o')\ndef ask(q):\n    return a.run_sync(q).output\n"),
    ("ARC101", "not-applicable", "from estate import Agent\na = Agent(name='a', model='gpt-4.1')\n"),
    ("PRM301", "pass", "from crewai import Agent, LLM\nllm = LLM(model='gpt-4o', max_tokens=90)\na = Agent(role='r', goal='g', llm=llm)\n"),
    ("PRM301", "fail", "from agents import Agent\na = Agent(name='a', model='gpt-4.1', instructions='Answer.')\n"),
    ("PRM301", "pass", "from agents import Agent, ModelSettings\na = Agent(name='a', model='gpt-4.1', model_settings=ModelSettings(max_tokens=90))\n"),
    ("PRM203", "fail", "from agents import Agent, Runner\nimport memory\na = Agent(name='a', model='gpt-4.1')\ndef ask(q):\n    result = Runner.run_sync(a, memory.said + [q])\n    memory.said = result.to_input_list()\n    return result\n"),
    ("INF201", "not-applicable", "from agents import Agent, Runner\na = Agent(name='a', model='gpt-4.1', handoffs=[b])\ndef ask(q):\n    return Runner.run_sync(a, q)\n"),
    ("ARC203", "fail", "from agents import Agent\na = Agent(name='a', tools=[x])\nb = Agent(name='b', tools=[y])\nc = Agent(name='c', handoffs=[a, b])\n"),
    ("PRM101", "pass", OPENAI + f"PROMPT = 'Could you please name the capital of the country?'\ndef ask(q):\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"import logging\nlogger = logging.getLogger()\ndef ask(q, tenant_id):\n    logger.info('asked by %s', tenant_id)\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"import logging\nlogger = logging.getLogger()\ndef ask(q, tenant_id):\n    logger.info(f'asked by {{tenant_id}}')\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"import logging\nlogger = logging.getLogger()\ndef ask(q, tenant_id):\n    logger.info('asked', extra={{'tenant_id': tenant_id}})\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"from prometheus_client import Counter\nTOKENS = Counter('tokens', 'Tokens', ['tenant'])\ndef ask(q, tenant_id):\n    TOKENS.labels(tenant_id).inc()\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"def ask(q, tenant_id, span):\n    span.set_attribute('tenant', tenant_id)\n    return {ASK}\n"),
    ("OPS303", "fail", OPENAI + f"import logging\nlogger = logging.getLogger()\ndef ask(q, tenant_id):\n    logger.info('asked')\n    return {ASK}\n"),
    ("PRM202", "fail", OPENAI + f"def ask(q):\n    return {ASK}\ndef run(path):\n    return ask(path.read_text())\n"),
    ("PRM202", "not-applicable", OPENAI + f"import json\ndef ask(q):\n    return {ASK}\ndef run(path):\n    return ask(json.loads(path.read_text())['title'])\n"),
    ("PRM202", "not-applicable", OPENAI + f"from jinja2 import Environment, FileSystemLoader\nTEXTS = Environment(loader=FileSystemLoader('texts'))\ndef ask(name, **given):\n    q = TEXTS.get_template(name).render(**given)\n    return {ASK}\n"),
    ("OPS302", "pass", OPENAI + f"TEAM = {{'tpm_limit': 9}}\ndef ask(q, tenant_id):\n    return {ASK}\n"),
    ("INF101", "fail", OPENAI + f"def ask(q):\n    return {ASK}\ndef run(frame):\n    return frame['text'].progress_apply(lambda q: ask(q).strip())\n"),
    ("INF101", "fail", OPENAI + f"def ask(q):\n    return {ASK}\ndef run(frame):\n    return frame['text'].apply(ask)\n"),
    ("INF101", "not-applicable", OPENAI + f"def ask(q):\n    return {ASK}\ndef run(frame, q):\n    rows = frame['text'].apply(lambda row: row.strip())\n    return rows, ask(q)\n"),
    ("OPS302", "not-applicable", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("OPS303", "pass", OPENAI + f"def ask(q, tenant_id):\n    return {ASK[:-1]}, user=tenant_id)\n"),
    ("MON101", "fail", OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("MON101", "pass", OPENAI + f"def ask(q):\n    reply = {ASK}\n    log(reply.usage.total_tokens)\n"),
    ("MON101", "pass", "from langfuse.openai import openai\n" + OPENAI + f"def ask(q):\n    return {ASK}\n"),
    ("MON102", "pass", OPENAI + f"import time\ndef ask(q):\n    start = time.perf_counter()\n    reply = {ASK}\n    log(time.perf_counter() - start)\n"),
    ("MON203", "fail", OPENAI + f"def ask(q):\n    return {ASK}\n".replace("gpt-4o", "gpt-3.5-turbo")),
    ("MON203", "manual", OPENAI + f"def ask(q):\n    return {ASK}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected", "source"), PYTHON)
def test_a_python_file_is_judged(tmp_path: Path, code: str, expected: str, source: str) -> None:
    assert outcome(tmp_path, code, {"app.py": source}) == expected


TYPESCRIPT_HEAD = """
import OpenAI from "openai";
const client = new OpenAI();
"""
CREATE = """client.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: q }],
  })"""
TYPESCRIPT = [
    ("ARC101", "fail", f"export async function ask(q: string) {{\n  return await {CREATE};\n}}\n"),
    ("ARC101", "fail", f"// gpt-4o-mini\nexport async function ask(q: string) {{\n  return await {CREATE};\n}}\n"),
    ("PRM301", "fail", f"export async function ask(q: string) {{\n  return await {CREATE};\n}}\n"),
    ("PRM301", "pass", f"export async function ask(q: string) {{\n  return await {CREATE.replace('messages', 'max_tokens: 90, messages')};\n}}\n"),
    ("PRM301", "manual", f"export async function ask(q: string, options: any) {{\n  return await {CREATE.replace('messages', '...options, messages')};\n}}\n"),
    ("PRM302", "fail", f"export async function ask(q: string) {{\n  const r = await {CREATE};\n  return JSON.parse(r.choices[0].message.content ?? '');\n}}\n"),
    ("INF101", "fail", f"export async function run(rows: string[]) {{\n  for (const q of rows) {{\n    await {CREATE};\n  }}\n}}\n"),
    ("INF302", "pass", f"export async function run(rows: string[]) {{\n  await Promise.all(rows.map(async (q) => {CREATE}));\n}}\n"),
    ("INF201", "fail", f"export async function ask(q: string) {{\n  return await {CREATE};\n}}\n"),
    ("INF201", "pass", f"const cache = new Map<string, string>();\nexport async function ask(q: string) {{\n  const hit = cache.get(q);\n  if (hit) return hit;\n  return await {CREATE};\n}}\n"),
    ("PRM203", "fail", "const history: any[] = [];\nexport async function turn(q: string) {\n  history.push({ role: 'user', content: q });\n  const r = await client.chat.completions.create({ model: 'gpt-4o', messages: history });\n  history.push({ role: 'assistant', content: r.choices[0].message.content });\n}\n"),
    ("PRM203", "pass", "const history: any[] = [];\nexport async function turn(q: string) {\n  history.push({ role: 'user', content: q });\n  const r = await client.chat.completions.create({ model: 'gpt-4o', messages: history.slice(-8) });\n  history.push({ role: 'assistant', content: r.choices[0].message.content });\n}\n"),
    ("PRM203", "fail", "const history: any[] = [];\nexport async function turn(q: string) {\n  history.push({ role: 'user', content: q.trim() });\n  const r = await client.chat.completions.create({ model: 'gpt-4o', messages: history });\n  history.push({ role: 'assistant', content: r.choices[0].message.content });\n}\n"),
    ("MON101", "pass", f"export async function ask(q: string) {{\n  const r = await {CREATE};\n  console.log(r.usage?.total_tokens);\n}}\n"),
    ("MON101", "fail", f"export async function ask(q: string) {{\n  return await {CREATE}; // r.usage\n}}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected", "source"), TYPESCRIPT)
def test_a_typescript_file_is_judged(tmp_path: Path, code: str, expected: str, source: str) -> None:
    assert outcome(tmp_path, code, {"src/app.ts": TYPESCRIPT_HEAD + source}) == expected


def test_the_vercel_sdk_is_read_with_its_provider(tmp_path: Path) -> None:
    source = """
    import { generateText } from "ai";
    import { openai } from "@ai-sdk/openai";
    const MODEL = process.env.MODEL ?? "gpt-4o";
    export async function ask(q: string) {
      const { text } = await generateText({ model: openai(MODEL), prompt: q, maxOutputTokens: 90 });
      return text;
    }
    """
    assert outcome(tmp_path, "ARC101", {"app.ts": source}) == "fail"
    assert outcome(tmp_path, "PRM301", {"app.ts": source}) == "pass"


def test_texts_read_as_data_are_no_document(tmp_path: Path) -> None:
    source = TYPESCRIPT_HEAD + (
        'import { readFileSync } from "node:fs";\n'
        'const texts: Record<string, string> = JSON.parse(readFileSync("en.json", "utf8"));\n'
        f"for (const q of Object.values(texts)) {{\n  await {CREATE};\n}}\n"
    )
    assert outcome(tmp_path, "PRM202", {"app.ts": source}) == "not-applicable"

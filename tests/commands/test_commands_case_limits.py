"""What test cases allow, held against replies from the cache and repeats that failed."""

from __future__ import annotations

import json
from typing import Any

from tests.commands.test_commands_eval_gate import cases, recording
from tests.conftest import Project
from tests.wire.formats import chat_completion
from tests.wire.server import Reply
from tests.wire.threaded import serving

PROMPT = 'prompt: mood\nvariants: {one: {user: "Mood of: {{ text }}"}}\n'
LIMITS = "defaults: {max_output_tokens: 1, max_cost: 0.005, max_latency_ms: 0.001}"


def found(project: Project, *flags: str) -> tuple[int, dict[str, Any]]:
    said = project.llmopt("eval", "--gate", "--format", "json", *flags)
    document: dict[str, Any] = json.loads(said.out)
    return said.code, document


def test_a_reply_from_the_cache_is_held_with_the_figures_it_was_bought_with(
    empty_project: Project,
) -> None:
    with serving() as server:
        server.script(*(Reply(body=chat_completion("a")) for _ in range(3)))
        empty_project.write(
            "llmopt.yaml",
            f"""\
            models:
              - id: openai/a-model
                base_url: {server.url}/v1
                price: {{input: 0, output: 10000}}
                params: {{temperature: 0}}
            """,
        )
        empty_project.write("prompts/mood.yaml", PROMPT)
        empty_project.write("testcases/mood.yaml", cases(3, LIMITS))
        assert empty_project.llmopt("baseline", "update").code == 0
        asked, cached = found(empty_project), found(empty_project)
    assert cached[1]["totals"]["cached_calls"] == 3
    for code, document in (asked, cached):
        codes = sorted(one["code"] for one in document["findings"])
        assert code == 1
        assert codes == ["GATE112"] * 3 + ["GATE113"] * 3 + ["GATE114"] * 3
    messages = [{one["message"] for one in document["findings"]} for _, document in (asked, cached)]
    assert messages[0] == messages[1]


def test_a_limit_that_one_repeat_passed_fails_although_another_repeat_has_no_answer(
    empty_project: Project,
) -> None:
    empty_project.write("prompts/mood.yaml", PROMPT)
    empty_project.write("testcases/mood.yaml", cases(3, "defaults: {max_output_tokens: 11}"))
    empty_project.write("llmopt.yaml", "models: [recorded/replies.jsonl]\n")
    replies = recording().splitlines()[:3]
    again = [line.replace('"repeat": 0', '"repeat": 1') for line in replies[:2]]
    empty_project.write("replies.jsonl", "\n".join([*replies, *again, ""]))
    assert empty_project.llmopt("baseline", "update").code == 0
    code, document = found(empty_project, "--repeat", "2", "--undecided", "pass")
    assert [one["kind"] for one in document["errors"]] == ["not_recorded"]
    assert code == 1
    assert [one["code"] for one in document["findings"] if one["severity"] == "error"] == [
        "GATE112"
    ]

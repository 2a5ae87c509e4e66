"""llmopt.yaml: rates, short forms, and keys that do not belong into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmopt.domain import Config, FromEnvironment, Place
from llmopt.files.loading import load

Write = Callable[[Mapping[str, str | bytes | None]], Path]
SOUND = {
    "prompts/p.yaml": "prompt: p\nvariants: {a: {user: '{{ text }}'}}\n",
    "testcases/p.yaml": "prompt: p\ncases: [{vars: {text: hi}, expect: x}]\n",
}


@pytest.fixture
def config(project: Write) -> Callable[[str], Config]:
    def read(text: str) -> Config:
        suite, problems = load(project({**SOUND, "llmopt.yaml": text}))
        assert problems == ()
        return suite.config

    return read


@pytest.mark.parametrize(
    ("rate", "calls"),
    [
        ("40000/day", 40_000),
        ("40,000 / day", 40_000),
        ("40_000/day", 40_000),
        ("0.5/minute", 720),
        ("120/hour", 2880),
        ("700/week", 100),
        ("365250/month", 12_000),
    ],
)
def test_traffic_is_calls_a_day(config: Callable[[str], Config], rate: str, calls: float) -> None:
    assert config(f"traffic: {{p: '{rate}'}}\n").traffic["p"] == pytest.approx(calls)


def test_limits_keep_their_sign_as_written(config: Callable[[str], Config]) -> None:
    gates = config("gates: {cost: +5%, accuracy: -2pt, latency_p95: +10.5%}\n").gates
    assert {name: limit.fail and limit.fail.text for name, limit in gates.items()} == {
        "cost": "+5%",
        "accuracy": "-2pt",
        "latency_p95": "+10.5%",
    }


def test_without_models_there_are_none(config: Callable[[str], Config]) -> None:
    assert config("prompts: [prompts]\n").models == ()


def test_a_recording_may_offer_the_baseline(config: Callable[[str], Config]) -> None:
    text = "models: [recorded/past.jsonl]\nbaseline_model: openai/gpt-4o\n"
    assert config(text).baseline_model == "openai/gpt-4o"


@pytest.mark.parametrize(("wanted", "name"), [("openai/a", "mine"), ("mine", "mine")])
def test_the_baseline_is_found_by_id_and_by_name(
    config: Callable[[str], Config], wanted: str, name: str
) -> None:
    text = f"models: [{{id: openai/a, name: mine}}]\nbaseline_model: {wanted}\n"
    assert config(text).baseline_model == name


def test_numbers_and_truth_are_text_where_text_is_wanted(config: Callable[[str], Config]) -> None:
    (model,) = config(
        "models: [{id: openai/a, name: 7, headers: {X-Version: 1.10, X-On: true}}]\n"
    ).models
    assert (model.name, model.headers) == ("7", {"X-Version": "1.10", "X-On": "true"})


SECRET = "sk-proj-abcdefghijklmnop"
REFUSED = (
    "an API key or password stands in this file; anybody who reads the file can use it",
    "name the environment variable that holds it: api_key_env: OPENAI_API_KEY",
)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"models: [{{id: openai/a, api_key: {SECRET}}}]\n", "1:25"),
        ("models: [{id: openai/a, api_key: plain}]\n", "1:25"),
        ("models: [{id: openai/a, apiKey: plain}]\n", "1:25"),
        (f"models: [{{id: openai/a, api_key_env: {SECRET}}}]\n", "1:25"),
        (f"models: [{{id: openai/a, params: {{extra: [{SECRET}]}}}}]\n", "1:42"),
        ("models: [{id: openai/a, params: {token: abc}}]\n", "1:34"),
        (f"checklist: {{note: {SECRET}}}\n", "1:13"),
    ],
)
def test_keys_in_the_file_are_refused_and_never_repeated(
    project: Write, text: str, where: str
) -> None:
    problems = load(project({**SOUND, "llmopt.yaml": text})).problems
    assert [(p.where, p.message, p.hint) for p in problems] == [(f"llmopt.yaml:{where}", *REFUSED)]


REFUSED_HEADER = (
    REFUSED[0],
    (
        "name the environment variable that holds the whole value: "
        "headers: {Authorization: {env: GATEWAY_KEY}}"
    ),
)


@pytest.mark.parametrize(
    "header",
    [
        f"Authorization: Bearer {SECRET}",
        "X-A: Bearer abcdefgh12345",
        f"X-A: {SECRET}",
        "Authorization: Basic dXNlcg==",
        "Authorization-Extra: plain",
        "cf-aig-authorization: plain",
        "Helicone-Auth: plain",
        "X-Goog-Api-Key: plain",
        "apikey: plain",
        "Ocp-Apim-Subscription-Key: plain",
        "X-Auth-Token: plain",
        "Cookie: plain",
    ],
)
@pytest.mark.parametrize("of", ["models: [%s]", "judge_model: %s", "embedding_model: %s"])
def test_a_header_that_is_a_key_is_refused_with_the_way_to_write_it(
    project: Write, header: str, of: str
) -> None:
    text = of % f"{{id: openai/a, headers: {{{header}}}}}"
    (problem,) = load(project({**SOUND, "llmopt.yaml": f"{text}\n"})).problems
    assert (problem.message, problem.hint) == REFUSED_HEADER


@pytest.mark.parametrize("header", ["X-Team: blue", "X-Monkey: 7", "X-Max-Tokens: 5", "X-Key: ''"])
def test_other_headers_stand_in_the_file(config: Callable[[str], Config], header: str) -> None:
    (model,) = config(f"models: [{{id: openai/a, headers: {{{header}}}}}]\n").models
    assert len(model.headers) == 1


def test_a_header_may_name_the_variable_that_holds_it(config: Callable[[str], Config]) -> None:
    (model,) = config("models: [{id: openai/a, headers: {X-Api-Key: {env: GATE_KEY}}}]\n").models
    assert model.headers == {
        "X-Api-Key": FromEnvironment("GATE_KEY", Place("llmopt.yaml", 1, 46)),
    }


@pytest.mark.parametrize(
    "text",
    [
        f"models: [{SECRET}]\n",
        f"models: {SECRET}\n",
        f"{SECRET}: 1\n",
        f"models: [{{id: {SECRET}}}]\n",
        f"models: [{{id: openai/a, headers: {{X-A: {{env: {SECRET}}}}}}}]\n",
        f"models: [{{id: openai/a, base_url: {SECRET}}}]\n",
        f"prompts: {SECRET}\n",
        f"prompts: [{SECRET}]\n",
        f"traffic: {{p: {SECRET}}}\n",
        f"gates: {{cost: {SECRET}}}\n",
        f"gates: {{{SECRET}: +5%}}\n",
        f"baseline_model: {SECRET}\n",
        f"{SECRET}\n",
        f"a: *{SECRET}\n",
        f"a: !{SECRET} x\n",
        f"models: [openai/a\n{SECRET}: 1\n",
    ],
)
def test_no_message_repeats_what_looks_like_a_key(project: Write, text: str) -> None:
    problems = load(project({**SOUND, "llmopt.yaml": text})).problems
    assert problems
    assert SECRET not in "".join(f"{p.message}{p.hint}" for p in problems)


def test_prompts_may_be_called_like_secrets(project: Write) -> None:
    files = {name: text.replace("prompt: p", "prompt: token") for name, text in SOUND.items()}
    config = "traffic: {token: 5/day}\n"
    assert load(project({**files, "llmopt.yaml": config})).problems == ()

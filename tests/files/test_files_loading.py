"""A project's files become a suite."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llmopt.domain import Message, Price
from llmopt.errors import MissingError
from llmopt.files.loading import find_root, load
from llmopt.files.template import compile_variant

CONFIG = """\
models:
  - openai/gpt-5-mini
  - id: openai/llama3.1:8b
    name: local-llama
    base_url: http://localhost:11434/v1
    api_key_env: OLLAMA_KEY
    params: {max_tokens: 200, temperature: 0}
    price: {input: 0, output: 0}
    limits: {concurrency: 8}
baseline_model: openai/llama3.1:8b
traffic: {sentiment: 40000/day}
gates: {input_tokens: +0%, accuracy: -2pt}
checklist: {usage: [{file: march.csv}], INF201: {status: done, reason: a gateway}}
"""
PROMPT = """\
prompt: sentiment
description: Label a product review.
baseline: verbose
variants:
  verbose:
    user: |
      Please analyze {{ text }}
  concise:
    system: Answer with one word.
    user: "Sentiment: {{ text }}"
    params: {max_tokens: 4, stop: ["\\n"]}
  fewshot:
    messages:
      - {role: user, content: "Lovely"}
      - {role: assistant, content: "positive"}
      - {role: user, content: "{{ text }}"}
  compressed:
    user: "{{ examples }}\\n{{ text }} ->"
    example: "{{ text }} -> {{ label }}"
    examples:
      - {text: "fantastic, loved", label: positive}
      - {text: "broke at once", label: negative}
"""
CASES = """\
prompt: sentiment
score: label
defaults: {tags: [reviews]}
cases:
  - id: late-but-fine
    vars: {text: "Came two days late, works perfectly."}
    expect: positive
    tags: [mixed]
data:
  - {file: reviews.csv, id: row_id, vars: {text: body}, expect: label}
"""
ROWS = 'row_id,body,label\nr1,"It, broke",negative\nr2,"two\nlines",neutral\n'

Project = Callable[[dict[str, str]], Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return write


@pytest.fixture
def whole(project: Project) -> Path:
    return project(
        {
            "llmopt.yaml": CONFIG,
            "prompts/sentiment.yaml": PROMPT,
            "testcases/sentiment.yaml": CASES,
            "testcases/reviews.csv": ROWS,
        }
    )


def test_a_sound_project_has_no_problems(whole: Path) -> None:
    assert load(whole).problems == ()


def test_models_keep_what_the_configuration_says(whole: Path) -> None:
    first, second = load(whole).suite.config.models
    assert (first.id, first.name, dict(first.params)) == ("openai/gpt-5-mini",) * 2 + ({},)
    assert (second.name, second.wire_name) == ("local-llama", "llama3.1:8b")
    assert dict(second.params) == {"max_tokens": 200, "temperature": 0}
    assert second.price == Price(0, 0)
    assert second.limits.concurrency == 8
    assert second.api_key_env == "OLLAMA_KEY"
    assert second.place is not None
    assert str(second.place) == "llmopt.yaml:3:5"


def test_the_configuration_is_read_into_plain_values(whole: Path) -> None:
    config = load(whole).suite.config
    assert config.baseline_model == "local-llama"
    assert config.traffic == {"sentiment": 40_000}
    assert list(config.gates) == ["input_tokens", "accuracy"]
    assert [wanted.file for wanted in config.checklist.usage] == ["march.csv"]
    assert config.checklist.attestations["INF201"].reason == "a gateway"
    assert config.path == whole / "llmopt.yaml"


def test_every_form_of_a_variant_renders(whole: Path) -> None:
    suite = load(whole).suite
    prompt = suite.prompts["sentiment"]
    rendered = {
        name: compile_variant(variant, prompt.format).render({"text": "Nice {{ x }}"})
        for name, variant in prompt.variants.items()
    }
    assert rendered == {
        "verbose": (Message("user", "Please analyze Nice {{ x }}"),),
        "concise": (
            Message("system", "Answer with one word."),
            Message("user", "Sentiment: Nice {{ x }}"),
        ),
        "fewshot": (
            Message("user", "Lovely"),
            Message("assistant", "positive"),
            Message("user", "Nice {{ x }}"),
        ),
        "compressed": (
            Message(
                "user",
                "fantastic, loved -> positive\nbroke at once -> negative\nNice {{ x }} ->",
            ),
        ),
    }
    assert dict(prompt.variants["concise"].params) == {"max_tokens": 4, "stop": ["\n"]}
    assert str(prompt.variants["concise"].place) == "prompts/sentiment.yaml:8:3"


def test_written_out_cases_come_first_and_rows_follow(whole: Path) -> None:
    suite = load(whole).suite
    cases = list(suite.cases["sentiment"])
    assert [(c.id, c.index, c.vars["text"], c.expect, c.tags, str(c.place)) for c in cases] == [
        (
            "late-but-fine",
            0,
            "Came two days late, works perfectly.",
            "positive",
            ("reviews", "mixed"),
            "testcases/sentiment.yaml:5:5",
        ),
        ("r1", 1, "It, broke", "negative", ("reviews",), "testcases/reviews.csv:2:1"),
        ("r2", 2, "two\nlines", "neutral", ("reviews",), "testcases/reviews.csv:3:1"),
    ]
    assert suite.labels["sentiment"] == ("positive", "negative", "neutral")


def test_the_root_is_found_from_a_folder_inside_it(whole: Path) -> None:
    assert find_root(whole / "prompts") == (whole, whole / "llmopt.yaml")
    assert load(whole / "prompts").suite.root == whole


def test_without_a_configuration_the_start_is_the_root(tmp_path: Path) -> None:
    assert find_root(tmp_path) == (tmp_path, None)


def test_a_missing_explicit_configuration_is_raised(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="there is no configuration file"):
        load(tmp_path, config=tmp_path / "none.yaml")


def test_importing_the_loader_imports_nothing_heavy() -> None:
    code = (
        "import sys, llmopt.files.loading, llmopt.files.template;"
        "print([m for m in ('pydantic', 'yaml', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_project_of_bare_variables_needs_no_template_engine(whole: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from llmopt.files.loading import load;"
        f"print(len(load(Path({str(whole)!r})).problems), 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 False"


def test_another_configuration_has_its_own_root(whole: Path) -> None:
    other = whole / "other"
    (other / "texts").mkdir(parents=True)
    (other / "texts" / "q.yml").write_text("prompt: q\nvariants: {a: {user: hi}}\n")
    (other / "mine.yaml").write_text("prompts: [texts]\ntestcases: [texts/none]\n")
    suite, problems = load(whole, config=other / "mine.yaml")
    assert (suite.root, list(suite.prompts)) == (other, ["q"])
    assert [p.where for p in problems] == ["mine.yaml:2:13"]


def test_files_and_folders_are_read_once_in_order(project: Project) -> None:
    def prompt(name: str) -> str:
        return f"prompt: {name}\nvariants: {{a: {{user: hi}}}}\n"

    root = project(
        {
            "llmopt.yaml": "prompts: [more/z.yaml, prompts, prompts/b.yaml]\n",
            "more/z.yaml": prompt("z"),
            "more/ignored.yaml": "nonsense",
            "prompts/b.yaml": prompt("b"),
            "prompts/A/a.YAML": prompt("a"),
            "prompts/.hidden.yaml": "nonsense",
            "prompts/.folder/x.yaml": "nonsense",
            "prompts/notes.md": "nonsense",
        }
    )
    suite, problems = load(root)
    assert list(suite.prompts) == ["z", "b", "a"]
    assert {p.severity for p in problems} == {"warning"}


def test_a_start_that_does_not_exist_is_told(tmp_path: Path) -> None:
    suite, (problem,) = load(tmp_path / "nowhere")
    assert problem.message == "this folder does not exist"
    assert suite.prompts == {}


def test_what_is_readable_is_loaded_beside_what_is_not(project: Project) -> None:
    root = project(
        {
            "llmopt.yaml": "models: [openai/a, nonsense]\nunknown: 1\n",
            "prompts/bad.yaml": "prompt: bad\nvariants: 5\n",
            "prompts/good.yaml": "prompt: good\nvariants:\n  a: {user: hi}\n  b: {usr: hi}\n",
            "testcases/bad.yaml": "prompt: bad\ncases: [{expect: x}]\n",
            "testcases/good.yaml": "prompt: good\ncases:\n  - {expect: x}\n  - {expekt: x}\n",
        }
    )
    suite, problems = load(root)
    assert [model.id for model in suite.config.models] == ["openai/a"]
    assert {name: list(prompt.variants) for name, prompt in suite.prompts.items()} == {
        "good": ["a"]
    }
    assert len(suite.cases["good"]) == 1
    assert [p.where for p in problems] == [
        "llmopt.yaml:1:20",
        "llmopt.yaml:2:1",
        "prompts/bad.yaml:2:11",
        "prompts/good.yaml:4:7",
        "testcases/good.yaml:4:6",
    ]


def test_an_unreadable_prompt_is_not_called_unknown(project: Project) -> None:
    root = project(
        {
            "llmopt.yaml": "traffic: {p: 5/day}\n",
            "prompts/p.yaml": "prompt: p\nvariants: [\n",
            "testcases/p.yaml": "prompt: p\ncases: [{expect: x}]\n",
        }
    )
    assert [p.where for p in load(root).problems] == ["prompts/p.yaml:3:1"]


def test_unreadable_cases_are_not_called_missing(project: Project) -> None:
    root = project(
        {
            "prompts/p.yaml": "prompt: p\nvariants: {a: {user: hi}}\n",
            "testcases/p.yaml": "prompt: p\ncases: [\n",
        }
    )
    assert [p.where for p in load(root).problems] == ["testcases/p.yaml:3:1"]


def test_of_very_many_problems_the_first_are_told_and_the_rest_counted(project: Project) -> None:
    cases = "".join("  - {vars: {}, expekt: x}\n" for _ in range(250))
    root = project(
        {
            "prompts/p.yaml": "prompt: p\nvariants: {a: {user: hi}}\n",
            "testcases/p.yaml": f"prompt: p\ncases:\n{cases}",
        }
    )
    problems = load(root).problems
    assert len(problems) == 201
    assert problems[-1].message == "and 50 more errors in this file"


def test_a_path_with_far_too_many_files_is_no_flood_of_problems(project: Project) -> None:
    files = {f"prompts/{number:04}.yaml": "services: []\n" for number in range(600)}
    problems = load(project(files)).problems
    assert len(problems) == 1001
    assert problems[-1].message.endswith("more problems, from here on")
    assert "are 'prompts' and 'testcases' right?" in (problems[-1].hint or "")


def test_a_hint_names_variants_that_are_wrong_themselves_too(project: Project) -> None:
    text = "prompt: p\nbaseline: shrot\nvariants: {long: {user: hi}, short: {usr: hi}}\n"
    found = load(project({"prompts/p.yaml": text})).problems
    hint = next(problem.hint for problem in found if "baseline" in problem.message)
    assert hint == "did you mean 'short'? variants are: long, short"


def test_of_many_cases_that_lack_a_variable_some_are_named(project: Project) -> None:
    root = project(
        {
            "prompts/p.yaml": "prompt: p\nvariants:\n  a: {user: '{{ text }}'}\n"
            "  b: {system: '{{ text }}', user: '{{ tone }}'}\n",
            "testcases/p.yaml": "prompt: p\ncases: [{vars: {text: a, tone: b}, expect: x}]\n"
            "data: [{file: r.csv, vars: {tone: tone}, expect: label}]\n",
            "testcases/r.csv": "tone,label\n" + "dry,x\n" * 30,
        }
    )
    *told, rest = load(root).problems
    assert len(told) == 20
    assert told[0].where == "testcases/r.csv:2:1"
    assert told[0].message == (
        "case 'r.csv:1' lacks variable 'text', which variants 'a' and 'b' use"
    )
    assert rest.message == "and 10 more cases without 'text'"


def test_a_file_that_cannot_be_opened_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"prompts/p.yaml": "prompt: p\nvariants: {a: {user: hi}}\n"})

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (problem,) = load(root).problems
    assert (problem.where, problem.message) == (
        "prompts/p.yaml",
        "the file cannot be read: permission denied",
    )


def test_the_shipped_project_is_sound() -> None:
    suite, problems = load(Path(__file__).parents[2])
    assert [p for p in problems if p.severity == "error"] == []
    for name, prompt in suite.prompts.items():
        for variant in prompt.variants.values():
            renderer = compile_variant(variant, prompt.format)
            for case in suite.cases[name]:
                assert all(message.content for message in renderer.render(case.vars))


@pytest.mark.parametrize("kind", ["prompts", "testcases"])
@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_link_does_not_lead_out_of_the_project(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, kind: str, what: str
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.yaml").write_text("password: hunter2\n")
    if what == "folder":
        config = (whole / "llmopt.yaml").read_text()
        (whole / "out").symlink_to(elsewhere)
        (whole / "llmopt.yaml").write_text(f"{config}\n{kind}: [{kind}, out]\n")
    else:
        (whole / kind / "link.yaml").symlink_to(elsewhere / "secret.yaml")
    (problem,) = load(whole).problems
    assert "the project" in problem.message
    assert "hunter2" not in f"{problem.message} {problem.hint}"


def test_a_folder_that_cannot_be_opened_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"prompts/p.yaml": "prompt: p\nvariants: {a: {user: hi}}\n"})

    def closed(folder: Path, *, onerror: Callable[[OSError], None]) -> list[object]:
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return []

    monkeypatch.setattr("os.walk", closed)
    (problem,) = load(root).problems
    assert (problem.where, problem.message) == (
        "prompts",
        "the folder cannot be read: permission denied",
    )

from __future__ import annotations

import csv
import inspect
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel
from tests.conftest import MOOD_CASES, MOOD_PROMPT, Project
from tests.docs import pages
from tests.docs.installing import install

import llmopt
from llmopt import Manner, Selection
from llmopt.api.evaluation import evaluate
from llmopt.app import app
from llmopt.errors import LlmoptError
from llmopt.files.schemas.base import Params
from llmopt.files.schemas.config import ConfigFile, LimitsEntry, ModelEntry, PriceEntry
from llmopt.files.schemas.prompt import PromptFile, VariantEntry
from llmopt.files.schemas.scorers import COMBINERS, OPTIONS
from llmopt.files.schemas.testcases import CaseEntry, DataEntry, TestcasesFile
from llmopt.files.templates.filters import FILTER_NAMES, METHOD_NAMES, TEST_NAMES
from llmopt.scorers.base import needs_of
from llmopt.scorers.registry import build

FIRST = "guides/first-evaluation.md"
LIBRARY = "reference/library.md"
SCORERS = "reference/scorers.md"
FILES = "reference/files.md"
JSON = "reference/json.md"
PACKAGES = (LIBRARY, "guides/extending.md")
"""Pages whose files need a package that they show; they have tests of their own."""
NEEDS_A_KEY = "openai/"


def write(project: Project, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        project.write(name, text)


@pytest.mark.parametrize("page", [name for name in pages.names() if name not in PACKAGES])
def test_the_files_that_a_page_shows_load_and_run(empty_project: Project, page: str) -> None:
    for files in pages.stages(page):
        if not any(name.startswith("prompts/") for name in files):
            write(empty_project, {"prompts/mood.yaml": MOOD_PROMPT})
            write(empty_project, {"testcases/mood.yaml": MOOD_CASES})
        write(empty_project, files)
        suite, problems = llmopt.check(empty_project.root)
        assert not [problem for problem in problems if "no test cases" not in problem.message]
        if any(suite.cases.values()):
            said = empty_project.llmopt("eval", "-q", "--model", "embedded/rules")
            assert said.code == 0, said.err


@pytest.mark.parametrize("page", pages.names())
def test_every_command_that_a_page_shows_can_be_parsed(page: str) -> None:
    for command in pages.console(page):
        if command.arguments[0] == "llmopt":
            parse(command.arguments[1:])


@pytest.mark.parametrize("page", pages.names())
def test_every_command_in_running_text_can_be_parsed(page: str) -> None:
    shown = re.findall(r"`llmopt ([^`\n]+)`", pages.page(page))
    for text in shown:
        parse(re.sub(r"\bDIR\b|\bFILE\b", "x.jsonl", text).split())


def parse(arguments: list[str]) -> None:
    """Read a command line as the program would, without running it."""
    if arguments == ["--version"]:
        return
    command: Any = typer.main.get_command(app)
    context = command.make_context("llmopt", [*arguments])
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(
    "arguments", ["nothing", "eval --nothing", "runs nothing", "eval --limit none"]
)
def test_a_command_that_is_not_there_would_be_noticed(arguments: str) -> None:
    with pytest.raises((LlmoptError, typer.TyperException)):
        parse(arguments.split())


def test_the_first_evaluation_goes_as_its_page_says(empty_project: Project) -> None:
    for block in pages.blocks(FIRST):
        if block.file:
            empty_project.write(block.file, block.text)
        for command in pages.commands(block.text) if block.language == "console" else ():
            if NEEDS_A_KEY not in " ".join(command.arguments):
                check_output(empty_project, command)


def check_output(project: Project, command: pages.Command) -> None:
    program, *arguments = command.arguments
    if program == "grep":
        pattern, file = arguments
        lines = (project.root / file).read_text().splitlines()
        output = "\n".join(line for line in lines if pattern in line)
    elif program == "llmopt":
        said = project.llmopt(*arguments, width=100)
        output = said.out
        assert said.code == (3 if "trials failed" in output else 0), said.err
    else:
        assert program == "export"
        return
    for chunk in pages.chunks(command.output):
        assert chunk in pages.plain(output)


@pytest.fixture
def judging(empty_project: Project) -> Project:
    """A project whose files the examples of the scorers' page complete."""
    empty_project.write("prompts/x.yaml", "prompt: x\nvariants: {only: {user: '{{ limit }}'}}\n")
    for block in pages.blocks(SCORERS):
        if block.file:
            empty_project.write(block.file, block.text)
    return empty_project


EXAMPLES = list(pages.judged(SCORERS))


@pytest.mark.parametrize(
    ("yaml", "rows"), [example[1:] for example in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_scorers_score_as_their_page_says(
    judging: Project, yaml: str, rows: list[pages.Judged]
) -> None:
    indented = yaml.replace("\n", "\n    ")
    extra = "" if "vars:" in yaml else "    vars: {limit: 1}\n"
    judging.write("testcases/x.yaml", f"prompt: x\ncases:\n  - id: it\n    {indented}\n{extra}")
    suite = llmopt.load(judging.root)
    case = suite.cases["x"][0]
    scorer = build(case.score, labels=suite.labels["x"], root=suite.root)
    if needs_of(scorer):
        return  # what it says depends on whom it asks
    assert rows
    for row in rows:
        score = scorer.score(row.reply, case)
        assert (f"{getattr(score, 'value', None):.2g}", getattr(score, "reason", "")) == (
            row.score,
            row.reason,
        )


def test_the_scorers_page_has_every_scorer_and_every_option() -> None:
    sections = {
        section.partition("\n")[0]: section
        for section in re.split(r"^## ", pages.page(SCORERS), flags=re.MULTILINE)
    }
    for name in (*OPTIONS, *COMBINERS):
        assert name in sections
    for name, options in OPTIONS.items():
        for option in keys(options):
            assert f"| `{option}` |" in sections[name]


def test_the_files_page_has_every_key() -> None:
    text = pages.page(FILES)
    models: tuple[type[BaseModel], ...] = (
        ConfigFile, ModelEntry, PriceEntry, LimitsEntry, Params, PromptFile, VariantEntry,
        TestcasesFile, CaseEntry, DataEntry,
    )  # fmt: skip
    assert not [key for model in models for key in keys(model) if f"| `{key}` |" not in text]


def test_the_files_page_has_every_filter_test_and_method() -> None:
    words = set(re.findall(r"\w+", pages.page(FILES)))
    assert words >= FILTER_NAMES | TEST_NAMES | METHOD_NAMES


def keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def keys_in(value: object) -> Iterator[str]:
    """All keys of a JSON document, in whatever depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def test_the_json_page_has_every_key_that_is_written(project: Project) -> None:
    documents = [
        project.llmopt("eval", "--format", "json", "--explain").out,
        project.llmopt("runs", "list", "--format", "json").out,
        project.llmopt("power", "mood", "--format", "json").out,
        project.llmopt("cache", "stats", "--format", "json").out,
        project.llmopt("cache", "clear", "--format", "json").out,
        project.llmopt("eval", "nothing", "--format", "json").out,
    ]
    project.write("prompts/mood.yaml", "prompt: mood\nvariant: {}\n")
    documents.append(project.llmopt("eval", "--format", "json").out)
    found = {key for text in documents for key in keys_in(json.loads(text))}
    columns = csv.DictReader(io.StringIO(project.llmopt("runs", "show", "--format", "csv").out))
    found |= set(columns.fieldnames or ())
    text = pages.page(JSON)
    assert not {key for key in found if f"`{key}`" not in text}


@pytest.fixture
def package(empty_project: Project) -> Project:
    """The files of the library page, with its package as good as installed."""
    for files in pages.stages(LIBRARY):
        write(empty_project, {name: text for name, text in files.items() if "loud" not in name})
        install(files, empty_project.root)
    return empty_project


def test_the_library_examples_run(package: Project) -> None:
    lines = ["from pathlib import Path"]
    for block in pages.blocks(LIBRARY):
        if block.file and "loud" in block.file:
            lines.append(f"Path({block.file!r}).write_text({block.text!r})")
        elif block.language == "python" and not block.file:
            lines.append(block.text)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        cwd=package.root,
        env={**os.environ, "PYTHONPATH": str(package.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "IT IS GREAT" in done.stdout
    assert "100% capital letters" in done.stdout
    assert "HSE101 not-applicable no model is named" in done.stdout


def test_the_library_page_has_every_column_of_the_frame(project: Project) -> None:
    frame = llmopt.evaluate(llmopt.load(project.root)).to_frame()
    text = pages.page(LIBRARY)
    assert not [column for column in frame.columns if f"`{column}`" not in text]


def test_the_library_page_has_every_argument_and_field() -> None:
    text = pages.page(LIBRARY)
    names = [*inspect.signature(evaluate).parameters, *llmopt.__all__]
    names += [field.name for kind in (Manner, Selection) for field in fields(kind)]
    assert not [name for name in names if not re.search(rf"`(llmopt\.)?{name}\b", text)]


@pytest.mark.parametrize("page", pages.names())
def test_links_lead_somewhere(page: str) -> None:
    text = pages.page(page)
    found = re.findall(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)", text)
    found += re.findall(r"^\[[^\]]+\]: (\S+?)()$", text, flags=re.MULTILINE)
    for target, anchor in found:
        if target.startswith("http"):
            continue
        path = (pages.DOCS / page).parent / target if target else pages.DOCS / page
        assert path.exists(), f"{page} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{page}: #{anchor}"


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_page_is_in_the_table_of_contents() -> None:
    index = pages.page("index.md")
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", index))
    there = {str(path.relative_to(pages.DOCS)) for path in pages.DOCS.rglob("*.md")}
    assert there - listed == {"index.md"}


def test_the_readme_and_the_index_lead_to_every_guide() -> None:
    readme = (pages.DOCS.parent / "README.md").read_text(encoding="utf-8")
    for guide in sorted((pages.DOCS / "guides").glob("*.md")):
        assert f"(docs/guides/{guide.name})" in readme
        assert f"(guides/{guide.name})" in pages.page("index.md")


def test_lines_are_short_outside_tables_and_blocks() -> None:
    for name in pages.names():
        text = re.sub(r"^```.*?^```$", "", pages.page(name), flags=re.MULTILINE | re.DOTALL)
        long = [line for line in text.splitlines() if len(line) > 100 and line[0] not in "| "]
        assert not long, name


def test_paths_of_this_repository_are_not_in_the_pages() -> None:
    for name in pages.names():
        assert not re.search(r"/(?:work|tmp|home)/", pages.page(name)), name

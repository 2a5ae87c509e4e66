"""The command table, loaded as needed; errors become messages and exit codes here, alone.

0 done · 1 a gate failed · 2 usage, configuration or input error · 3 not decided ·
130 interrupted · 70 a fault of llmopt.
"""

from __future__ import annotations

import difflib
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
import typer.main
from typer.core import TyperGroup

from llmopt.commands.messages import error_document, error_lines
from llmopt.commands.terminal import Terminal, take_any_text
from llmopt.errors import Interrupted, LlmoptError, UsageError

USAGE_ERROR, FAILED_UNEXPECTEDLY, INTERRUPTED = 2, 70, 130
RARELY = 20_000, 20, 50


class _Entry(NamedTuple):
    module: str
    help: str


COMMANDS = {
    "init": _Entry("llmopt.commands.init", "Write the first files of a project."),
    "eval": _Entry("llmopt.commands.eval", "Run the A/B evaluation: tokens, cost, accuracy."),
    "gate": _Entry("llmopt.commands.gate", "Fail when a prompt grew; no model is called."),
    "baseline": _Entry(
        "llmopt.commands.baseline", "Write and show the figures gates hold against."
    ),
    "tokens": _Entry("llmopt.commands.tokens", "Count tokens and price calls, asking no model."),
    "power": _Entry("llmopt.commands.power", "Say how many cases a verdict needs."),
    "checklist": _Entry(
        "llmopt.commands.checklist", "Audit a project for money left on the table."
    ),
    "models": _Entry("llmopt.commands.models", "Show the models of a run, and if they answer."),
    "prices": _Entry("llmopt.commands.prices", "Show the price table and what models cost."),
    "runs": _Entry("llmopt.commands.runs", "List, show, compare, export, delete kept runs."),
    "report": _Entry("llmopt.commands.report", "Write a kept run as one HTML page."),
    "cache": _Entry("llmopt.commands.cache", "Show the response cache and make it smaller."),
    "doctor": _Entry("llmopt.commands.doctor", "Say what llmopt finds here and what is broken."),
    "schema": _Entry("llmopt.commands.schema", "Print the JSON Schemas of the files you write."),
}


class _LazyGroup(TyperGroup):
    """Imports a command's module when that command is asked for, and no other."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's context is private
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        entry = COMMANDS.get(cmd_name)
        if entry is None and ctx.resilient_parsing:
            return None  # the shell is asking what it could offer
        if entry is None:
            close = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            raise UsageError(
                f"there is no command '{cmd_name}'",
                hint=f"did you mean '{close[0]}'?"
                if close
                else f"commands are {', '.join(COMMANDS)}",
            )
        return typer.main.get_command(import_module(entry.module).app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


app = typer.Typer(cls=_LazyGroup, rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        sys.stdout.write(f"llmopt {version('llmopt')}\n")
        raise typer.Exit


@app.callback()
def llmopt(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Cheaper prompts, proven not worse.

    \b
    Examples:
      llmopt eval
      llmopt runs show latest

    Reads llmopt.yaml, prompts/ and testcases/ from this folder or the first one
    above it that has an llmopt.yaml.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - for a stream that our caller closed
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    take_any_text(sys.stdout)
    take_any_text(sys.stderr)
    # The SDKs are hundreds of thousands of objects that live to the end: looking through
    # them for garbage, most of all when the process ends, takes longer than it frees.
    gc.set_threshold(*RARELY)
    code = run(sys.argv[1:], Terminal.detect())
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str], terminal: Terminal) -> int:
    """Run one command and return its exit code."""
    form = _asked_format(arguments)
    try:
        code = app(
            list(arguments) or ["--help"], prog_name="llmopt", obj=terminal, standalone_mode=False
        )
    except Interrupted as stopped:
        _tell(stopped, terminal, form=form)
        return INTERRUPTED
    except LlmoptError as error:
        _tell(error, terminal, form=form)
        return USAGE_ERROR
    except typer.TyperException as error:
        hint = f"see `{_help_for(error)}`"
        _tell(UsageError(error.format_message(), hint=hint), terminal, form=form)
        return USAGE_ERROR
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, whatever happens
        _tell_of_the_unexpected(error, terminal, form=form)
        return USAGE_ERROR if isinstance(error, OSError) else FAILED_UNEXPECTEDLY
    if code == INTERRUPTED:  # by typer, for a Ctrl-C that nothing else took
        _tell(Interrupted("interrupted; no run was under way"), terminal, form=form)
    return code if isinstance(code, int) else 0


def _tell_of_the_unexpected(error: Exception, terminal: Terminal, *, form: str | None) -> None:
    """Say what the machine refused, or that llmopt is at fault and how to see where."""
    if os.environ.get("LLMOPT_DEBUG"):
        traceback.print_exception(error, file=terminal.err)
    if isinstance(error, OSError):
        told = LlmoptError(str(error), hint="check permissions and free space")
    else:
        told = LlmoptError(
            f"llmopt failed: {type(error).__name__}: {error}",
            hint="this is a fault of llmopt, please report it; LLMOPT_DEBUG=1 shows where it is",
        )
    try:
        _tell(told, terminal, form=form)
    except OSError:  # stdout itself takes no more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: LlmoptError, terminal: Terminal, *, form: str | None) -> None:
    for line in error_lines(error):
        terminal.say(line)
    if form == "json":
        terminal.data(error_document(error))
    elif form == "github" and not isinstance(error, Interrupted):
        from llmopt.api.project import repository_folder
        from llmopt.report.github import as_problems

        terminal.data(as_problems(error, repository_folder()))


def _asked_format(arguments: Sequence[str]) -> str | None:
    """Tell how stdout must be written even when the arguments cannot be parsed."""
    asked = [after for before, after in pairwise(arguments) if before == "--format"]
    asked += [word.partition("=")[2] for word in arguments if word.startswith("--format=")]
    return asked[-1] if asked else None


def _help_for(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'llmopt'} --help"

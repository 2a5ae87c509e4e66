from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmopt.commands import completion, flags, limits
from llmopt.commands.terminal import Terminal

if TYPE_CHECKING:
    from llmopt.api.evaluation import EvaluatedRun
    from llmopt.evaluate.caching import CacheMode, CacheUse
    from llmopt.files.loading import Loaded

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FIXED_BY_THE_RUN = frozenset(
    {"prompts", "model", "variant", "tag", "limit", "repeat", "seed", "robustness"}
    | {"margin", "alpha", "target", "until_decided", "every"}
)
"""Parameters that a run keeps when it goes on."""


class Cache(StrEnum):
    """How the response cache takes part."""

    on = "on"
    read = "read"
    write = "write"
    off = "off"


class Target(StrEnum):
    """What a verdict speaks of."""

    suite = "suite"
    traffic = "traffic"


def _cache_use(asked: Cache | None, *, off: bool) -> CacheUse:
    """Turn the two flags into one wish; asked for by name, the cache takes every request."""
    from llmopt.evaluate.caching import CacheUse

    if off:
        return CacheUse("off")
    if asked is None:
        return CacheUse()
    modes: dict[Cache, CacheMode] = {Cache.on: "read-write", Cache.read: "read"}
    modes |= {Cache.write: "write", Cache.off: "off"}
    return CacheUse(modes[asked], forced=True)


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_without_effect(context: typer.Context) -> None:
    """Refuse flags that would change nothing.

    Raises:
        UsageError: a flag that needs another, or that a resumed run cannot take.
    """
    from llmopt.errors import UsageError

    given = {
        name: max(parameter.opts, key=len)
        for parameter in context.command.params
        if (name := parameter.name or "") and _is_given(context, name)
    }
    fixed = [flag for name, flag in given.items() if name in FIXED_BY_THE_RUN]
    if fixed and ("resume" in given or "retry_errors" in given):
        raise UsageError(
            f"a resumed run goes on as it was asked: {', '.join(fixed)} cannot change that",
            hint="leave them out, or start a new run",
        )
    if "every" in given and "until_decided" not in given:
        raise UsageError("--all says when --until-decided stops", hint="give both, or neither")
    for name in ("baseline", "undecided", "min_accuracy"):
        if name in given and "gate" not in given:
            raise UsageError(f"{given[name]} says how --gate decides", hint="give both, or neither")
    if "no_cache" in given and context.params["cache"] not in (None, Cache.off):
        raise UsageError("--no-cache is --cache off", hint="give one of them")


def _tell_of(loaded: Loaded, terminal: Terminal) -> None:
    """Say what a person should know of the files before they are run."""
    from llmopt.commands.messages import problem_lines

    for line in problem_lines(loaded.problems):
        terminal.say(line)


def _end(run: EvaluatedRun, terminal: Terminal, *, silent: bool) -> int:
    """Say where the run is kept, or how it goes on, and return the exit code."""
    from llmopt.errors import resume_command
    from llmopt.report.evaluated import checked_evaluation

    if run.ended_by_budget:
        command = f"{resume_command(run.id)} --max-cost USD"
        terminal.say(f"the budget ended the run; go on with: {command}")
    elif not silent:
        terminal.say(f"run {run.id} is kept: llmopt runs show {run.id}")
    return checked_evaluation(run.result).exit_code


@app.command(cls=flags.Resumable)
def evaluate(
    context: typer.Context,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT]...",
            autocompletion=completion.prompts,
            help="Prompts to run; else all.",
        ),
    ] = None,
    model: flags.Models = None,
    variant: flags.Variants = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Only cases that carry this tag. Repeatable."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help="At most N cases a prompt, drawn by seed."
        ),
    ] = None,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, metavar="N", help="Run every case N times.")
    ] = 1,
    seed: flags.Seed = 0,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, metavar="N", help="Trials under way per model."),
    ] = None,
    margin: flags.Margin = 2.0,
    alpha: flags.Alpha = 0.05,
    target: Annotated[
        Target,
        typer.Option("--target", help="What verdicts speak of: cases to come, or this suite's."),
    ] = Target.traffic,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Stop as soon as the evidence decides."),
    ] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="With --until-decided: decide on every candidate."),
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Also ask every case with its input perturbed."),
    ] = False,
    max_cost: flags.MaxCost = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the plan with its dollars; call no model."),
    ] = False,
    resume: flags.Resume = None,
    retry_errors: Annotated[
        bool,
        typer.Option("--retry-errors", help="Like --resume latest, and ask again what failed."),
    ] = False,
    cache: Annotated[
        Cache | None,
        typer.Option(
            "--cache",
            help="Use and keep earlier answers, or one of both. By default: on, for requests "
            "of temperature 0 or with a seed.",
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="The same as --cache off: ask everything anew.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Also write every reply as JSON lines."),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Fail where the baseline's limits do not hold.")
    ] = False,
    baseline: flags.Baseline = None,
    min_accuracy: limits.MinAccuracy = None,
    undecided: flags.OnUndecided = flags.Undecided.undecided,
    explain: flags.Explain = False,
    config: flags.Config = None,
    format: flags.ReportFormatFlag = flags.ReportFormat.table,
    output: flags.Outputs = None,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> int:
    """Run the A/B evaluation: verdicts first, then the efficiency table.

    \b
    Examples:
      llmopt eval
      llmopt eval sentiment --model openai/gpt-5-mini --limit 50 -o report.md

    Every variant meets every case on every model. Without a configured model the
    embedded one answers: free, offline, and no language model.
    """
    from llmopt.api.evaluation import Asked, Manner, explained
    from llmopt.api.evaluation import evaluate as run_evaluation
    from llmopt.api.evaluation import resume as go_on
    from llmopt.api.gated import asserted, gated, gating
    from llmopt.api.project import check, repository_folder, sound
    from llmopt.commands.leaving import leave_at_once
    from llmopt.commands.output import check_outputs, write_evaluation
    from llmopt.commands.planning import announcing, print_plan
    from llmopt.commands.progress import Progress, showing
    from llmopt.decide.judgement import Rule
    from llmopt.evaluate.plan import Selection
    from llmopt.evaluate.recording import recording
    from llmopt.evaluate.sequential import UntilDecided
    from llmopt.report.forecast import sums
    from llmopt.report.formats import EVALUATION

    terminal: Terminal = context.obj
    if retry_errors and resume is None:
        resume = "latest"
    _refuse_without_effect(context)
    loaded = check(Path.cwd(), config=config)
    suite = sound(loaded)
    if not quiet:
        _tell_of(loaded, terminal)
    asked = Asked(
        models=tuple(model or ()),
        selection=Selection(
            prompts=prompts or (),
            variants=variant or (),
            tags=tag or (),
            limit=limit,
            repeat=repeat,
            seed=seed,
            robustness=robustness,
        ),
        rule=Rule(margin=margin / 100, alpha=alpha, target=target.value),
        until_decided=UntilDecided(every=every) if until_decided else None,
    )
    held = (
        gating(
            suite,
            path=baseline,
            limits=limits.given_limits({"min_accuracy": min_accuracy}),
            on_undecided=undecided.value,
        )
        if gate
        else None
    )
    progress = Progress()
    manner = Manner(
        concurrency=concurrency,
        max_cost=max_cost,
        cache=_cache_use(cache, off=no_cache),
        leave=lambda run_id: leave_at_once(run_id, terminal, as_json=format == "json"),
    )
    if not quiet:
        manner = replace(
            manner,
            on_forecast=lambda plan: terminal.say("\n".join(sums(plan))),
            notice=lambda text: terminal.say(f"note: {text}"),
        )
    if dry_run:
        print_plan(
            suite,
            asked,
            manner,
            terminal,
            resume=resume,
            retry_errors=retry_errors,
            format=format,
            paths=output or (),
        )
        return 0
    check_outputs(output or (), EVALUATION)
    with (
        recording(record, more=resume is not None) as recorders,
        showing(progress, terminal, quiet=quiet) as bar,
        redirect_stdout(terminal.err),  # what a user's scorer prints is no data of ours
    ):
        manner = replace(
            manner,
            observers=(bar, *recorders),
            on_plan=announcing(asked, progress, terminal, quiet=quiet, verbose=verbose),
        )
        if resume is not None:
            run = go_on(suite, resume, retry_errors=retry_errors, manner=manner)
        else:
            run = run_evaluation(
                suite,
                models=asked.models,
                selection=asked.selection,
                until_decided=asked.until_decided,
                rule=asked.rule,
                manner=manner,
            )
    if explain:
        run = explained(run)
    run = gated(run, held) if held else asserted(run, suite)
    folder = repository_folder(suite.root)
    write_evaluation(run.result, terminal, format=format, paths=output or (), folder=folder)
    return _end(run, terminal, silent=quiet or format is not flags.ReportFormat.table)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmopt.commands import completion, flags, limits
from llmopt.commands.terminal import Terminal

if TYPE_CHECKING:
    from llmopt.evaluate.caching import CacheMode, CacheUse

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FIXED_BY_THE_RUN = frozenset(
    {"prompts", "model", "variant", "tag", "limit", "repeat", "seed", "robustness"}
    | {"margin", "alpha", "target", "until_decided", "every"}
)
"""Parameters that a run keeps when it goes on."""
ONE_RUN = frozenset({"resume", "retry_errors", "dry_run"})
"""Parameters that speak of one run, where a watch makes many."""


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


def _cache_use(asked: Cache | None, *, off: bool) -> CacheUse | None:
    """Turn the two flags into one wish; asked for by name, the cache takes every request.

    None where neither is given.
    """
    from llmopt.evaluate.caching import CacheUse

    if off:
        return CacheUse("off")
    if asked is None:
        return None
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
    for name in ("baseline", "undecided", *limits.NAMES):
        if name in given and "gate" not in given:
            raise UsageError(f"{given[name]} says how --gate decides", hint="give both, or neither")
    if context.params["watch"]:
        _refuse_while_watching(given, context.params["format"])
    if "no_cache" in given and context.params["cache"] not in (None, Cache.off):
        raise UsageError("--no-cache is --cache off", hint="give one of them")


def _refuse_while_watching(given: Mapping[str, str], format: flags.ReportFormat) -> None:
    from llmopt.errors import UsageError

    once = [flag for name, flag in given.items() if name in ONE_RUN]
    if once:
        raise UsageError(
            f"--watch makes a new run each time: {', '.join(once)} cannot go with it",
            hint="leave one of them out",
        )
    if format not in {flags.ReportFormat.table, flags.ReportFormat.markdown}:
        raise UsageError(
            f"--watch writes one report after the other: stdout cannot be one {format} document",
            hint=f"use -o FILE: it holds the last round, as {format} by its ending",
        )


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
        bool,
        typer.Option(
            "--gate", help="Fail where a LIMIT, given here or under `gates:`, does not hold."
        ),
    ] = False,
    baseline: flags.Baseline = None,
    input_tokens: limits.InputTokens = None,
    output_tokens: limits.OutputTokens = None,
    total_tokens: limits.TotalTokens = None,
    cost: limits.Cost = None,
    accuracy: limits.Accuracy = None,
    latency: limits.Latency = None,
    latency_p50: limits.LatencyP50 = None,
    latency_p95: limits.LatencyP95 = None,
    max_input_tokens: limits.MaxInputTokens = None,
    max_output_tokens: limits.MaxOutputTokens = None,
    max_total_tokens: limits.MaxTotalTokens = None,
    max_latency_p95: limits.MaxLatencyP95 = None,
    min_accuracy: limits.MinAccuracy = None,
    undecided: flags.OnUndecided = flags.Undecided.undecided,
    explain: flags.Explain = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Run what changed again whenever a file is saved, until Ctrl-C."
        ),
    ] = False,
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
      llmopt eval --watch --max-cost 2.50

    Every variant meets every case on every model. Without a configured model the
    embedded one answers: free, offline, and no language model.
    """
    from llmopt.api.asked import Asked
    from llmopt.api.manner import Manner
    from llmopt.api.project import check, sound
    from llmopt.commands.evaluating import Evaluation, tell_of
    from llmopt.commands.leaving import leave_at_once
    from llmopt.commands.output import check_outputs
    from llmopt.commands.planning import print_plan
    from llmopt.decide.judgement import Rule
    from llmopt.evaluate.plan import Selection
    from llmopt.evaluate.sequential import UntilDecided
    from llmopt.report.forecast import sums
    from llmopt.report.formats import EVALUATION

    terminal: Terminal = context.obj
    if retry_errors and resume is None:
        resume = "latest"
    _refuse_without_effect(context)
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
    evaluation = Evaluation(
        terminal,
        asked,
        manner,
        resume=resume,
        retry_errors=retry_errors,
        record=record,
        gate=gate,
        baseline=baseline,
        limits=limits.given_limits(context.params),
        undecided=undecided.value,
        explain=explain,
        format=format,
        paths=tuple(output or ()),
        quiet=quiet,
        verbose=verbose,
    )
    if watch:
        from llmopt.commands.watching import watch_project

        return watch_project(evaluation, config=config)
    loaded = check(Path.cwd(), config=config)
    suite = sound(loaded)
    if not quiet:
        tell_of(loaded, terminal)
    held = evaluation.held(suite)
    if dry_run:
        print_plan(
            suite,
            asked,
            manner,
            terminal,
            resume=resume,
            retry_errors=retry_errors,
            format=format,
            paths=evaluation.paths,
        )
        return 0
    check_outputs(evaluation.paths, EVALUATION)
    run = evaluation.run(suite, held)
    evaluation.write(run, suite)
    return evaluation.end(run)

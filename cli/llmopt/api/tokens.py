"""What prompts and texts weigh, without asking a model."""

from __future__ import annotations

import codecs
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from llmopt.api.project import sound
from llmopt.domain import Model, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.models import resolve_models
from llmopt.files.loading import Loaded
from llmopt.files.problems import shorten
from llmopt.measure.discount import Discount, dearer, discount
from llmopt.measure.footprint import Measurement, measure
from llmopt.measure.texts import PIECE, TextFootprint, weigh_text
from llmopt.prices.table import table_date
from llmopt.providers.registry import note
from llmopt.report.tokens import TokenReport

STDIN = "-"


def weigh(
    loaded: Loaded,
    names: Sequence[str] = (),
    *,
    models: Sequence[str] = (),
    variants: Sequence[str] = (),
    caching: bool = False,
) -> TokenReport:
    """Count prompts, files and stdin (`-`) for models; no names mean every prompt.

    A name that is both a prompt and a file is the prompt; `./name` is the file. Texts
    need no project: what is wrong with its files then does not matter. `caching` also
    says what the providers' prompt caches are worth.

    Raises:
        UsageError: a name, variant or model that is not there, a file that holds no text, or
            `variants` or `caching` where only texts are named.
        InputError: the project's files have errors, or cases that cannot be rendered.
    """
    suite = loaded.suite
    prompts = [name for name in names if name in suite.prompts]
    texts = [name for name in names if name not in suite.prompts]
    for name in texts:
        _check_text(name, suite)
    if names and not prompts:
        _refuse_without_effect(variants, caching=caching)
    if not names or prompts:
        suite = sound(loaded)
    asked = resolve_models(suite, models, folder=Path.cwd())
    _check_variants(suite, prompts, variants)
    weights = None
    if prompts or not names:
        weights = measure(suite, asked, prompts=prompts, variants=variants)
    date = table_date()
    discounts = _discounts(suite, weights, asked) if weights else ()
    baselines = {prompt.name: prompt.baseline for prompt in suite.prompts.values()}
    return TokenReport(
        prompts=weights.footprints if weights else (),
        unmeasured=weights.unmeasured if weights else (),
        texts=tuple(one for name in dict.fromkeys(texts) for one in _weigh_text(name, asked)),
        baselines=baselines,
        sources={prompt.name: prompt.place.file for prompt in suite.prompts.values()},
        price_table_date=date.isoformat() if date else None,
        notes=tuple(text for model in asked if (text := note(model))),
        discounts=discounts if caching else (),
        dearer=dearer(discounts, baselines),
    )


def _discounts(suite: Suite, weights: Measurement, models: Sequence[Model]) -> tuple[Discount, ...]:
    by_name = {model.name: model for model in models}
    return tuple(
        discount(
            one,
            by_name[one.candidate.model],
            calls_a_day=suite.config.traffic.get(one.candidate.prompt),
            marked=suite.prompts[one.candidate.prompt].variants[one.candidate.variant].cache,
        )
        for one in weights.footprints
    )


def _check_variants(suite: Suite, prompts: Sequence[str], variants: Sequence[str]) -> None:
    asked = [suite.prompts[name] for name in prompts or suite.prompts]
    offered = dict.fromkeys(name for prompt in asked for name in prompt.variants)
    for name in variants:
        if name not in offered:
            raise UsageError(
                f"unknown variant '{name}'", hint=f"there are: {', '.join(offered) or 'none'}"
            )


def _refuse_without_effect(variants: Sequence[str], *, caching: bool) -> None:
    """Refuse flags that would change nothing where only texts are counted."""
    flag = "--variant" if variants else "--prefix" if caching else None
    if flag:
        raise UsageError(f"{flag} is for prompts; only texts are named", hint="leave it out")


def _check_text(name: str, suite: Suite) -> None:
    """Refuse what cannot be read; pipes can, as in `llmopt tokens <(command)`."""
    try:
        is_folder, exists = Path(name).is_dir(), Path(name).exists()
    except OSError:  # the name is too long for any file
        is_folder = exists = False
    if is_folder:
        raise UsageError(f"'{name}' is a folder", hint="name a file, or a prompt")
    if name == STDIN or exists:
        return
    close = difflib.get_close_matches(name, suite.prompts, n=1)
    prompts = ", ".join(suite.prompts)
    raise UsageError(
        f"there is no prompt and no file '{shorten(name)}'",
        hint=f"did you mean '{close[0]}'?"
        if close
        else f"prompts are: {prompts}"
        if prompts
        else "there are no prompts here; name a file, or - for stdin",
    )


def _weigh_text(name: str, models: Sequence[Model]) -> tuple[TextFootprint, ...]:
    if name == STDIN:
        return weigh_text(STDIN, _pieces("stdin", sys.stdin.buffer), models)
    try:
        with Path(name).open("rb") as file:
            return weigh_text(name, _pieces(f"'{name}'", file), models)
    except OSError as error:
        raise UsageError(f"cannot read '{name}': {error.strerror}") from None


def _pieces(name: str, file: BinaryIO) -> Iterator[str]:
    """Read a text piece by piece.

    Raises:
        UsageError: it is no text, or not in UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    while True:
        data = file.read(PIECE)
        if b"\0" in data:
            raise UsageError(f"{name} is no text: it holds NUL bytes", hint="name a text file")
        try:
            yield decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{name} is not in UTF-8: byte {read + error.start + 1:,} cannot be read",
                hint="convert it, for example with iconv -t utf-8",
            ) from None
        read += len(data)
        if not data:
            return

"""`local/NAME` or `local/PATH`: vectors by a sentence-transformers model on this machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

from llmopt.domain import Completion, Model, Request, Usage
from llmopt.errors import MissingError, UsageError
from llmopt.providers.base import Provider
from llmopt.providers.embeddings import packed

PACKAGE = "sentence_transformers"


class LocalEmbeddings:
    """A model in this process; texts are turned into vectors in a thread of their own."""

    def __init__(self, model: Any, clock: Callable[[], float]) -> None:  # noqa: ANN401 - untyped
        self._model = model
        self._clock = clock

    async def complete(self, request: Request) -> Completion:
        texts = [message.content for message in request.messages]
        started = self._clock()
        vectors = await asyncio.to_thread(self._model.encode, texts, show_progress_bar=False)
        return Completion(
            text=packed([[float(one) for one in vector] for vector in vectors]),
            usage=Usage(output_tokens=0),
            latency_ms=(self._clock() - started) * 1000,
            finish_reason="stop",
            cost=0.0,
        )


def embedder(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Load the model; nothing is ever downloaded.

    Raises:
        MissingError: the package is not installed, or the model not on this machine.
    """
    if find_spec(PACKAGE) is None:
        raise MissingError(
            f"{model.name} needs the package sentence-transformers",
            hint="pip install 'llmopt[similarity]'",
        )
    package = import_module(PACKAGE)
    try:
        with _without_progress_bar():
            loaded = package.SentenceTransformer(model.wire_name, local_files_only=True)
    except (OSError, ValueError) as error:
        raise MissingError(
            f"{model.name} is not on this machine",
            hint="llmopt downloads nothing: fetch the model yourself, then name it or its folder",
        ) from error
    return LocalEmbeddings(loaded, clock)


@contextmanager
def _without_progress_bar() -> Iterator[None]:
    """Keep the package below, transformers, from drawing on stderr while it loads weights."""
    below = sys.modules.get("transformers")
    bars = below.utils.logging if below else None
    if bars is None or not bars.is_progress_bar_enabled():
        yield
        return
    bars.disable_progress_bar()
    try:
        yield
    finally:
        bars.enable_progress_bar()


def provider(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> NoReturn:
    """Refuse: these models answer no prompts.

    Raises:
        UsageError: always.
    """
    raise UsageError(
        f"{model.name} turns texts into vectors and answers no prompts",
        hint="name it as the model of scorer 'similarity'",
    )

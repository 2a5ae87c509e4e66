"""Models that say what a test tells them to, under the provider name `scripted`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from tests.conftest import Project

from llmopt.domain import Completion, Model, Request, Usage
from llmopt.providers import registry
from llmopt.providers.embeddings import packed
from llmopt.providers.registry import STEADY, _Kind

Says = Callable[[Request], str | Completion]

_says: dict[str, Says] = {}
_asked: dict[str, list[Request]] = {}


class Scripted:
    def __init__(self, name: str) -> None:
        self._name = name

    async def complete(self, request: Request) -> Completion:
        _asked.setdefault(self._name, []).append(request)
        said = _says[self._name](request)
        if isinstance(said, Completion):
            return said
        return Completion(said, Usage(100, 10), latency_ms=5.0)


def provider(model: Model, *, environ: Mapping[str, str], clock: object) -> Scripted:
    return Scripted(model.wire_name)


class Vectors:
    """Turns texts into vectors: how often each has the letters a, e, o; `says` may refuse."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def complete(self, request: Request) -> Completion:
        _asked.setdefault(self._name, []).append(request)
        if says := _says.get(self._name):
            says(request)
        texts = [message.content for message in request.messages]
        vectors = [[float(text.lower().count(letter)) for letter in "aeo"] for text in texts]
        return Completion(packed(vectors), Usage(10 * len(texts), 0), latency_ms=5.0)


def embedder(model: Model, *, environ: Mapping[str, str], clock: object) -> Vectors:
    return Vectors(model.wire_name)


@contextmanager
def scripted(
    monkeypatch: pytest.MonkeyPatch, says: dict[str, Says]
) -> Iterator[dict[str, list[Request]]]:
    """Let `scripted/NAME` answer as `says` has it at the time; yield what each was asked."""
    kinds = {**registry.BUILT_IN, "scripted": _Kind(__name__, steady={**STEADY, "seed": 0})}
    monkeypatch.setattr(registry, "BUILT_IN", kinds)
    monkeypatch.setattr("llmopt.files.schemas.config.PROVIDERS", tuple(kinds))
    monkeypatch.setattr(f"{__name__}._says", says)
    _asked.clear()
    yield _asked


class Asking:
    """A project whose models are scripted, and what each of them was asked."""

    def __init__(self, project: Project, asked: dict[str, list[Request]]) -> None:
        self.project = project
        self.asked = asked

    def eval(self, *arguments: str, code: int = 0) -> Any:
        said = self.project.llmopt("eval", *arguments, "--format", "json")
        assert said.code == code, (said.err, said.out)
        return json.loads(said.out)

    def count(self, name: str) -> int:
        return len(self.asked.get(name, ()))

"""Vectors over the wire: what is sent, what is read, what is refused."""

import sys
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.asking import KEY, Api, request
from tests.wire.formats import embeddings
from tests.wire.server import Reply

from llmopt.domain import Completion, Usage
from llmopt.errors import MissingError, ProviderError, UsageError
from llmopt.providers import anthropic_api, local_embeddings, openai_api
from llmopt.providers.embeddings import OpenAIEmbeddings, packed, unpacked
from llmopt.providers.registry import build, build_embedder

TEXTS = request(("user", "banana"), ("user", "oboe"), dimensions=3)


async def embedded(api: Api, reply: Reply | None = None) -> Completion:
    if reply is not None:
        api.server.script(reply)
    provider = openai_api.embedder(api.model(), environ={"A_KEY": KEY}, clock=lambda: 0.0)
    assert isinstance(provider, OpenAIEmbeddings)
    async with aclosing(provider):
        return await provider.complete(TEXTS)


async def test_texts_go_out_together_and_come_back_as_vectors(openai: Api) -> None:
    found = await embedded(openai)
    assert [list(vector) for vector in unpacked(found.text or "")] == [[3, 0, 0], [0, 1, 2]]
    assert found.usage == Usage(7, 0)
    seen = openai.server.seen[-1]
    assert seen.path == "/v1/embeddings"
    assert seen.body == {"model": "a-model", "input": ["banana", "oboe"], "dimensions": 3}


async def test_vectors_are_put_in_the_order_of_their_texts(openai: Api) -> None:
    body = {**embeddings(["banana", "oboe"])}
    body["data"] = body["data"][::-1]
    found = await embedded(openai, Reply(body=body))
    assert list(unpacked(found.text or "")[0]) == [3, 0, 0]


async def test_vectors_in_base64_are_read_as_numbers_are(openai: Api) -> None:
    body = {**embeddings(["banana", "oboe"])}
    for item in body["data"]:
        item["embedding"] = packed([item["embedding"]])
    found = await embedded(openai, Reply(body=body))
    assert [list(vector) for vector in unpacked(found.text or "")] == [[3, 0, 0], [0, 1, 2]]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [{"index": 0, "embedding": [1]}],
        [{"index": 0}, {"index": 1}],
        [{"index": 0, "embedding": ["a"]}, {"index": 1, "embedding": [1]}],
        [{"index": 0, "embedding": None}, {"index": 1, "embedding": [1]}],
        [{"index": 0, "embedding": "AAA="}, {"index": 1, "embedding": "AAAAAA=="}],
        [1, 2],
    ],
)
async def test_what_are_no_vectors_is_an_answer_that_cannot_be_read(openai: Api, data: Any) -> None:
    with pytest.raises(ProviderError, match="vector") as caught:
        await embedded(openai, Reply(body={"data": data}))
    assert caught.value.kind == "invalid_response"


@given(st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=1), min_size=1))
def test_vectors_come_back_as_they_were_written(vectors: list[list[float]]) -> None:
    assert [list(vector) for vector in unpacked(packed(vectors))] == vectors


def test_only_some_providers_make_vectors(openai: Api, anthropic: Api) -> None:
    with pytest.raises(UsageError, match="turns no texts into vectors"):
        build_embedder(anthropic.model(), environ={"A_KEY": KEY}, clock=lambda: 0.0)
    assert not hasattr(anthropic_api, "embedder")


def test_local_models_answer_no_prompts_and_name_the_missing_package(
    openai: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmopt.domain import Model

    model = Model("local/all-MiniLM-L6-v2", "local/all-MiniLM-L6-v2")
    with pytest.raises(UsageError, match="answers no prompts"):
        build(model, environ={}, clock=lambda: 0.0)
    monkeypatch.setattr(local_embeddings, "find_spec", lambda _: None)
    with pytest.raises(MissingError) as caught:
        build_embedder(model, environ={}, clock=lambda: 0.0)
    assert caught.value.hint == "pip install 'llmopt[similarity]'"


class Bars:
    """Progress bars as transformers has them."""

    shown = True

    def is_progress_bar_enabled(self) -> bool:
        return self.shown

    def disable_progress_bar(self) -> None:
        self.shown = False

    def enable_progress_bar(self) -> None:
        self.shown = True


async def test_a_local_model_is_never_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from llmopt.domain import Model

    asked: list[Any] = []
    bars = Bars()
    below = SimpleNamespace(utils=SimpleNamespace(logging=bars))
    monkeypatch.setitem(sys.modules, "transformers", below)

    class Encoder:
        def __init__(self, name: str, *, local_files_only: bool) -> None:
            asked.append((name, local_files_only, bars.shown))
            if name == "absent":
                raise OSError("not in the cache")

        def encode(self, texts: list[str], *, show_progress_bar: bool) -> list[list[float]]:
            return [[len(text), 1.0] for text in texts]

    package = SimpleNamespace(SentenceTransformer=Encoder)
    monkeypatch.setattr(local_embeddings, "find_spec", lambda _: package)
    monkeypatch.setattr(local_embeddings, "import_module", lambda _: package)
    made = build_embedder(Model("local/here", "local/here"), environ={}, clock=lambda: 0.0)
    found = await made.complete(TEXTS)
    assert [list(vector) for vector in unpacked(found.text or "")] == [[6, 1], [4, 1]]
    assert found.cost == 0
    with pytest.raises(MissingError, match="is not on this machine"):
        build_embedder(Model("local/absent", "local/absent"), environ={}, clock=lambda: 0.0)
    assert asked == [("here", True, False), ("absent", True, False)], "nothing drawn on stderr"
    assert bars.shown, "as it was for everybody else"

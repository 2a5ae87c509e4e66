from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Message, Role, TokenCount
from llmopt.tokens import counting
from llmopt.tokens.content import content_class
from llmopt.tokens.counting import Counter, counter_for
from llmopt.tokens.families import tokenizer_of

MODELS = ("openai/gpt-4", "openai/gpt-4o", "anthropic/claude-sonnet-5", "openai/unheard-of")

# The chat of OpenAI's cookbook, "How to count tokens with tiktoken". Four of its messages have
# a name, which costs one token and the name's own.
COOKBOOK = (
    Message(
        "system",
        "You are a helpful, pattern-following assistant that translates corporate jargon "
        "into plain English.",
    ),
    Message("system", "New synergies will help drive top-line growth."),
    Message("system", "Things working well together will increase revenue."),
    Message(
        "system",
        "Let's circle back when we have more bandwidth to touch base on opportunities "
        "for increased leverage.",
    ),
    Message("system", "Let's talk later when we're less busy about how to do better."),
    Message(
        "user",
        "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    ),
)
COOKBOOK_NAMES = ("example_user", "example_assistant") * 2


@pytest.mark.parametrize(("model", "tokens"), [("openai/gpt-4", 129), ("openai/gpt-4o", 124)])
def test_openai_s_cookbook_chat_counts_what_the_api_reported(model: str, tokens: int) -> None:
    counter = counter_for(model)
    names = sum(1 + counter.text(name).tokens for name in COOKBOOK_NAMES)
    assert counter.messages(COOKBOOK).tokens + names == tokens


def chat(*turns: tuple[Role, str]) -> tuple[Message, ...]:
    return tuple(Message(role, content) for role, content in turns)


SYSTEM: tuple[Role, str] = ("system", "You are a helpful assistant.")
CAPITAL: tuple[Role, str] = ("user", "What is the capital of France?")


@pytest.mark.parametrize(
    ("model", "messages", "reported"),
    [
        ("openai/gpt-4o", chat(("user", "hello")), 8),
        ("openai/gpt-4o", chat(CAPITAL), 14),
        ("openai/gpt-4o", chat(SYSTEM, CAPITAL), 24),
        ("openai/gpt-4o-mini", chat(SYSTEM, ("user", "Hello!")), 19),
        (
            "openai/gpt-4.1-mini",
            chat(
                ("assistant", "Where do you want to go today?"),
                ("user", "Answer in 5 words only. Who is Tux?"),
            ),
            31,
        ),
        ("openai/gpt-4.1", chat(("user", "What is 2+2?")), 14),
        ("openai/o3-mini", chat(("user", "hello")), 7),
        ("openai/o3-mini", chat(("system", "You are a potato.")), 11),
        ("openai/gpt-5", chat(CAPITAL), 13),
        ("openai/gpt-5-nano", chat(("user", "Hello!")), 8),
        (
            "openai/gpt-5-nano",
            chat(
                SYSTEM,
                ("user", "Hello!"),
                ("assistant", "Hello! How can I assist you today?"),
                ("user", "Answer in up to 5 words: What's the weather like?"),
            ),
            50,
        ),
    ],
)
def test_openai_chats_count_what_recorded_usage_reports(
    model: str, messages: tuple[Message, ...], reported: int
) -> None:
    assert counter_for(model).messages(messages) == TokenCount(reported, exact=True)


@pytest.mark.parametrize(
    ("model", "messages", "reported"),
    [
        ("anthropic/claude-haiku-4-5", chat(("user", "hello")), 8),
        ("anthropic/claude-opus-4-6", chat(("user", "What is 2+2?")), 14),
        (
            "anthropic/claude-opus-4-8",
            chat(
                ("system", "You are a code reviewer."),
                ("user", "Review `def add(a, b): return a + b`."),
                ("assistant", "Looks fine."),
                ("user", "Review it again."),
                (
                    "system",
                    "From now on, every suggestion must include explicit type annotations.",
                ),
            ),
            68,
        ),
    ],
)
def test_claude_chats_are_estimated_near_recorded_usage(
    model: str, messages: tuple[Message, ...], reported: int
) -> None:
    tokens, exact = counter_for(model).messages(messages)
    assert not exact
    assert abs(tokens - reported) <= max(1, 0.2 * reported)


def test_a_role_is_one_token_in_both_encodings() -> None:
    for model in ("openai/gpt-4", "openai/gpt-4o"):
        assert [counter_for(model).text(role).tokens for role in ("system", "user")] == [1, 1]
        assert counter_for(model).text("assistant").tokens == 1


def test_no_messages_still_prime_a_reply() -> None:
    assert counter_for("openai/gpt-4o").messages([]).tokens == 3


def test_a_reply_is_its_text_alone() -> None:
    assert counter_for("openai/gpt-4o").reply("hello world") == TokenCount(2, exact=True)
    assert counter_for("openai/gpt-4o").reply("") == TokenCount(0, exact=True)


def test_a_published_encoding_in_an_unpublished_frame_is_no_exact_chat_count() -> None:
    counter = counter_for("openai/gpt-oss-120b")
    assert counter.text("hello").exact
    assert not counter.messages(chat(("user", "hello"))).exact


def test_assumed_encodings_are_not_called_exact() -> None:
    counter = counter_for("openai/gpt-6-sol")
    assert not counter.text("hello").exact
    assert counter.text("hello").tokens == counter_for("openai/gpt-5").text("hello").tokens


def test_an_estimate_is_o200k_times_the_factor_of_the_content() -> None:
    text = "def total(xs): return sum(x['price'] * x['qty'] for x in xs)\n" * 20
    factors = tokenizer_of("anthropic/claude-sonnet-5").factors
    assert factors is not None
    assert content_class(text) == "code"
    base = counter_for("openai/gpt-4o").text(text).tokens
    assert counter_for("anthropic/claude-sonnet-5").text(text) == TokenCount(
        round(base * factors.code.value), exact=False
    )


def test_the_embedded_model_counts_exactly() -> None:
    assert counter_for("embedded/rules").messages(chat(("user", "hello"))) == TokenCount(
        8, exact=True
    )
    assert counter_for("embedded/rules").label == "o200k_base"


def test_text_that_looks_like_a_special_token_is_counted_as_text() -> None:
    assert counter_for("openai/gpt-4o").text("<|endoftext|>").tokens > 1


def test_lone_surrogates_are_counted_not_refused() -> None:
    assert counter_for("openai/gpt-4o").text("a\ud800b").tokens > 0


@pytest.mark.parametrize("model", MODELS)
@given(text=st.text(max_size=80), limit=st.integers(0, 40))
def test_a_cut_text_is_a_beginning_within_the_limit(model: str, text: str, limit: int) -> None:
    counter = counter_for(model)
    head, cut = counter.truncate(text, limit)
    assert text.startswith(head)
    assert counter.text(head).tokens <= limit
    assert cut == (head != text)
    assert cut == (counter.text(text).tokens > limit)


@pytest.mark.parametrize("limit", [1, 7, 50, 199])
def test_an_exact_counter_keeps_as_many_whole_tokens_as_allowed(limit: int) -> None:
    counter = counter_for("openai/gpt-4o")
    text = "Every word of this sentence is kept until the limit. " * 40
    head, cut = counter.truncate(text, limit)
    assert cut
    assert counter.encode(head) == counter.encode(text)[:limit]


def test_an_estimating_counter_uses_most_of_its_limit() -> None:
    counter = counter_for("anthropic/claude-sonnet-5")
    head, _ = counter.truncate("Every word of this sentence counts. " * 100, 100)
    assert 95 <= counter.text(head).tokens <= 100


@pytest.mark.parametrize("limit", range(12))
def test_a_cut_never_breaks_a_character(limit: int) -> None:
    head, _ = counter_for("openai/gpt-4").truncate("🧑‍🚀𝔘𝔫𝔦 한국어 ꙮ", limit)
    assert "\ufffd" not in head
    assert "🧑‍🚀𝔘𝔫𝔦 한국어 ꙮ".startswith(head)


def test_threads_count_alike() -> None:
    counter = counter_for("openai/gpt-4o")
    texts = [f"case {i % 50}: works perfectly" * (i % 7) for i in range(2_000)]
    alone = [counter.text(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(counter.text, texts)) == alone


def test_a_text_seen_before_is_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []

    def spy(_name: str, text: str) -> list[int]:
        encoded.append(text)
        return [0] * len(text)

    monkeypatch.setattr(counting, "encode", spy)
    memory = counting._Memory("o200k_base", 100)
    assert [memory.count("abc"), memory.count("abcd"), memory.count("abc")] == [3, 4, 3]
    assert encoded == ["abc", "abcd"]


def test_what_is_remembered_stays_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "encode", lambda _name, text: [0] * len(text))
    memory = counting._Memory("o200k_base", 100)
    for size in [*range(60), 500, *range(60, 90)]:
        assert memory.count("x" * size) == size
        assert sum(map(len, memory._counts)) <= 100
    assert "x" * 89 in memory._counts


def test_the_oldest_text_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "encode", lambda _name, text: [0] * len(text))
    memory = counting._Memory("o200k_base", 9)
    for text in ("aaa", "bbb", "ccc", "aaa", "ddd"):
        memory.count(text)
    assert list(memory._counts) == ["ccc", "aaa", "ddd"]


def test_a_model_s_counter_is_made_once() -> None:
    assert counter_for("openai/gpt-4o") is counter_for("openai/gpt-4o")
    assert isinstance(counter_for("openai/gpt-4o"), Counter)

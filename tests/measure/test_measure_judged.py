"""What a judge's question comes to before the reply is there: never less than it does then."""

from hypothesis import given
from hypothesis import strategies as st

from llmopt.measure.judged import OTHER, STAND_IN
from llmopt.scorers.judge_prompt import Piece, comparing, grading
from llmopt.scorers.scale import FIVE
from llmopt.tokens.counting import counter_for

TEXT = st.text(max_size=300)
PROSE = st.lists(
    st.sampled_from(
        ["word", " the", "\n", "\n\n", "12345", "()", "-", "  ", "日本", "é", "'s", "<"]
    ),
    max_size=40,
).map("".join)


def graded(model: str, reply: str, case: str) -> int:
    pieces = [Piece("input", case, "text"), Piece("reply", reply)]
    messages = grading(rubric="It is polite.", criteria={}, scale=FIVE, pieces=pieces)
    return counter_for(model).messages(messages).tokens


def compared(model: str, one: str, other: str) -> int:
    pieces = [Piece("reply-a", one), Piece("reply-b", other)]
    return counter_for(model).messages(comparing(rubric="Shorter.", pieces=pieces)).tokens


@given(TEXT | PROSE, st.sampled_from(["openai/gpt-4o", "openai/gpt-4"]))
def test_a_question_is_at_most_as_long_as_with_the_stand_in_and_the_reply(
    reply: str, model: str
) -> None:
    tokens = counter_for(model).text(reply).tokens
    assert graded(model, "", "Hi.") <= graded(model, reply, "Hi.")
    assert graded(model, reply, "Hi.") <= graded(model, STAND_IN, "Hi.") + tokens


@given(PROSE, PROSE)
def test_a_comparison_is_at_most_as_long_as_with_stand_ins_and_both_replies(
    one: str, other: str
) -> None:
    model = "openai/gpt-4o"
    tokens = sum(counter_for(model).text(text).tokens for text in (one, other))
    assert compared(model, one, other) <= compared(model, STAND_IN, OTHER) + tokens


@given(TEXT, TEXT)
def test_the_mark_of_the_tags_is_always_as_many_tokens(one: str, other: str) -> None:
    counter = counter_for("openai/gpt-4o")

    def marks(text: str) -> int:
        _, user = grading(rubric="r", criteria={}, scale=FIVE, pieces=[Piece("reply", text)])
        return counter.text(user.content.split("\n")[0]).tokens

    assert marks(one) == marks(other)

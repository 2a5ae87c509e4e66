from papers import review


async def test_both_questions_get_the_whole_text(monkeypatch):
    class FakeModel:
        async def complete(self, system, user, limit=700):
            return user

    monkeypatch.setattr(review, "text_of", lambda pdf: "text")
    assert await review.review(b"", FakeModel()) == {"summary": "text", "methods": "text"}

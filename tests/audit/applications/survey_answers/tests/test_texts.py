from surveykit.texts import CODE_PROMPT


def test_topics_have_a_slot():
    assert "{topics}" in CODE_PROMPT

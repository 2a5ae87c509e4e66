from reports import texts


def test_the_comment_has_the_name_and_the_keywords():
    text = texts.COMMENT_PROMPT.format(name="Ada", keywords="curious")
    assert text.count("Ada") == 3
    assert "Keywords: curious" in text

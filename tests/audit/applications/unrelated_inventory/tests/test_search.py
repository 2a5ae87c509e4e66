"""Once we tried openai.OpenAI().chat.completions.create here; it was never merged."""

from inventory.search import embed, tokenize


def test_short_words_are_left_out():
    assert tokenize("Box of nails") == ["box", "nails"]


def test_labels_are_framed():
    assert embed("x", 3) == "| x   |"

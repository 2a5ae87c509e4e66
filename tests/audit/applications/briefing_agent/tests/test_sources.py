from briefing.sources import _splitter


def test_parts_are_short():
    assert all(len(part) <= 1500 for part in _splitter.split_text("word " * 2000))

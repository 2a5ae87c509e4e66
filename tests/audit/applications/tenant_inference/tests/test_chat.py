from gateway.app import Chat


def test_replies_are_short_unless_told():
    assert Chat(messages=[]).max_tokens == 512

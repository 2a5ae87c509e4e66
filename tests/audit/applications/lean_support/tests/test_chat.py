from support import chat


def test_a_thread_forgets_what_is_old():
    messages = chat.threads["t"]
    for number in range(20):
        messages.append({"role": "user", "content": f"please, please, kindly {number}"})
    assert len(messages) == 8

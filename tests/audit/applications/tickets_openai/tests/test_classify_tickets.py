"""Tests with a recorded client; nothing here reaches the network."""

import classify_tickets

CACHE = {}


class Recorded:
    """Answers from what was recorded, as a Redis would."""

    def create(self, **request):
        key = str(request["messages"])
        if key in CACHE:
            return CACHE[key]
        raise AssertionError("not recorded")


def test_queue_numbers_are_stable():
    assert classify_tickets.queue_number("billing") == 100
    assert classify_tickets.queue_number("other") == 104


def test_recorded_reply_is_used(monkeypatch):
    monkeypatch.setattr(classify_tickets.client.chat, "completions", Recorded())

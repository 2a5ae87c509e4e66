from types import SimpleNamespace

import sort_tickets


class CachedClient:
    """Answers from a dict, as the gpt-4 client of the old script did."""

    def __init__(self):
        self.cache = {}
        self.responses = self

    def create(self, model="gpt-4", **request):
        return self.cache.setdefault(
            request["input"],
            SimpleNamespace(output_text="Billing", usage=SimpleNamespace(total_tokens=9)),
        )


def old_prompt(client, text):
    return client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": f"Please please classify: {text}"}]
    )


def test_unknown_queues_are_general(monkeypatch):
    monkeypatch.setattr(sort_tickets, "client", CachedClient())
    ticket = SimpleNamespace(subject="Re: invoice", body="twice")
    assert sort_tickets.classify(ticket) == ("billing", 9)

import json
from types import SimpleNamespace

import pytest

from letters import prompts
from letters.gateway import Gateway


class FakeRedis:
    def __init__(self):
        self.kept = {}

    async def get(self, key):
        return self.kept.get(key)

    async def set(self, key, value, ex):
        self.kept[key] = value.encode()


@pytest.fixture
def gateway(monkeypatch):
    told = SimpleNamespace(
        anthropic_api_key=SimpleNamespace(get_secret_value=lambda: "test"),
        writing_model="claude-3-opus-20240229",
        sorting_model="claude-3-haiku-20240307",
        reply_ttl_seconds=5,
    )
    gateway = Gateway(told, FakeRedis())
    sent = []

    async def create(**request):
        sent.append(request)
        text = SimpleNamespace(type="text", text=json.dumps({"urgency": "today"}))
        usage = SimpleNamespace(input_tokens=10, output_tokens=4)
        return SimpleNamespace(content=[text], usage=usage)

    monkeypatch.setattr(gateway._client.messages, "create", create)
    return gateway, sent


async def test_a_letter_is_sent_once(gateway):
    models, sent = gateway
    for _ in range(3):
        await models.ask(prompts.URGENCY, "Chest pain since this morning.")
    assert len(sent) == 1
    assert sent[0]["model"] == "claude-3-haiku-20240307"

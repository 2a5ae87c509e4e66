from types import SimpleNamespace

from desk import conversation, memory


async def test_what_was_said_is_remembered(monkeypatch):
    async def run(_agent, items):
        said = [*items, {"role": "assistant", "content": "Twelve days."}]
        return SimpleNamespace(
            final_output="Twelve days.",
            last_agent=SimpleNamespace(name="People"),
            context_wrapper=SimpleNamespace(usage=SimpleNamespace(requests=2, total_tokens=400)),
            to_input_list=lambda: said,
        )

    monkeypatch.setattr(conversation.Runner, "run", run)
    await conversation.answer("U1", "How many days have I left?")
    assert len(memory.recall("U1")) == 2

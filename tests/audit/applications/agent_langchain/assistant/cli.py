"""Talk to the assistant in a terminal."""

import uuid

from assistant.agent import build_agent


def main() -> None:
    agent = build_agent()
    thread = {"configurable": {"thread_id": str(uuid.uuid4())}}
    while True:
        words = input("desk> ").strip()
        if words in {"", "quit"}:
            return
        state = agent.invoke({"messages": [{"role": "user", "content": words}]}, thread)
        print(state["messages"][-1].content)


if __name__ == "__main__":
    main()

import sys

from langgraph.checkpoint.sqlite import SqliteSaver

from briefing.graph import build


def main() -> None:
    with SqliteSaver.from_conn_string("threads.sqlite") as saver:
        state = {"question": sys.argv[1], "messages": []}
        thread = {"configurable": {"thread_id": sys.argv[2]}}
        print(build(saver).invoke(state, thread)["messages"][-1].content)


if __name__ == "__main__":
    main()

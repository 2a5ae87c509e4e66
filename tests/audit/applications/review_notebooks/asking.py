"""What the notebooks ask with. Set OPENAI_API_KEY first."""

from openai import OpenAI

client = OpenAI()


def ask(question: str, model: str = "gpt-4o") -> str:
    reply = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}]
    )
    return reply.choices[0].message.content


def ask_about_table(frame, question: str) -> str:
    """Ask about the first rows of a table."""
    return ask(f"Table:\n{frame.head(20).to_markdown()}\n\nQuestion: {question}")

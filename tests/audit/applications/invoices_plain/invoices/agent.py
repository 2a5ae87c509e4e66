"""The agent that collects invoices from mailboxes, and its command line."""

from dataclasses import dataclass, field

import click


@dataclass
class Agent:
    """A collector with its tools, one for each kind of mailbox."""

    role: str
    tools: list[str] = field(default_factory=list)
    max_tokens: int = 200  # of a line, before it is cut

    def generate(self, lines: list[str]) -> list[str]:
        return [" ".join(line.split()[: self.max_tokens]) for line in lines]


agents = [Agent(role="imap", tools=["fetch"]), Agent(role="portal")]


@click.command()
@click.option("--prompt/--no-prompt", default=True, help="Ask before anything is booked.")
@click.argument("mailbox")
def completion(mailbox: str, prompt: bool) -> None:
    """Book what a mailbox holds."""
    messages = []
    for agent in agents:
        messages.append({"role": "assistant", "content": agent.generate([mailbox])})
    click.echo(len(messages))
    if prompt:
        click.confirm("Book them?", abort=True)

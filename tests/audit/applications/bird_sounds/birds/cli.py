import click

from birds.catalogue import north, south


@click.group()
def main() -> None:
    """Listen to birds."""


@main.command()
@click.option("--shell", type=click.Choice(["bash", "zsh"]), prompt="Which shell?")
def completion(shell: str) -> None:
    """Print what completes commands in a shell."""
    click.echo(f'eval "$(_BIRDS_COMPLETE={shell}_source birds)"')


@main.command()
def stations() -> None:
    for agent in (north, south):
        click.echo(f"{agent.name}: {agent.model}")

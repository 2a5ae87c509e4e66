from click.testing import CliRunner

from birds.cli import main


def test_completion_names_the_shell():
    said = CliRunner().invoke(main, ["completion", "--shell", "zsh"])
    assert "zsh_source" in said.output

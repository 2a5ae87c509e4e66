from tools.make_reference import REFERENCE, pages


def test_the_generated_pages_are_what_the_program_says() -> None:
    made = pages()
    committed = {name: (REFERENCE / name).read_text(encoding="utf-8") for name in made}
    assert [name for name in made if made[name] != committed[name]] == [], (
        "run: python tools/make_reference.py"
    )


def test_nothing_generated_is_left_over() -> None:
    there = {str(path.relative_to(REFERENCE)) for path in REFERENCE.glob("schemas/*")}
    assert there == pages().keys() - {"commands.md", "checks.md", "gates.md"}


def test_every_command_has_its_section() -> None:
    text = pages()["commands.md"]
    for title in ("llmopt eval", "llmopt runs list", "llmopt schema"):
        assert f"## {title}\n" in text
        assert f"Usage: {title} " in text

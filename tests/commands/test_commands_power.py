import json

from tests.conftest import Project


def test_before_any_run_the_discordance_is_assumed(project: Project) -> None:
    said = project.llmopt("power", "mood", "--margin", "5")
    assert said.code == 0
    assert "mood: 4 cases; discordance assumed: none is seen in a run" in said.out
    assert "With --until-decided the fewest cases that adopt at 5 points are 89" in said.out


def test_after_a_run_its_discordance_is_used(project: Project) -> None:
    project.llmopt("eval")
    document = json.loads(project.llmopt("power", "mood", "--format", "json").out)
    assert document["run"]
    (row,) = document["candidates"]
    assert (row["variant"], row["model"]) == ("short", "embedded/rules")
    assert row["cases_needed"] > 100
    assert document["cases"] == 4


def test_a_ladder_needs_the_evidence_of_one_candidate(project: Project) -> None:
    variants = "".join(f"  v{n}: {{user: '{n} {{{{ text }}}}'}}\n" for n in range(4))
    for ladder, floor in (("", 113), ("ladder: [v1, v2, v3]\n", 89)):
        project.write("prompts/mood.yaml", f"prompt: mood\n{ladder}variants:\n{variants}")
        said = project.llmopt("power", "mood", "--margin", "5", "--format", "json")
        assert json.loads(said.out)["anytime_floor"] == floor


def test_clusters_are_what_is_counted_where_cases_have_groups(project: Project) -> None:
    cases = "".join(
        f"  - {{id: c{n}, vars: {{text: day}}, expect: good, group: g{n % 5}}}\n" for n in range(20)
    )
    project.write("testcases/mood.yaml", f"prompt: mood\nscore: label\ncases:\n{cases}")
    assert "mood: 5 clusters; " in project.llmopt("power", "mood").out
    document = json.loads(project.llmopt("power", "mood", "--format", "json").out)
    assert (document["cases"], document["unit"]) == (5, "cluster")


def test_an_unknown_prompt_or_run_says_so(project: Project) -> None:
    said = project.llmopt("power", "mod")
    assert said.code == 2
    assert "did you mean 'mood'?" in said.err
    project.llmopt("eval")
    said = project.llmopt("power", "mood", "--run", "nope")
    assert said.code == 2
    assert "no run 'nope'" in said.err
    project.llmopt("eval", "-v", "short")
    latest = json.loads(project.llmopt("runs", "list", "--format", "json").out)["runs"][0]["id"]
    said = project.llmopt("power", "mood", "--run", latest)
    assert said.code == 2
    assert "compared no variants of prompt 'mood'" in said.err


def test_explain_gives_the_reasoning_in_plain_words(project: Project) -> None:
    project.llmopt("eval")
    said = project.llmopt("runs", "show", "--explain")
    assert "Why mood/short on embedded/rules, against mood/long on embedded/rules:" in said.out
    assert "scored for both: 4 of 4 cases" in said.out
    assert "not worse by 2 points or more: not proven" in said.out
    assert "tokens a trial:" in said.out
    document = json.loads(project.llmopt("eval", "--explain", "--format", "json").out)
    details = document["candidates"][1]["verdict"]["details"]
    assert details["tokens_per_trial"]["delta"] < 0
    assert document["candidates"][0]["verdict"]["details"] is None

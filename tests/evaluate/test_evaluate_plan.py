from pathlib import Path

import pytest
from tests.conftest import Project

import llmopt
from llmopt.domain import Model, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.plan import Plan, Selection, case_part, make_plan

ONE, TWO = Model("acme/one", "acme/one"), Model("acme/two", "acme/two")


def plan_of(project: Project, selection: Selection | None = None) -> Plan:
    return make_plan(llmopt.load(project.root), (ONE, TWO), selection or Selection())


def many(project: Project, count: int) -> Suite:
    lines = ["prompt: mood", "score: label", "cases:"]
    lines += [f"  - {{id: c{n}, vars: {{text: t}}, expect: positive}}" for n in range(count)]
    project.write("testcases/mood.yaml", "\n".join(lines) + "\n")
    return llmopt.load(project.root)


def test_every_candidate_meets_every_case_as_often_as_asked(project: Project) -> None:
    plan = plan_of(project, Selection(repeat=3))
    keys = [task.key for model in (ONE, TWO) for task in plan.tasks(model.name)]
    assert len(keys) == len(set(keys)) == plan.trials == 2 * 2 * 4 * 3


def test_trial_numbers_are_unique_and_do_not_depend_on_who_runs_first(project: Project) -> None:
    plan = plan_of(project, Selection(repeat=2))
    numbers = [task.number for model in (TWO, ONE) for task in plan.tasks(model.name)]
    assert len(set(numbers)) == len(numbers)
    again = plan_of(project, Selection(repeat=2))
    assert {t.number: t.key for t in plan.tasks("acme/one")} == {
        t.number: t.key for t in again.tasks("acme/one")
    }


def test_numbers_rise_along_the_order_of_cases(project: Project) -> None:
    plan = plan_of(project)
    own = [t for t in plan.tasks("acme/one") if t.planned.candidate.variant == "short"]
    assert [t.number for t in own] == sorted(t.number for t in own)
    assert [t.case.index for t in own] == list(plan.order["mood"])


def test_all_candidates_share_one_order_and_the_seed_decides_it(project: Project) -> None:
    suite = many(project, 40)
    orders = [
        tuple(make_plan(suite, (ONE,), Selection(seed=seed)).order["mood"]) for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(40))


def test_a_case_added_later_moves_no_other(project: Project) -> None:
    before = make_plan(many(project, 40), (ONE,), Selection()).order["mood"]
    after = make_plan(many(project, 41), (ONE,), Selection()).order["mood"]
    assert [index for index in after if index != 40] == list(before)


def test_a_limit_is_the_beginning_of_the_order_and_the_population_stays(project: Project) -> None:
    suite = many(project, 40)
    whole = make_plan(suite, (ONE,), Selection())
    some = make_plan(suite, (ONE,), Selection(limit=7))
    assert list(some.order["mood"]) == list(whole.order["mood"])[:7]
    assert some.population == whole.population == {"mood": 40}


def test_a_variant_s_parameters_win_over_the_model_s(project: Project) -> None:
    model = Model("acme/one", "acme/one", params={"max_tokens": 99, "temperature": 1})
    plan = make_plan(llmopt.load(project.root), (model,), Selection())
    by_variant = {p.candidate.variant: p.params for p in plan.candidates}
    assert by_variant["long"] == {"max_tokens": 99, "temperature": 1}
    assert by_variant["short"] == {"max_tokens": 4, "temperature": 1}


def test_the_baseline_is_the_baseline_variant_on_the_first_model(project: Project) -> None:
    plan = plan_of(project)
    assert str(plan.baselines["mood"]) == "mood/long on acme/one"
    without = plan_of(project, Selection(variants=("short",)))
    assert without.baselines == {}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ("user:  |", True),  # another way to write the same
        ("text: t2", False),
        ("expect: negative", False),
        ("score: exact", False),
    ],
)
def test_a_fingerprint_changes_with_what_is_asked_and_expected(
    project: Project,
    change: str,
    same: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    many(project, 1)
    task = next(plan_of(project).tasks("acme/one"))
    path = project.root / ("prompts/mood.yaml" if "user" in change else "testcases/mood.yaml")
    key, _, _ = change.partition(" ")
    old = {"user:": "user: |", "text:": "text: t", "expect:": "expect: positive"}
    text = path.read_text().replace(old.get(key, "score: label"), change, 1)
    path.write_text(text)
    again = next(plan_of(project).tasks("acme/one"))
    assert (again.fingerprint == task.fingerprint) is same


def test_the_case_s_part_of_a_fingerprint_is_the_same_for_every_candidate(
    project: Project,
) -> None:
    many(project, 3)
    parts: dict[str, set[int]] = {}
    for task in plan_of(project).tasks("acme/one"):
        part = case_part(task.fingerprint, task.planned.template_hash)
        parts.setdefault(task.case.id, set()).add(part)
    assert [len(found) for found in parts.values()] == [1, 1, 1]
    assert len(set.union(*parts.values())) == 3


def test_recordings_named_on_the_command_line_start_at_the_folder_where_it_is_typed(
    project: Project, tmp_path: Path
) -> None:
    project.write(
        "deep/past.jsonl",
        '{"prompt": "mood", "variant": "long", "model": "acme/old", "case": "sunny", "score": 1}\n',
    )
    suite = llmopt.load(project.root)
    (model,) = resolve_models(suite, ["recorded/past.jsonl"], folder=tmp_path / "deep")
    assert (model.name, model.identity) == ("acme/old", "acme/old")


def test_a_recorded_model_takes_the_price_that_the_project_gives_it(project: Project) -> None:
    project.write("llmopt.yaml", "models:\n  - {id: openai/old, price: {input: 1.5, output: 2}}\n")
    project.write(
        "past.jsonl",
        '{"prompt": "mood", "variant": "long", "model": "openai/old", "case": "a", "score": 1}\n',
    )
    suite = llmopt.load(project.root)
    (model,) = resolve_models(suite, ["recorded/past.jsonl"], folder=project.root)
    assert model.price is not None
    assert model.price.input == 1.5


def test_nothing_to_run_is_said(project: Project) -> None:
    with pytest.raises(UsageError, match="nothing to run"):
        plan_of(project, Selection(tags=("nope",)))

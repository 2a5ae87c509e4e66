"""Made-up tables of past outcomes: prompts × variants × cases, with the truth behind them.

The settings were chosen before the first replay and stay as they are:

- 20 prompts; 200-1,000 cases each, log-uniform: teams have more small suites than large.
- 8-12 rivals a prompt. Their instructions are 25-115 % as long as the baseline's
  (150-800 tokens): most were written to be shorter, some carry more examples.
- The baseline is right in 70-95 % of cases. Every case has one hardness, uniform in
  0..1; the chance that the baseline fails, and that a rival loses a case which the
  baseline has right, are proportional to it. So all rivals stumble over the same
  hard cases, as variants of one prompt on one model do.
- A rival is equal, slightly worse (0.5-8 points, so inside and outside both
  margins), clearly worse (8-25 points) or better (0.5-4 points) in expectation. Harsh
  compression hurts more often: see `CHANCES`.
- Discordance is 2-20 %, where the difference and the baseline's accuracy leave room
  for it: a rival that is 25 points worse differs on 26 % of the cases, and beside a
  baseline that is right in 95 % two equals cannot differ on 20 %.
- Half of the prompts ask for a label (2 tokens in every reply), half for a text (80
  tokens on average, a rival's longer or shorter by some 15 %). Texts vary from case to
  case: by some 30 % with what the case asks, alike for all, and by some 25 % for each
  reply alone. An output token costs four times an input token. Nothing in a rival's
  input length tells its output length.

`SEARCH` is the other shape: 100 rivals × 200 cases, what an optimizer's candidates
look like. Everything else is the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    Bools = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]

MODEL = "acme/small"
INPUT_PRICE, OUTPUT_PRICE = 0.5e-6, 2e-6  # dollars a token
LABEL_TOKENS, TEXT_TOKENS = 2, 80
HARSH = 0.55  # shares of the baseline's length below this count as harsh compression

KINDS = ("equal", "slightly worse", "clearly worse", "better")
CHANCES = {True: (0.20, 0.30, 0.45, 0.05), False: (0.35, 0.35, 0.15, 0.15)}
"""How likely each kind is under harsh compression, and else."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many prompts, cases and rivals a grid has; ranges include both ends."""

    prompts: int
    cases: tuple[int, int]
    rivals: tuple[int, int]


PROJECT = Shape(prompts=20, cases=(200, 1000), rivals=(8, 12))
SEARCH = Shape(prompts=20, cases=(200, 200), rivals=(100, 100))


class Task(NamedTuple):
    """One prompt's part of a grid; the baseline is the first variant.

    `scores` is variants × cases, `difference` the true expectation of each variant's
    score less the baseline's, `instruction` tokens per variant, `output` tokens of the
    replies, variants × cases, `words` tokens per case, `text` whether replies are texts.
    """

    name: str
    scores: Floats
    difference: Floats
    instruction: npt.NDArray[np.int64]
    output: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    text: bool

    @property
    def variants(self) -> int:
        return len(self.scores)

    @property
    def cases(self) -> int:
        return len(self.words)

    @property
    def dollars(self) -> Floats:
        """What every trial costs: variants × cases."""
        tokens = self.instruction[:, np.newaxis] + self.words
        return np.asarray(tokens * INPUT_PRICE + self.output * OUTPUT_PRICE)

    @property
    def cost(self) -> Floats:
        """Dollars a call, averaged over the cases, of each variant."""
        return np.asarray(self.dollars.mean(axis=1))


def make(shape: Shape, rng: np.random.Generator) -> list[Task]:
    """Draw a grid."""
    return [_task(f"p{number:02d}", shape, rng) for number in range(shape.prompts)]


def _task(name: str, shape: Shape, rng: np.random.Generator) -> Task:
    low, high = shape.cases
    n = round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))
    rivals = int(rng.integers(shape.rivals[0], shape.rivals[1] + 1))
    accuracy = rng.uniform(0.70, 0.95)
    length = np.exp(rng.uniform(np.log(150), np.log(800)))
    shares = rng.uniform(0.25, 1.15, rivals)
    difference = np.array([_difference(rng, harsh=share < HARSH) for share in shares])

    hardness = rng.random(n)
    base = rng.random(n) >= 2 * (1 - accuracy) * hardness
    scores = [base, *(_rival(rng, d, accuracy, hardness, base) for d in difference)]

    text = bool(rng.random() < 0.5)
    output = _texts(rng, rivals, n) if text else np.full((rivals + 1, n), LABEL_TOKENS)
    return Task(
        name=name,
        scores=np.array(scores, dtype=np.float64),
        difference=np.append(0.0, difference),
        instruction=np.round(np.append(1.0, shares) * length).astype(np.int64),
        output=output,
        words=rng.integers(40, 121, n),
        text=text,
    )


def _texts(rng: np.random.Generator, rivals: int, cases: int) -> npt.NDArray[np.int64]:
    """Draw the lengths of replies: what the variant, the case and chance make of them."""
    swing = np.append(1.0, np.exp(rng.normal(0, 0.15, rivals)))[:, np.newaxis]
    asked = np.exp(rng.normal(0, 0.3, cases))
    chance = np.exp(rng.normal(0, 0.25, (rivals + 1, cases)))
    return np.asarray(np.maximum(1, np.round(TEXT_TOKENS * swing * asked * chance)), np.int64)


def _difference(rng: np.random.Generator, *, harsh: bool) -> float:
    kind = KINDS[rng.choice(len(KINDS), p=CHANCES[harsh])]
    low, high = {
        "equal": (0.0, 0.0),
        "slightly worse": (-0.08, -0.005),
        "clearly worse": (-0.25, -0.08),
        "better": (0.005, 0.04),
    }[kind]
    return float(rng.uniform(low, high))


def _rival(
    rng: np.random.Generator, difference: float, accuracy: float, hardness: Floats, base: Bools
) -> Bools:
    """Draw a rival's outcomes: the baseline's, with losses on hard cases and gains on failed ones.

    Chances are set so that their expectation over cases is exact.
    """
    discordance = max(rng.uniform(0.02, 0.20), abs(difference) + 0.01)
    discordance = min(discordance, 2 * 0.9 * (1 - accuracy) - difference)
    gains, losses = (discordance + difference) / 2, (discordance - difference) / 2
    per_hardness = losses / (0.5 - 2 * (1 - accuracy) / 3)  # 1 / E[right · hardness]
    per_failure = gains / (1 - accuracy)
    if not (0 <= per_failure <= 1 and 0 <= per_hardness <= 1):
        raise ValueError((difference, accuracy, discordance))
    draw = rng.random(hardness.shape)
    return np.asarray(np.where(base, draw >= per_hardness * hardness, draw < per_failure))


def write(tasks: list[Task], folder: Path) -> None:
    """Write a grid as a project and the recording `past.jsonl`: scores and tokens, no replies."""
    for name in ("prompts", "testcases"):
        (folder / name).mkdir(parents=True)
    for task in tasks:
        (folder / "prompts" / f"{task.name}.yaml").write_text("\n".join(_prompt(task)) + "\n")
        (folder / "testcases" / f"{task.name}.yaml").write_text(
            f"prompt: {task.name}\nscore: exact\n"
            f"data:\n  - {{file: {task.name}.jsonl, id: id, vars: {{text: text}}, expect: id}}\n"
        )
        with (folder / "testcases" / f"{task.name}.jsonl").open("w") as cases:
            for number, words in enumerate(task.words.tolist()):
                cases.write(json.dumps({"id": f"c{number}", "text": "word " * words}) + "\n")
    with (folder / "past.jsonl").open("w") as past:
        past.writelines(json.dumps(row) + "\n" for task in tasks for row in _rows(task))


def _prompt(task: Task) -> Iterator[str]:
    """Variants whose texts are as long as their instructions: the order by price is the program's.

    A repeated word is one token a time for every tokenizer in use.
    """
    yield f"prompt: {task.name}\nbaseline: v0\nvariants:"
    for variant, tokens in enumerate(task.instruction.tolist()):
        yield f'  v{variant}: {{user: "{"step " * tokens}{{{{ text }}}}"}}'


def _rows(task: Task) -> Iterator[dict[str, str | float]]:
    for variant in range(task.variants):
        tokens = (task.instruction[variant] + task.words).tolist()
        replies = task.output[variant].tolist()
        for case, score in enumerate(task.scores[variant].tolist()):
            yield {
                "prompt": task.name,
                "variant": f"v{variant}",
                "model": MODEL,
                "case": f"c{case}",
                "score": score,
                "input_tokens": tokens[case],
                "output_tokens": replies[case],
                "cost": tokens[case] * INPUT_PRICE + replies[case] * OUTPUT_PRICE,
            }

"""What gates report, as data: the documentation is checked against this table."""

from __future__ import annotations

from collections.abc import Mapping

from llmopt.domain import Rule

_SHORTEN = (
    "Every call carries the input. Shorten the message that grew, or allow it a limit.",
    "If the growth is meant, commit it: `llmopt baseline update`.",
)
_OUTPUT = (
    "Output tokens cost several times what input tokens do. Ask for less, or set `max_tokens`.",
    "If the growth is meant, commit it: `llmopt baseline update --from latest`.",
)
_CASE = "The case, or the `defaults` of its file, sets this limit. Mend the prompt, or raise it."

RULES: tuple[Rule, ...] = (
    Rule("GATE101", "input-tokens", "A prompt sends more tokens than its limit allows.", *_SHORTEN),
    Rule("GATE102", "output-tokens", "Replies are longer than their limit allows.", *_OUTPUT),
    Rule("GATE103", "total-tokens", "A trial takes more tokens than its limit allows.", *_SHORTEN),
    Rule(
        "GATE104",
        "cost",
        "A call costs more than its limit allows.",
        "Without a run the input alone is priced, the baseline's tokens at today's prices: what "
        "is reported is the prompt's doing, never a price change.",
    ),
    Rule(
        "GATE105",
        "accuracy",
        "Accuracy fell below its limit, or nothing shows that it did not.",
        "Mend the prompt, or allow the loss. What is not decided needs cases: `llmopt power "
        "PROMPT` says how many; a wider limit needs fewer.",
    ),
    Rule(
        "GATE106",
        "latency",
        "Replies take longer than their limit allows.",
        "Latency is noise as much as prompt: compare on the same machine at the same time of day.",
    ),
    Rule(
        "GATE111", "case-max-input-tokens", "A test case sends more tokens than it allows.", _CASE
    ),
    Rule(
        "GATE112", "case-max-output-tokens", "A reply is longer than its test case allows.", _CASE
    ),
    Rule("GATE113", "case-max-cost", "A trial costs more than its test case allows.", _CASE),
    Rule("GATE114", "case-max-latency", "A trial takes longer than its test case allows.", _CASE),
    Rule(
        "GATE121",
        "cached-prefix-lost",
        "The beginning that all cases share fell below what the provider caches.",
        "Providers bill a repeated beginning at a fraction of the price, from a minimum length on. "
        "Below it the discount is lost without a word, so that fewer tokens can cost more. Put "
        "what never changes first, and what changes last.",
    ),
    Rule(
        "GATE131",
        "price-changed",
        "A model's price is not what it was when the baseline was written.",
        "Nobody's prompt did that. `llmopt baseline update` takes note of the new price.",
    ),
    Rule(
        "GATE132",
        "cases-changed",
        "The test cases are not those of the baseline.",
        "Averages over other cases cannot be compared. Where the template is unchanged the prompt "
        "did not grow; where it changed too, compare with `--against GIT_REF`, on the cases that "
        "both have, or commit a new baseline.",
    ),
    Rule(
        "GATE133",
        "tokenizer-changed",
        "Tokens are counted with another tokenizer than the baseline's.",
        "Figures of two tokenizers cannot be compared. Where the template is unchanged the prompt "
        "did not grow; `--against GIT_REF` counts both trees alike.",
    ),
    Rule(
        "GATE134",
        "new",
        "A prompt or variant is not in the baseline.",
        "There is nothing to compare it with; limits that need no baseline hold all the same. "
        "`llmopt baseline update` adds it.",
    ),
    Rule(
        "GATE135",
        "removed",
        "The baseline holds a prompt or variant that is gone.",
        "`llmopt baseline update` drops it.",
    ),
    Rule(
        "GATE136",
        "renamed",
        "A variant has another name than in the baseline, and the same template.",
        "It is compared under its old name; `llmopt baseline update` takes the new one.",
    ),
    Rule(
        "GATE137",
        "baseline-lacks",
        "The baseline holds no such figure to compare with.",
        "Figures of replies come from a run: `llmopt eval`, then "
        "`llmopt baseline update --from latest`.",
    ),
)
BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}

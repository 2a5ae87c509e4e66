"""Choosing among the labels a prompt offers.

Feelings go by `feeling`, other labels by words shared with the label, with its
meaning as the prompt gives it, with a small topic lexicon and with the worked
examples. When nothing speaks for any label: "neutral" or "other" if offered,
else the first label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from llmopt.providers.embedded.feeling import Feeling, feeling
from llmopt.providers.embedded.labels import Label, find_labels
from llmopt.providers.embedded.lexicon import FALLBACK_LABELS, FEELING, POLARITY, bag
from llmopt.providers.embedded.reading import Example, Reading
from llmopt.providers.embedded.topics import TOPIC_NAMES, TOPICS
from llmopt.providers.embedded.wishes import Wishes
from llmopt.providers.embedded.words import stem, stems, words

_NEUTRAL_BAND = 0.75
"""Strength up to which a feeling is neutral, where neutral is offered."""

_ALIASES = {stem(alias): topic for topic, names in reversed(TOPIC_NAMES.items()) for alias in names}
_TOPIC_STEMS = {topic: frozenset(map(stem, spoken)) for topic, spoken in TOPICS.items()}
_FALLBACK_STEMS = frozenset(map(stem, FALLBACK_LABELS))
_NOUN = re.compile(
    r"\b(sentiment|category|topic|intent|emotion|language|priority|tone|mood|polarity|stance"
    r"|department|rating|label|class|tag)\b"
)
_RATING = re.compile(
    r"\b(?:rat\w{1,4}|stars?|scores?|scale)\b[^.\n]{0,60}?"
    r"\b([0-9]{1,2}) ?(?:-|–|to|and) ?([0-9]{1,3})\b"
    r"|\b([0-9]{1,2}) ?(?:-|–|to) ?([0-9]{1,3}) (?:stars?|scale|rating)\b"
)
_YES_NO = ({"yes", "no"}, {"true", "false"}, {"y", "n"})
_TASK_WORDS = frozenset(
    map(
        stem,
        bag("""text review message answer reply classify label question following says speaks
        mention mentions mentioned talk discuss contain contains express expressed tell decide
        determine whether word email sentence user customer author writer does yes true false
        respond output return write read statement ticket"""),
    )
)


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """A label for the material; None when the prompt offers no choice."""
    text = reading.material
    scale = _RATING.search(reading.ask)
    labels = find_labels(reading)
    if _is_yes_no(labels) and reading.slot("question", "q") and len(reading.slots) > 1:
        return None  # a question about a text: for `answer`
    if not labels and scale:
        return _said(reading, wishes, rating(text, scale), feeling(text).evidence)
    if not labels or not _asks_choice(reading, labels):
        return None
    if not text:
        return wishes.refusal
    label, evidence = choose(labels, text, reading)
    return _said(reading, wishes, label, evidence)


def _asks_choice(reading: Reading, labels: Sequence[Label]) -> bool:
    """Worked answers that are no labels (numbers, sentences) show another task."""
    if not reading.examples:
        return True
    names = [label.text.lower() for label in labels]
    return any(name in x.answer.lower() for x in reading.examples for name in names)


def choose(labels: Sequence[Label], text: str, reading: Reading) -> tuple[str, list[str]]:
    """The label that fits best and the words that speak for it."""
    if _is_yes_no(labels):
        return _yes_or_no(labels, text, reading)
    values = [_polarity(label) for label in labels]
    if all(value is not None for value in values) and any(values):
        felt = feeling(text)
        if felt.evidence or not reading.examples:
            polarity = [value or 0.0 for value in values]
            return _by_feeling(labels, polarity, felt), felt.evidence
    return _by_topic(labels, text, reading.examples)


def _is_yes_no(labels: Sequence[Label]) -> bool:
    names = {label.text.lower() for label in labels}
    return bool(names) and any(names <= pair for pair in _YES_NO)


def rating(text: str, scale: re.Match[str]) -> str:
    """A number on the scale the prompt names, from the feeling of the text."""
    low, high = (int(group) for group in scale.groups() if group)
    share = min(1.0, max(0.0, 0.5 + feeling(text).total / 6))
    return str(low + int(share * (high - low) + 0.5))


def _polarity(label: Label) -> float | None:
    """-2..2 for a label that names a feeling ("very negative"), None for any other."""
    named = _polarity_of(label.text)
    coded = named is None and len(label.text) <= 3
    return _polarity_of(label.hint) if coded else named


def _polarity_of(name: str) -> float | None:
    name = name.lower()
    if name in POLARITY:
        return POLARITY[name]
    parts = name.replace("_", " ").replace("-", " ").split()
    known = [POLARITY[part] for part in parts if part in POLARITY]
    if not known and name in FEELING:
        return 1.0 if FEELING[name] > 0 else -1.0
    if len(known) != 1 or len(parts) > 2:
        return None
    if parts[0] in {"not", "non", "un"}:
        return -known[0]
    return known[0] * (2 if parts[0] in {"very", "strongly", "extremely", "highly"} else 1)


def _by_feeling(labels: Sequence[Label], values: Sequence[float], felt: Feeling) -> str:
    middle = next((x.text for x, value in zip(labels, values, strict=True) if value == 0), None)
    mixed = next((x.text for x in labels if "mixed" in x.text.lower()), None)
    if mixed and min(felt.good, felt.ill) >= 1 and abs(felt.total) < 0.5 * (felt.good + felt.ill):
        return mixed
    if middle and abs(felt.total) <= _NEUTRAL_BAND:
        return middle
    strong = 2.0 if abs(felt.total) >= 4 else 1.0
    wanted = strong if felt.total > 0 else -strong
    if felt.total == 0:
        return labels[0].text
    gaps = [abs(value - wanted) for value in values]
    return labels[gaps.index(min(gaps))].text


def _by_topic(
    labels: Sequence[Label], text: str, examples: Sequence[Example]
) -> tuple[str, list[str]]:
    spoken = list(dict.fromkeys(stems(text)))
    heard = frozenset(spoken) | frozenset(words(text))
    likeness = _likeness(labels, heard, examples)
    scores = [
        0.0 if _is_fallback(label) else _fit(label, heard) + like
        for label, like in zip(labels, likeness, strict=True)
    ]
    best = max(scores)
    if best <= 0:
        fallback = next((label for label in labels if _is_fallback(label)), labels[0])
        return fallback.text, []
    label = labels[scores.index(best)]
    speaks = _speaks_for(label)
    evidence = [word for word in dict.fromkeys(words(text)) if stem(word) in speaks]
    return label.text, evidence[:3]


def _is_fallback(label: Label) -> bool:
    parts = words(label.text)
    return bool(parts) and (
        parts[0] in {"not", "non", "no"} or all(stem(part) in _FALLBACK_STEMS for part in parts)
    )


def _topics_of(label: Label) -> list[str]:
    found = (_ALIASES.get(stem(word)) for word in words(label.text))
    return list(dict.fromkeys(topic for topic in found if topic))


def _speaks_for(label: Label) -> frozenset[str]:
    sets = [_TOPIC_STEMS[topic] for topic in _topics_of(label)]
    return frozenset(stems(f"{label.text} {label.hint}")).union(*sets)


def _fit(label: Label, heard: frozenset[str]) -> float:
    """Words shared with the label (3 each), its meaning (2), its topic (1)."""
    named = frozenset(stems(label.text)) & heard
    meant = (frozenset(stems(label.hint)) & heard) - named
    topics = [_TOPIC_STEMS[topic] for topic in _topics_of(label)]
    topical = (frozenset().union(*topics) & heard) - named - meant
    return 3.0 * len(named) + 2.0 * len(meant) + 1.0 * len(topical)


def _likeness(
    labels: Sequence[Label], heard: frozenset[str], examples: Sequence[Example]
) -> list[float]:
    """Words shared with each label's closest example that no other label's examples hold."""
    spoken = [(x.answer.lower(), frozenset(stems(x.text)) & heard) for x in examples]
    found = []
    for label in labels:
        name = label.text.lower()
        others = frozenset().union(*(parts for answer, parts in spoken if name not in answer))
        own = [len(parts - others) for answer, parts in spoken if name in answer]
        found.append(1.5 * max(own, default=0))
    return found


def _yes_or_no(labels: Sequence[Label], text: str, reading: Reading) -> tuple[str, list[str]]:
    """Yes when the text speaks of what the prompt's question names."""
    yes, no = sorted((x.text for x in labels), key=lambda x: x.lower() not in {"yes", "true", "y"})
    question = [part for part in stems(reading.instruction) if part not in _TASK_WORDS]
    felt = feeling(text)
    polarity = next((POLARITY[p] for p in words(reading.instruction) if POLARITY.get(p)), None)
    if polarity is not None:
        agrees = felt.total * polarity > 0
        return (yes if agrees else no), (felt.evidence if agrees else [])
    topics = [_TOPIC_STEMS[_ALIASES[part]] for part in question if part in _ALIASES]
    asked = frozenset(question).union(*topics)
    evidence = [word for word in dict.fromkeys(words(text)) if stem(word) in asked]
    named = any(stem(word) in question for word in evidence)
    return (yes, evidence[:3]) if named or len(evidence) > 1 else (no, [])


def _said(reading: Reading, wishes: Wishes, label: str, evidence: list[str]) -> str:
    """The label in the form the prompt wants."""
    if wishes.form and not wishes.explain:
        return f"{wishes.form} {label}"
    if wishes.bare:
        return label
    noun = _NOUN.search(reading.ask)
    sentence = f"The {noun.group(1) if noun else 'answer'} is {label}."
    if not wishes.explain:
        return sentence
    quoted = " and ".join(f'"{word}"' for word in dict.fromkeys(evidence[:2]) if word != label)
    reason = f"The text says {quoted}." if quoted else "No word of the text speaks for another."
    if wishes.form:
        return f"{reason}\n{wishes.form} {label}"
    return f"{sentence} {reason}"

"""The models of a project, in every format. No key is ever shown, only whether it is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.domain import Model, Price
from llmopt.report import rows
from llmopt.report.document import json_text
from llmopt.report.layout import folded, to_text

NAME = 18
COLUMNS = ("in", "out", "cached", "context", "tokens", "key")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one tiny call: milliseconds, tokens and dollars, or its `fault`."""

    latency_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    fault: str | None = None
    hint: str | None = None


class Header(NamedTuple):
    """A header that goes out with every call, and the variable that holds its value, if one does.

    `set` says whether there is such a variable; None where the value stands in the file.
    """

    name: str
    env: str | None
    set: bool | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A model with what is known of it before any call.

    `key_env` is the environment variable of its key, `key_set` whether there is one;
    `endpoint` the host that is asked. `answer` is set where the model was asked.
    """

    model: Model
    local: bool
    price: Price | None
    context_window: int | None
    tokenizer: str
    tokenizer_exact: bool
    key_env: str | None
    key_set: bool | None
    endpoint: str | None
    headers: tuple[Header, ...] = ()
    answer: Answer | None = None

    @property
    def price_source(self) -> str | None:
        """Whose word the price is."""
        if self.model.price is not None:
            return "llmopt.yaml"
        if self.price is None:
            return None
        return "free" if self.model.provider == "embedded" else "table"


@dataclass(frozen=True, slots=True)
class ModelList:
    """Models, and the day of the price table."""

    models: tuple[Shown, ...]
    price_table_date: date | None

    @property
    def failed(self) -> bool:
        """Whether a model that was asked did not answer."""
        return any(one.answer and one.answer.fault for one in self.models)


def as_table(found: ModelList, *, width: int, color: bool) -> str:
    """Write the models; prices are dollars per million tokens."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("model", overflow="fold", min_width=12)
    for title in COLUMNS:
        table.add_column(title, justify="right")
    for one in found.models:
        table.add_row(escape(_name(one)), *map(escape, _cells(one)))
    lines = [Text(line) for line in ("", *_details(found))]
    return to_text(Group(table, *lines), width=width, color=color)


def as_markdown(found: ModelList) -> str:
    """Write the models for a wiki or a pull request."""
    cells = [[one.model.name, *_cells(one)] for one in found.models]
    table = rows.as_markdown(("model", *COLUMNS), cells)
    return "\n".join([table, *rows.bullets(_details(found)), ""])


def as_csv(found: ModelList) -> str:
    """Write one row a model; what is unknown is an empty field."""
    flat = [_flat(_record(one)) for one in found.models]
    return rows.as_csv(flat, list(dict.fromkeys(name for row in flat for name in row)))


def as_json(found: ModelList) -> str:
    """Write one JSON document; what is unknown is null."""
    document = {
        "schema_version": 1,
        "price_table_date": found.price_table_date and found.price_table_date.isoformat(),
        "models": [_record(one) for one in found.models],
    }
    return json_text(document)


def _name(one: Shown) -> str:
    name = folded(one.model.name, NAME)
    return name if one.model.name == one.model.id else f"{name}\n{folded(one.model.id, NAME)}"


def _cells(one: Shown) -> tuple[str, ...]:
    price = one.price
    rates = (price.input, price.output, price.cached_input) if price else (None, None, None)
    key = "" if one.key_env is None else f"{one.key_env} {'set' if one.key_set else 'missing'}"
    return (
        *("–" if rate is None else f"{rate:.10g}" for rate in rates),
        "–" if one.context_window is None else numbers.count(one.context_window),
        "exact" if one.tokenizer_exact else "~",
        key or "none",
    )


def _details(found: ModelList) -> Iterator[str]:
    for one in found.models:
        if one.price is None:
            yield f"{one.model.name}: price unknown; `price:` in llmopt.yaml says what it costs."
        elif one.price_source == "llmopt.yaml":
            yield f"{one.model.name}: price from llmopt.yaml."
        if one.endpoint:
            yield f"{one.model.name}: asked at {one.endpoint}{_limits(one.model)}."
        yield from (f"{one.model.name}: {_header(h)}." for h in one.headers if h.env)
        if one.answer:
            yield f"{one.model.name}: {_answer(one.answer)}"
    if any(one.price_source == "table" for one in found.models) and found.price_table_date:
        yield f"Prices as of {found.price_table_date}, dollars per million tokens."


def _header(header: Header) -> str:
    return f"header {header.name} from {header.env} ({'set' if header.set else 'missing'})"


def _limits(model: Model) -> str:
    limits = {name: value for name, value in asdict(model.limits).items() if value is not None}
    told = ", ".join(
        f"{name.replace('_', ' ')} {numbers.count(value)}" for name, value in limits.items()
    )
    return f" ({told})" if told else ""


def _answer(answer: Answer) -> str:
    if answer.fault is not None:
        return f"does not answer: {answer.fault}" + (f" ({answer.hint})" if answer.hint else "")
    tokens = (
        "tokens unknown"
        if answer.input_tokens is None or answer.output_tokens is None
        else f"{answer.input_tokens} + {answer.output_tokens} tokens"
    )
    latency = numbers.milliseconds(answer.latency_ms)
    cost = "cost unknown" if answer.cost is None else numbers.dollars(answer.cost)
    return f"answers in {latency}, {tokens}, {cost}."


def _record(one: Shown) -> dict[str, Any]:
    return {
        "name": one.model.name,
        "id": one.model.id,
        "provider": one.model.provider,
        "price": one.price and asdict(one.price),
        "price_source": one.price_source,
        "context_window": one.context_window,
        "limits": asdict(one.model.limits),
        "tokenizer": one.tokenizer,
        "tokenizer_exact": one.tokenizer_exact,
        "key_env": one.key_env,
        "key_set": one.key_set,
        "endpoint": one.endpoint,
        "headers": [header._asdict() for header in one.headers],
        "check": one.answer and asdict(one.answer),
    }


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{part}": figure for part, figure in value.items()}
        elif name == "headers":
            flat[name] = ", ".join(
                _header(Header(**header)) if header["env"] else header["name"] for header in value
            )
        elif name not in {"price", "check"}:
            flat[name] = value
    return flat

"""The price table, and what it says of a project's models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path

from llmopt.domain import Model, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.models import resolve_models
from llmopt.prices.catalogue import listing, near, search
from llmopt.prices.table import FREE, FREE_PROVIDERS, table_date, table_version
from llmopt.report.pricing import PriceList, Quote

LISTED = 200
"""Models that a search lists at most."""


def price_list(suite: Suite, names: Sequence[str], *, find: str | None, today: date) -> PriceList:
    """Quote the models named, those of the table with `find` in their id, or those configured.

    Among the latter are the models that scorers ask.

    Raises:
        UsageError: a name is no model, or names and `find` are given.
    """
    if find is not None and names:
        raise UsageError("--search looks through the whole table", hint="give it alone")
    if find is not None:
        found = islice(search(find), LISTED)
        quotes = tuple(Quote(one.id, one.id, one, None) for one in found)
    else:
        models = resolve_models(suite, names, folder=Path.cwd())
        asked = {model.name: model for model in (*models, *(() if names else _helpers(suite)))}
        quotes = tuple(_quote(model) for model in asked.values())
    day = table_date()
    return PriceList(table_version(), day, (today - day).days if day else None, quotes)


def _helpers(suite: Suite) -> list[Model]:
    """Return the models that scorers ask: they are paid for as well."""
    configured = (suite.config.judge_model, suite.config.embedding_model)
    return [model for model in configured if model]


def _quote(model: Model) -> Quote:
    """Say what a model costs, and by whose word."""
    free = FREE if model.identity.partition("/")[0] in FREE_PROVIDERS else None
    found = None if free else listing(model)
    price = model.price or free
    unknown = found is None and price is None
    return Quote(model.name, model.id, found, price, tuple(near(model.id)) if unknown else ())

"""The nightly job: what came in today gets a category and colours."""

import argparse
import datetime
import logging
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from enrich import settings
from enrich.client import Models

log = logging.getLogger(__name__)


def enrich(products: pd.DataFrame, models: Models) -> pd.DataFrame:
    with ThreadPoolExecutor(settings.WORKERS) as pool:
        category = list(pool.map(models.category, products["title"]))
        colours = list(pool.map(models.colours, products["description"]))
    return products.assign(category=category, colours=colours)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--day", default=datetime.date.today().isoformat())
    day = parser.parse_args().day
    products = pd.read_parquet(settings.LAKE / "incoming" / f"{day}.parquet")
    products = products.drop_duplicates(subset=["title", "description"])
    models = Models()
    enriched = enrich(products, models)
    enriched.to_parquet(settings.LAKE / "enriched" / f"{day}.parquet")
    log.info("%d products, %s tokens", len(enriched), models.spent)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()

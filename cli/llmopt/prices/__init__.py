"""What calls cost: dollars by model and usage, unknown where no price is known."""

from llmopt.prices.table import Pricer, cost, price_of, table_date, table_version

__all__ = ["Pricer", "cost", "price_of", "table_date", "table_version"]

"""The models of the inventory: articles, shelves and what lies where."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Article:
    number: str
    name: str
    price: Decimal
    tokens: list[str] = field(default_factory=list)  # words of the name, for the search


@dataclass
class Shelf:
    code: str
    capacity: int
    articles: dict[str, int] = field(default_factory=dict)

    def put(self, article: Article, count: int) -> None:
        if sum(self.articles.values()) + count > self.capacity:
            raise ValueError(f"shelf {self.code} is full")
        self.articles[article.number] = self.articles.get(article.number, 0) + count

import pandas as pd

from enrich.job import enrich


class FakeModels:
    def category(self, title):
        return "tools"

    def colours(self, description):
        return ["red"]


def test_every_product_gets_a_category_and_colours():
    products = pd.DataFrame({"title": ["Saw", "Rake"], "description": ["a saw", "a rake"]})
    assert list(enrich(products, FakeModels())["category"]) == ["tools", "tools"]

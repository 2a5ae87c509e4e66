"""Queries of rows by a vector's distance, and pages named for their subject."""

from pathlib import Path

import pytest
from tests.audit.auditing import outcome, results_of

DRIZZLE = """
import OpenAI from "openai";
import { cosineDistance, gt, sql } from "drizzle-orm";
const client = new OpenAI();
export async function near(question) {
  const made = await client.embeddings.create({ model: "text-embedding-3-small", input: question });
  const far = cosineDistance(items.embedding, made.data[0].embedding);
  return db.select().from(items)FILTER.orderBy(far).limit(COUNT);
}
export async function newest() {
  return db.select().from(items).orderBy(items.made).limit(500);
}
"""
ALCHEMY = """
from openai import OpenAI
client = OpenAI()
def near(session, vector):
    query = select(Item).order_by(Item.embedding.cosine_distance(vector))FILTER.limit(COUNT)
    return session.scalars(query)
def answer(text):
    return client.chat.completions.create(model="gpt-4o-mini", messages=[{"content": text}])
"""


@pytest.mark.parametrize(("file", "source"), [("near.ts", DRIZZLE), ("near.py", ALCHEMY)])
@pytest.mark.parametrize(
    ("condition", "count", "expected"),
    [("", "40", "fail"), ("", "3", "pass"), (".where(far < 1)", "40", "manual")],
)
def test_rows_ordered_by_a_distance_are_passages(
    tmp_path: Path, file: str, source: str, condition: str, count: str, expected: str
) -> None:
    text = source.replace("FILTER", condition).replace("COUNT", count)
    assert outcome(tmp_path, "PRM201", {file: text}) == expected


def test_vectors_in_a_column_are_kept(tmp_path: Path) -> None:
    text = DRIZZLE.replace("FILTER", "").replace("COUNT", "3")
    assert outcome(tmp_path, "INF203", {"near.ts": text}) == "pass"


def test_a_distance_of_something_else_is_no_retrieval(tmp_path: Path) -> None:
    text = """
    from openai import OpenAI
    from nltk.cluster.util import cosine_distance
    def near(rows, text):
        cosine_distance(rows[0], rows[1])
        rows.limit(40)
        return OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"content": text}])
    """
    assert outcome(tmp_path, "PRM201", {"near.py": text}) == "not-applicable"


CALL = """
from openai import OpenAI
OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"content": "hello"}])
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docs/prompts.md", "pass"),
        ("docs/language-models.rst", "pass"),
        ("docs/tables.md", "manual"),
        ("system_prompt.md", "manual"),
        ("llms.txt", "manual"),
    ],
)
def test_a_page_named_for_its_subject_speaks_of_it(
    tmp_path: Path, name: str, expected: str
) -> None:
    text = "Shorter ones did as well and the cost fell. " + "We looked at many letters. " * 12
    assert results_of(tmp_path, {"app.py": CALL, name: text})["MON301"].outcome == expected

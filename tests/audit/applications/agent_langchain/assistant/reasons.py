"""What a customer's own words mean as a reason for a return."""

from typing import Literal

from langchain_community.cache import SQLiteCache
from langchain_core.globals import set_llm_cache
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

set_llm_cache(SQLiteCache(database_path="replies.db"))


class Reason(BaseModel):
    reason: Literal["damaged", "wrong size", "late", "changed mind", "other"]
    part: str = Field(description="the part that it is about, empty for the whole bicycle")


prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "Extract the reason for a return and the part of the bicycle it is about."),
        ("human", "{words}"),
    ]
)
small = ChatOpenAI(model="gpt-4.1-mini", temperature=0, max_tokens=60)
chain = prompt | small.with_structured_output(Reason)


@tool
def return_reason(words: str) -> dict[str, str]:
    """Turn the customer's words into one of the reasons the workshop knows."""
    return chain.invoke({"words": words}).model_dump()

from langchain_anthropic import ChatAnthropic
from langchain_community.cache import SQLiteCache
from langchain_core.globals import set_llm_cache

from briefing.config import CONFIG

set_llm_cache(SQLiteCache(database_path=".cache/replies.sqlite"))

planner = ChatAnthropic(model=CONFIG.planner, temperature=0, max_tokens=400)
writer = ChatAnthropic(model=CONFIG.writer, temperature=0, max_tokens=1200)

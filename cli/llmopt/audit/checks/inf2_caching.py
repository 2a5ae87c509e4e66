from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import INFERENCE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed, undecided
from llmopt.domain import Evidence

CACHES = ("redis", "ioredis", "diskcache", "gptcache", "cachetools", "node-cache", "lru-cache")
FEWEST_REPEATS, FEWEST_SIMILAR = 0.01, 0.05
"""Shares of requests from which a cache is worth having."""


def _exact(facts: Facts) -> Judgement:
    seen = [*facts.code.seen("reply-cache"), *facts.deployment.signal("reply-cache")]
    cached = sum(record.cached for record in facts.usage.records)
    if cached:
        seen.append(Evidence(f"{cached:,} requests of the usage log were answered from a cache"))
    if seen:
        return passed(seen, "replies are cached")
    if facts.usage.told_apart:
        return _repeats(facts)
    if not facts.code.calls:
        return inapplicable("no call is seen")
    single = [call.evidence("an uncached call") for call in facts.code.single_turn]
    if not single:
        return inapplicable("every call is a conversation, offers tools, or runs over data")
    if facts.usage_unread:
        return undecided("the usage log, which may show that nothing repeats, cannot be read")
    return failed(single, f"no cache of replies is seen{facts.unused(*CACHES)}")


def _repeats(facts: Facts) -> Judgement:
    """Judge by the usage log, which knows better than the code whether anything repeats."""
    share = len(facts.usage.repeats) / len(facts.usage.records)
    said = Evidence(f"{share:.1%} of requests in the usage log repeat an earlier one")
    if share < FEWEST_REPEATS:
        return inapplicable(said.fact, facts.usage.evidence)
    calls = [call.evidence("an uncached call") for call in facts.code.single_turn]
    return failed([said, *calls], "no cache of replies is seen")


def _semantic(facts: Facts) -> Judgement:
    seen = facts.code.seen("semantic-cache")
    if seen:
        return passed(seen, "similar requests are cached")
    single = [call.evidence() for call in facts.code.single_turn]
    if facts.usage.worded:
        share = len(facts.usage.similar) / len(facts.usage.records)
        said = f"{share:.1%} of requests in the usage log resemble an earlier one"
        if share < FEWEST_SIMILAR:
            return inapplicable(said)
        return failed([Evidence(said), *single], "no semantic cache is seen")
    if not single:
        return inapplicable("no single-turn call is seen")
    return manual("a usage log with prompts would show how many requests are similar", single)


def _embeddings(facts: Facts) -> Judgement:
    kept = facts.code.seen("embedding-kept")
    if kept:
        return passed(kept, "embeddings are kept")
    memory = facts.code.seen("embedding-memory")
    if memory:
        return failed(memory, "embedded anew each time")
    calls = facts.code.seen("embedding-call")
    if calls:
        return manual("what becomes of the embeddings is not seen", calls)
    return inapplicable("no embedding request and no vector store is seen")


GOAL = Goal(
    code="INF2",
    name="caching",
    title="Caching",
    area=INFERENCE,
    checks=(
        Check(
            code="INF201",
            name="exact-match-cache",
            title="Exact-match cache for repeated requests",
            weight=3,
            effort="low",
            needs=("code", "dependencies", "usage"),
            judges="Whether a request that was answered before is paid for again.",
            passes=(
                "A cache of replies is seen: lru_cache, cache, cached, memoize or memory.cache on "
                "a function that makes a call; a function or method of the file that makes calls "
                "reads a cache before (get, in or [] on something whose name holds cache or "
                "redis, or a get of Redis, diskcache, Vercel KV; one that the file fills with "
                "something else than replies is none); set_llm_cache, litellm.cache, "
                "enable_cache, GPTCache, llm_cache; a gateway with caching (LiteLLM proxy cache: "
                "true, Portkey, Helicone-Cache-Enabled); or the usage log marks replies as cached. "
                "The dependency alone is no cache. The provider's prompt cache is none either."
            ),
            fails=(
                "No cache of replies is seen, and either at least 1 % of the requests in the usage "
                "log repeat an earlier one (same model, same prompt), or there is no usage "
                "log that "
                "tells prompts apart and a single-turn call is seen."
            ),
            manual=None,
            not_applicable=(
                "No call; or the usage log shows fewer than 1 % repeats; or no call is single-turn."
            ),
            saving="What the repeated requests of the usage log cost a month.",
            remedy="Keep replies under a hash of model, messages and parameters, with a lifetime.",
            snippet="key = sha256(canonical_json(request)); reply = cache.get(key) or ask(request)",
            source="Serving: exact caches (key = hash of the prompt, with a lifetime).",
            judge=_exact,
            saves=money.of_repeats,
        ),
        Check(
            code="INF202",
            name="semantic-cache",
            title="Semantic cache for similar requests",
            weight=2,
            effort="high",
            needs=("code", "dependencies", "usage"),
            judges="Whether requests that say the same in other words are paid for again.",
            passes=(
                "A semantic cache is seen: GPTCache, RedisSemanticCache or another semantic cache "
                "of LangChain, redisvl's SemanticCache, litellm cache of type redis-semantic or "
                "qdrant-semantic, @upstash/semantic-cache, or a function of that name (semantic "
                "and cache in it)."
            ),
            fails=(
                "No semantic cache is seen, and at least 5 % of the requests in the usage "
                "log equal an "
                "earlier one but for case, punctuation, white space or the order of words, exact "
                "repeats left out."
            ),
            manual=(
                "A single-turn call is seen, and no usage log with prompt texts shows whether "
                "requests are similar."
            ),
            not_applicable=(
                "No single-turn call is seen; or the usage log shows fewer than 5 % similar "
                "requests."
            ),
            saving="What the similar requests of the usage log cost a month: an upper bound.",
            remedy="Measure a semantic cache in shadow before it answers anybody.",
            snippet="SemanticCache(distance_threshold=0.05)  # log what it would have answered",
            source="Serving: semantic caches.",
            judge=_semantic,
            saves=money.of_similar,
        ),
        Check(
            code="INF203",
            name="embedding-cache",
            title="Embeddings are cached",
            weight=3,
            effort="low",
            needs=("code",),
            judges="Whether the same documents are embedded again and again.",
            passes=(
                "Embeddings of documents are kept: CacheBackedEmbeddings, an ingestion cache, a "
                "store that lasts (Pinecone, Qdrant at a URL or path, Weaviate, Milvus, pgvector, "
                "Elasticsearch, OpenSearch, Redis, Chroma with persist_directory, PersistentClient "
                "or HttpClient, FAISS save_local or write_index, a LlamaIndex storage context that "
                "is persisted), a file or table they are written to in the file that embeds, or a "
                "cache on the function that embeds."
            ),
            fails=(
                "Documents are embedded into memory alone (FAISS, Chroma or DocArray from "
                "documents or texts, InMemoryVectorStore, VectorStoreIndex without storage, "
                "an embedding request in a loop), and nothing of the above is seen."
            ),
            manual="Embedding requests are seen, but not what becomes of them.",
            not_applicable="No embedding request and no vector store is seen.",
            saving="What the embedding requests of the usage log that repeat cost a month.",
            remedy="Keep the vectors under a hash of text and model.",
            snippet="Chroma.from_documents(docs, embeddings, persist_directory='index')",
            source="Serving: embedding caches.",
            judge=_embeddings,
            saves=money.of_repeated_embeddings,
        ),
    ),
)

from __future__ import annotations

from llmopt.audit.check import PROMPTS, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.probes.code.facts import CodeFile
from llmopt.domain import Evidence

MOST_PASSAGES = 20
LARGE_REQUEST, LARGE_PROMPT = 8_000, 4_000
"""Tokens: of a request at the 95th percentile of a log, of a prompt's cases on average."""


def _pruned(facts: Facts) -> Judgement:
    filters = [
        evidence
        for file in facts.code.files
        if "retrieval" in file.seen or file.passages
        for evidence in file.seen.get("filtered", ())
    ] + [e for e in facts.code.seen("filtered") if "rerank" in e.fact.lower()]
    passages = [p for file in facts.code.files for p in file.passages]
    many = [p for p in passages if p.count is not None and p.count > MOST_PASSAGES]
    retrieval = facts.code.seen("retrieval")
    if filters and (retrieval or passages):
        return passed(filters, "what retrieval finds is filtered")
    if many:
        said = [Evidence(f"{p.count} passages are asked for", p.place) for p in many]
        return failed(said, "nothing filters them")
    told = [p for p in passages if p.count is not None or p.default]
    if told:
        return passed(
            Evidence(f"{p.count} passages" if p.count else "the library's default", p.place)
            for p in told
        )
    if retrieval or passages:
        return manual("the number of passages would show it", retrieval)
    return inapplicable("no retrieval is seen")


def _disclosed(facts: Facts) -> Judgement:
    whole: list[Evidence] = []
    parted: list[Evidence] = []
    for file in facts.code.files:
        documents = file.seen.get("document", ())
        parts = file.seen.get("split", ()) + file.seen.get("retrieval", ())
        stores = file.seen.keys() >= {"split", "retrieval"}
        if "loader" in file.seen or documents or stores:
            parted += parts
        if documents and not parts:
            whole += documents
    strategies = [
        Evidence(f"prompt {prompt.name} is disclosed progressively", prompt.place)
        for prompt in facts.project.prompts
        if "progressive" in prompt.strategies
    ]
    if whole:
        return failed(whole, "neither split nor retrieved from")
    if parted or strategies:
        return passed([*parted, *strategies], "documents are disclosed by parts")
    return _large(facts)


def _large(facts: Facts) -> Judgement:
    found = []
    p95 = facts.usage.p95_input
    if p95 is not None and p95 > LARGE_REQUEST:
        found.append(Evidence(f"{p95:,} input tokens at the 95th percentile of the usage log"))
    found += [
        Evidence(f"{prompt.mean_tokens:,.0f} tokens a case on average", prompt.place)
        for prompt in facts.project.prompts
        if prompt.mean_tokens and prompt.mean_tokens > LARGE_PROMPT
    ]
    if found:
        return manual("requests are large; what fills them is not seen in code", found)
    return inapplicable("no document and no large request is seen")


def _summarised(facts: Facts) -> Judgement:
    growing = [file for file in facts.code.files if "conversation" in file.seen]
    if not growing:
        return inapplicable("no conversation is seen")
    bounds = {file.file: _bounds(facts, file) for file in growing}
    unbounded = [e for f in growing if not bounds[f.file] for e in f.seen["conversation"]]
    if unbounded:
        return failed(unbounded, "nothing in its files bounds it")
    return passed([e for found in bounds.values() for e in found], "conversations are bounded")


def _bounds(facts: Facts, file: CodeFile) -> list[Evidence]:
    """Return what bounds a conversation: in its file, or in one that its calls go through."""
    files = [file, *(f for f in facts.code.files if f.file in file.reached)]
    files += [f for f in facts.code.making(file) if f is not file]
    return [e for one in files for e in one.seen.get("bounded", ())]


GOAL = Goal(
    code="PRM2",
    name="context",
    title="No more context than the answer needs",
    area=PROMPTS,
    checks=(
        Check(
            code="PRM201",
            name="context-pruned",
            title="Irrelevant context is pruned",
            weight=4,
            effort="medium",
            needs=("code",),
            judges="How many passages retrieval puts into a prompt, and whether they are filtered.",
            passes=(
                "Retrieval states how many passages it returns, 20 or fewer (k, top_k, topK, "
                "similarity_top_k, n_results, limit, match_count, LIMIT in SQL that orders by "
                "distance), or leaves it to a framework whose default is small (LangChain 4, "
                "LlamaIndex 2, Chroma 10), or filters by score (score_threshold, "
                "similarity_cutoff), a reranker or a contextual compressor."
            ),
            fails=(
                "Retrieval asks for more than 20 passages, and neither a reranker, a score limit "
                "nor a compressor is seen."
            ),
            manual="Retrieval is seen, but not how many passages it returns.",
            not_applicable="No retrieval is seen.",
            saving=None,
            remedy="Ask for fewer passages, and rerank or cut by score.",
            snippet='retriever = store.as_retriever(search_kwargs={"k": 4})',
            source="Cost checklist: irrelevant context pruned.",
            judge=_pruned,
        ),
        Check(
            code="PRM202",
            name="progressive-disclosure",
            title="Large documents are disclosed progressively",
            weight=3,
            effort="medium",
            needs=("code", "usage", "prompts"),
            judges="Whether whole documents are put into prompts.",
            passes=(
                "Documents are split or disclosed by parts: a text splitter, chunk_size, a node "
                "parser, a chunking function (chunk, split in its name) in the file that reads "
                "them or puts them into a vector store, map_reduce or refine chains, retrieval "
                "over them, or an llmopt variant of strategy progressive."
            ),
            fails=(
                "A document is put into a prompt whole: neither split, nor sliced, nor retrieved "
                "from."
            ),
            manual=(
                "No document is seen in code, but requests in the usage log have more than 8,000 "
                "input tokens at the 95th percentile, or an llmopt prompt's cases average more "
                "than 4,000."
            ),
            not_applicable="No document and no request that large is seen.",
            saving=None,
            remedy="Give the first part, and the next only when the model says that it needs it.",
            snippet="strategy: {progressive: {chunk_tokens: 1000}}",
            source="Prompt techniques: progressive disclosure.",
            judge=_disclosed,
        ),
        Check(
            code="PRM203",
            name="history-summarised",
            title="Long conversation history is summarised",
            weight=4,
            effort="medium",
            needs=("code",),
            judges="Whether what a conversation sends grows without bound.",
            passes=(
                "Every conversation is bounded: a slice of the last messages, a deque with maxlen, "
                "trim_messages, a window, summary or token-buffer memory, a token limit on a chat "
                "memory buffer, a function that summarises or trims (summar, trim, truncate, "
                "compact in its name) in its file, messages removed (pop, del), or the provider's "
                "own truncation or context management."
            ),
            fails=(
                "A conversation grows by every turn, and nothing in its file, or in one that its "
                "calls go through, bounds it."
            ),
            manual=None,
            not_applicable="No conversation is seen.",
            saving=None,
            remedy="Send the last turns and a summary of those before.",
            snippet="messages = [system, summary, *history[-6:]]",
            source="Cost checklist: long conversation history summarised.",
            judge=_summarised,
        ),
    ),
)

from __future__ import annotations

from llmopt.audit.check import PROMPTS, Check, Goal

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
                "them, map_reduce or refine chains, retrieval over them, or an llmopt variant of "
                "strategy progressive."
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
            fails="A conversation grows by every turn, and nothing in its file bounds it.",
            manual=None,
            not_applicable="No conversation is seen.",
            saving=None,
            remedy="Send the last turns and a summary of those before.",
            snippet="messages = [system, summary, *history[-6:]]",
            source="Cost checklist: long conversation history summarised.",
        ),
    ),
)

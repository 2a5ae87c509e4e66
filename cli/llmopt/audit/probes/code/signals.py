"""What names in code tell: one pattern a signal, for Python and JavaScript alike.

A pattern is searched in the dotted names of a file, imports resolved. `import:x` is an
import, `def:x` and `class:x` a definition, `k=` a key or keyword, `str:x` a short text,
`x[]` a look-up in x.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(map(_scoped, patterns)))


def _scoped(pattern: str) -> str:
    """Let `(?i)` hold for its own alternative alone."""
    plain = pattern.replace("(?i)", "")
    return plain if plain == pattern else f"(?i:{plain})"


DISTANCE = (
    r"(?:^|\.)drizzle-orm\.(?:cosineDistance|l[12]Distance|innerProduct)$|"
    r"pgvector\.\w+\.(?:CosineDistance|L[12]Distance|MaxInnerProduct)$|"
    r"(?:embedding|vector)\w*\.(?:cosine_distance|l[12]_distance|max_inner_product)$"
)
"""The distance of a column to a vector, in the query builders that know pgvector."""

SIGNALS: Mapping[str, re.Pattern[str]] = {
    # caches
    "reply-cache": _any(
        r"(?:^|\.)set_llm_cache$",
        r"litellm\.(?:cache|enable_cache)$",
        r"import:gptcache",
        r"llm_cache",
        r"LLMCache",
        r"str:(?i:helicone-cache-enabled)",
    ),
    "cache-read": _any(
        r"(?i)(?:^|[._])\w*(?:cache|memo(?!ry))\w*(?:\(\))?(?:\[\]|\.h?m?get(?:_or_\w+|item)?$)",
        r"(?i)(?:^|\.)\w*redis\w*\.h?get$",
        r"(?:^|[.:])kv\.get$",
        r"(?i)(?:^|\.)get_?cached_?\w*$",
    ),
    "semantic-cache": _any(
        r"import:gptcache",
        r"SemanticCache",
        r"str:(?:redis|qdrant)-semantic$",
        r"(?i)semantic[-_]?cache(?!=)",
    ),
    "embedding-memory": _any(
        r"FAISS\.a?from_(?:documents|texts|embeddings)$",
        r"FAISS\.from(?:Documents|Texts)$",
        r"Chroma\.(?:a?from_(?:documents|texts)|from(?:Documents|Texts))$",
        r"DocArray\w+",
        r"InMemoryVectorStore",
        r"MemoryVectorStore",
        r"(?:^|\.)VectorStoreIndex(?:\.|$)",
        r"SimpleVectorStore",
        r"IndexFlat(?:L2|IP)$",
        r"chromadb\.(?:Ephemeral)?Client$",
    ),
    "embedding-kept": _any(
        r"CacheBackedEmbeddings",
        r"IngestionCache",
        r"(?i)pinecone",
        r"QdrantClient",
        r"(?i)weaviate",
        r"Milvus",
        r"(?i)pgvector",
        r"Elasticsearch",
        r"(?i)opensearch",
        r"RedisVectorStore",
        r"persist_dir(?:ectory)?=",
        r"PersistentClient",
        r"chromadb\.(?:Async)?HttpClient",
        r"\.save_local$",
        r"write_index$",
        r"\.persist$",
        r"(?i)lancedb",
        r"(?i)embed\w*cache",
        r"(?i)cache\w*embed",
        r"load_index_from_storage",
        r"(?:^|\.)np\.savez?$|numpy\.savez?$",
        r"SupabaseVectorStore",
        r"(?:^|\.)drizzle-orm\.(?:cosine|l[12])Distance$",
    ),
    "embedding-call": _any(
        r"embeddings\.create$",
        r"litellm\.a?embedding$",
        r"(?:^|\.)\w*Embeddings?$",
        r"(?:^|\.)a?embed_(?:documents|query|content|many)$",
        r"(?:^|\.)embed(?:Documents|Query|Many|Content)$",
        r"SentenceTransformer$",
        r"^ai\.embed$",
        r"import:ai\.embed(?:Many)?$",
    ),
    # batching and parallel work
    "batch": _any(
        r"(?:^|\.)batches\.create$",
        r"litellm\.a?create_batch",
        r"BatchPredictionJob",
        r"create_model_invocation_job",
        r"CreateModelInvocationJob",
        r"batchPredictionJobs",
    ),
    "parallel": _any(
        r"(?:^|\.)gather$",
        r"TaskGroup",
        r"as_completed$",
        r"(?:Thread|Process)Pool",
        r"\.a?batch$",
        r"Promise\.all(?:Settled)?$",
        r"import:p-(?:limit|map|queue)",
        r"RunnableParallel",
        r"multiprocessing\.Pool$",
        r"joblib\.Parallel$",
        r"batch_completion$",
        r"thread_map$",
    ),
    "grouped": _any(
        r"(?:^|\.)batched$",
        r"(?:^|\.)chunked$",
        r"more_itertools",
        r"lodash\.chunk$",
        r"^_\.chunk$",
        r"KMeans$",
        r"(?:^|\.)HDBSCAN$",
    ),
    # choosing models
    "router": _any(
        r"import:(?:routellm|semantic_router|notdiamond)",
        r"RouterChain",
        r"MultiPromptChain",
        r"RouterQueryEngine",
        r"LLM(?:Single|Multi)Selector",
        r"import:semantic-router",
    ),
    "gateway": _any(r"import:(?:portkey_ai|portkey-ai)", r"str:https://openrouter\.ai"),
    "fine-tuning": _any(
        r"fine_tuning\.jobs",
        r"fineTuning\.jobs",
        r"import:distilabel",
        r"SFTTrainer$",
        r"GKDTrainer$",
    ),
    "specialised": _any(
        r"import:setfit",
        r"str:(?:text|token|zero-shot)-classification$",
        r"textcat",
        r"AutoModelForSequenceClassification",
        r"import:fasttext",
        r"moderations\.create$",
        r"fine_tuning\.jobs",
        r"fineTuning\.jobs",
        r"(?:^|\.)LoRARequest$",
    ),
    "pruned": _any(
        r"import:sparseml",
        r"nn\.utils\.prune",
        r"SparseGPTModifier",
        r"WandaPruningModifier",
    ),
    # retrieval and documents
    "retrieval": _any(
        r"\.as_?[rR]etriever$",
        r"similarity_?[sS]earch",
        r"VectorStoreIndex",
        r"as_query_engine$",
        r"RetrievalQA",
        r"create_retrieval_chain",
        r"createRetrievalChain",
        r"\.query_points$",
        r"import:(?:chromadb|pinecone|qdrant_client|weaviate|pymilvus|faiss|lancedb)",
        r"import:@?(?:pinecone-database|qdrant|langchain/pinecone|langchain/qdrant)",
        r"VectorStore\b",
        r"str:.*<(?:->|=>|#>)",
        r"import:chromadb",
        r"max_marginal_relevance_search",
        DISTANCE,
    ),
    "retrieving": _any(r"(?i)retriev|(?:^|[._])passages?(?:$|[._\[(])"),
    "filtered": _any(
        r"score_?[tT]hreshold=",
        r"similarity_?[cC]utoff=",
        r"(?i)re_?rank",
        r"ContextualCompression",
        r"SimilarityPostprocessor",
        r"CrossEncoder",
        r"str:similarity_score_threshold$",
    ),
    "split": _any(
        r"TextSplitter",
        r"SentenceSplitter",
        r"NodeParser",
        r"chunk_?[sS]ize",
        r"str:map_reduce$",
        r"str:refine$",
        r"(?i)(?:^|[._:])(?:\w+_chunks?|chunks|chunk_\w+|chunked|chunk[a-z]+|split_?(?:text|"
        r"document|page)\w*)(?:$|\.)",
        r"def:\w*(?:chunk|split)\w*",
        r"MapReduce",
    ),
    "loader": _any(
        r"\w+Loader$",
        r"import:(?:pypdf|PyPDF2|pdfplumber|fitz|pymupdf|docx|unstructured|pdf-parse|mammoth)",
    ),
    # conversations
    "memory": _any(
        r"Conversation\w*Memory$",
        r"ChatMessageHistory",
        r"RunnableWithMessageHistory",
        r"ConversationChain$",
        r"ChatMemoryBuffer",
        r"Buffer(?:Window)?Memory$",
        r"as_chat_engine$",
        r"ConversationalRetrieval",
        r"(?:InMemory|Memory|Sqlite|Postgres|Redis)Saver",
        r"^checkpointer=",
        r"(?:^|\.)to_input_list$",
        r"^message_history=",
        r"(?:^|\.)(?:SQLite|SQLAlchemy|AdvancedSQLite|OpenAIConversations)Session$",
        r"^ai\.convertTo(?:Core|Model)Messages$",
    ),
    "bounded": _any(
        r"trim_?[mM]essages",
        r"maxlen=",
        r"WindowMemory",
        r"SummaryMemory",
        r"SummaryBufferMemory",
        r"TokenBufferMemory",
        r"SummarizationMiddleware",
        r"token_?[lL]imit=",
        r"truncation=",
        r"context_management=",
        r"session_input_callback=",
        r"SessionSettings$",
        r"\.popleft$",
        r"\.pop$",
        r"\.shift$",
        r"\.splice$",
        r"(?i)(?:^|[.:_])(?!trim(?:end|start|left|right)?$)\w*"
        r"(?:summar|trim|truncat|compact|prune)\w*$",
    ),
    # output
    "structured": _any(
        r"with_?[sS]tructured_?[oO]utput",
        r"import:instructor",
        r"import:outlines",
        r"JsonOutputParser",
        r"PydanticOutputParser",
        r"StructuredOutputParser",
        r"(?:^|\.)(?:generate|stream)Object$",
        r"dspy\.Signature",
        r"guided_json=",
        r"response_model=",
        r"response_?[sS]chema=",
        r"zod(?:Response|Text)Format",
        r"completions\.parse$",
        r"responses\.parse$",
        r"text_format=",
        r"response_?[fF]ormat=",
        r"output_config=",
        r"output_format=",
        r"Output\.object$",
    ),
    # served in code
    "transformers": _any(
        r"AutoModelForCausalLM\.from_pretrained$",
        r"str:text-generation$",
        r"TextGenerationPipeline",
        r"AutoModelForSeq2SeqLM\.from_pretrained$",
    ),
    "engine": _any(
        r"import:(?:vllm|llama_cpp|ctranslate2|onnxruntime_genai|openvino_genai|tensorrt_llm|"
        r"sglang)",
        r"import:(?:exllamav2|lmdeploy|mlc_llm|optimum)",
    ),
    "quantized": _any(
        r"load_in_[48]bit=",
        r"BitsAndBytesConfig",
        r"^quantization=$",
        r"GPTQConfig",
        r"AwqConfig",
        r"quantization_config=",
    ),
    "drafting": _any(
        r"speculative_\w+=",
        r"assistant_model=",
        r"^prediction=$",
        r"draft_model=",
        r"draftModel=",
    ),
    "served-batching": _any(r"serve\.batch$", r"^batchable=$", r"^batch_size=$"),
    # monitoring
    "tracing": _any(
        r"import:(?:traceloop|langfuse|langsmith|helicone|phoenix|weave|openlit|agentops|"
        r"braintrust)",
        r"import:(?:@?langfuse|@helicone|@traceloop|@arizeai|portkey)",
        r"import:(?:portkey_ai|openinference)",
        r"import:opentelemetry\.instrumentation\.(?:openai|anthropic|langchain|llamaindex|"
        r"bedrock|vertexai)",
        r"litellm\.(?:success_callback|failure_callback|callbacks)$",
        r"experimental_telemetry=",
        r"str:LANG(?:CHAIN|SMITH)_TRACING",
        r"mlflow\.\w+\.autolog$",
        r"LLMObs$",
        r"logfire\.instrument_",
    ),
    "usage-read": _any(
        r"\.usage(?:_metadata|Metadata)?(?:\.|\[\]|$)",
        r"(?:^|\.)(?:total|prompt|completion)_tokens$",
        r"(?:^|\.)(?:total|prompt|completion|input|output)Tokens$",
        r"(?:^|\.)(?:input|output)_tokens$",
        r"get_openai_callback",
        r"get_usage_metadata_callback",
        r"^usage$",
        r"(?:^|\.)token_usage$",
    ),
    "clock": _any(
        r"perf_counter(?:_ns)?$",
        r"time\.monotonic$",
        r"(?:^|\.)time\.time$",
        r"performance\.now$",
        r"Date\.now$",
    ),
    "metrics": _any(
        r"import:(?:prometheus_client|prom-client|opentelemetry|@opentelemetry|statsd|datadog|"
        r"ddtrace)",
        r"import:(?:dd-trace|newrelic|sentry_sdk|@sentry|hot-shots)",
    ),
    "budget": _any(
        r"(?i)(?:^|[._:])(?!\w*thinking)\w*(?:budget(?!_?tokens)|cost_?alert|spend_?limit)"
    ),
    "registry": _any(
        r"import:(?:promptlayer|humanloop)",
        r"langfuse\w*(?:\(\))?\.get_?[pP]rompt$",
        r"pull_prompt$",
        r"hub\.pull$",
        r"mlflow\.\w*\.?load_prompt$",
    ),
    "experiment": _any(
        r"import:@?(?:statsig|growthbook|ldclient|launchdarkly|openfeature|optimizely|"
        r"UnleashClient|unleash)",
    ),
    "evaluation": _any(
        r"import:(?:deepeval|braintrust|ragas|autoevals|langsmith\.evaluation)",
        r"langsmith\.a?evaluate$",
        r"langfuse\w*\.run_experiment$",
    ),
    # tenants
    "tenant": _any(
        r"(?i)(?:^|[.:])(?!\w*(?:azure|aws|entra|openai))\w*tenant\w*",
        r"(?:^|[.:])(?!\w*(?:openai|anthropic|aws|azure|gcp|google))(?:\w+_)?"
        r"(?:customer|org|organi[sz]ation|workspace|account)_id(?:$|=)",
        r"(?:^|[.:])(?:customer|org|organi[sz]ation|workspace|account)Id(?:$|=)",
    ),
    "limits": _any(
        r"import:(?:slowapi|flask_limiter|fastapi_limiter|limits|express-rate-limit|"
        r"rate-limiter-flexible)",
        r"import:@upstash/ratelimit",
        r"(?:^|[.:])(?:[rt]pm_limit|max_budget|budget_duration|max_parallel_requests)=?$",
        r"(?i)(?:^|[._:])\w*(?:rate_?limit(?!_?error|ed_?error)|quota|"
        r"token_?bucket)\w*(?<!error)(?:$|\.)",
    ),
    # interaction
    "route": _any(
        r"import:(?:fastapi|flask|django|starlette|sanic|aiohttp\.web|quart|tornado|bottle|"
        r"litestar)",
        r"import:(?:express|fastify|hono|next|koa|@nestjs|@hapi)",
        r"import:(?:slack_bolt|chainlit|gradio|streamlit)",
        r"import:(?:discord|telegram|telebot|@slack/bolt)",
        r"def:lambda_handler$",
        r"NextResponse$",
        r"def:(?:GET|POST|PUT)$",
    ),
    "user-input": _any(
        r"^input$",
        r"Prompt\.ask$",
        r"import:readline",
        r"prompt_toolkit",
        r"typer\.prompt$",
        r"click\.prompt$",
    ),
}


@cache
def signals_of(name: str) -> tuple[str, ...]:
    """Return the signals that a name gives; a text gives those alone that ask for a text."""
    if name.startswith("str:"):
        return tuple(signal for signal, pattern in SIGNALS.items() if pattern.match(name))
    return tuple(signal for signal, pattern in SIGNALS.items() if pattern.search(name))

"""Which invocations are calls of a model, by library: the names that the words list."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from llmopt.audit.probes.code.module import Invocation, Module


class Api(NamedTuple):
    """A way to call a model.

    `needs` is an import without which the name says nothing; where it is missing, a
    `model` among the arguments says enough, if `or_model`. `built` apis are called
    where they are constructed, and run elsewhere; a `runner` runs what was built, and
    its settings are read there. Where the argument `through` is an object, that is what
    is called. `asks` are arguments without which the name says nothing.
    """

    name: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None = None
    or_model: bool = False
    built: bool = False
    runner: bool = False
    through: str | None = None
    asks: frozenset[str] = frozenset()


def _api(
    name: str,
    pattern: str,
    needs: str | None = None,
    kind: Literal["", "or_model", "built", "runner"] = "",
    through: str | None = None,
    asks: tuple[str, ...] = (),
) -> Api:
    return Api(
        name,
        re.compile(rf"(?:.*\.)?(?:{pattern})"),
        re.compile(needs) if needs else None,
        or_model=kind == "or_model",
        built=kind == "built",
        runner=kind == "runner",
        through=through,
        asks=frozenset(asks),
    )


_VENDORS = (
    "OpenAI|Anthropic|GoogleGenerativeAI|VertexAI|Bedrock|BedrockConverse|MistralAI|Groq|Ollama|"
    "Cohere|Fireworks|Together|LiteLLM|DeepSeek|Perplexity|XAI|HuggingFace|NVIDIA"
)
APIS = (
    _api("openai", r"chat\.completions(?:\.\w+)?\.(?:create|parse|stream|runTools)"),
    _api("openai", r"responses\.(?:create|parse|stream)", "openai", "or_model"),
    _api("openai", r"completions\.create", "openai", "or_model"),
    _api("anthropic", r"messages\.(?:create|stream|parse)", "anthropic", "or_model"),
    _api("litellm", r"litellm\.a?(?:text_)?(?:completion|responses)"),
    _api("litellm", r"\w*[rR]outer\.a?completion", "litellm"),
    _api("google", r"generate_?[cC]ontent(?:_?[sS]tream|_?[aA]sync)?"),
    _api("mistral", r"chat\.(?:complete|stream)(?:_async)?", "mistral"),
    _api("cohere", r"(?:co|client|cohere)\.(?:chat|chat_stream|generate)", "^cohere"),
    _api("ollama", r"(?:ollama|client)\.(?:chat|generate)", "^ollama"),
    _api("bedrock", r"converse(?:_stream)?|invoke_model(?:_with_response_stream)?"),
    _api("bedrock", r"(?:Converse|InvokeModel)(?:Stream)?Command", "bedrock"),
    _api("ai", r"(?:generate|stream)(?:Text|Object)", "^ai$|^ai/"),
    _api(
        "langchain", rf"(?:Azure)?Chat(?:{_VENDORS})|init_?[cC]hat_?[mM]odel", "langchain", "built"
    ),
    _api("langchain", rf"langchain[\w./-]*\.(?:Azure)?(?:{_VENDORS})(?:LLM)?", None, "built"),
    _api("llamaindex", r"llama_index\.llms[\w.]*\.[A-Z]\w+", None, "built"),
    _api("dspy", r"dspy\.LM", None, "built"),
    _api("agents", r"(?:agents|@openai/agents)\.Agent", None, "built"),
    _api("agents", r"Runner\.run(?:_sync|_streamed)?", r"^agents$", "runner"),
    _api("crewai", r"crewai\.LLM", None, "built"),
    _api("crewai", r"crewai\.Agent", None, "built", "llm"),
    _api("pydantic-ai", r"pydantic_ai\.Agent", None, "built"),
    _api(
        "haystack",
        r"haystack(?:_integrations)?\.components\.generators(?:\.\w+)*\.(?!DALLE|Fallback)[A-Z]\w*"
        r"Generator",
        None,
        "built",
    ),
    _api(
        "instructor",
        r"create(?:_with_completion|_partial|_iterable)?",
        asks=("response_model", "messages"),
    ),
)
RUNS = re.compile(
    r".*\.(?:a?invoke|a?stream|a?predict|a?run|a?batch|a?complete|a?chat|a?query|a?generate|"
    r"stream_chat|stream_complete|__call__|kickoff|run_sync|run_async|run_stream(?:ed)?)(?:_messages)?"
)
EMBEDDINGS = re.compile(
    r"(?:.*\.)?(?:embeddings\.create|litellm\.a?embedding|a?embed_(?:documents|query|content|many)|"
    r"embed(?:Documents|Query|Many|Content)|(?:ai\.)?embed(?:Many)?)"
)


def api_of(call: Invocation, module: Module) -> Api | None:
    """Tell by which way an invocation calls a model, if it does."""
    for api in APIS:
        if api.pattern.fullmatch(call.name) is None:
            continue
        if api.through and not isinstance(call.keywords.get(api.through, ""), str):
            continue
        if not api.asks <= call.keywords.keys():
            continue
        if api.needs is None or any(api.needs.search(name) for name in module.modules):
            return api
        if api.or_model and ("model" in call.keywords or "modelId" in call.keywords):
            return api
    return None

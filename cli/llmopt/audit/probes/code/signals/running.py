"""What names tell of models served in code, of monitoring, tenants and who waits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from llmopt.audit.probes.code.signals.pattern import any_of

RUNNING: Mapping[str, re.Pattern[str]] = {
    # served in code
    "transformers": any_of(
        r"AutoModelForCausalLM\.from_pretrained$",
        r"str:text-generation$",
        r"TextGenerationPipeline",
        r"AutoModelForSeq2SeqLM\.from_pretrained$",
    ),
    "engine": any_of(
        r"import:(?:vllm|llama_cpp|ctranslate2|onnxruntime_genai|openvino_genai|tensorrt_llm|"
        r"sglang)",
        r"import:(?:exllamav2|lmdeploy|mlc_llm|optimum)",
    ),
    "quantized": any_of(
        r"load_in_[48]bit=",
        r"BitsAndBytesConfig",
        r"^quantization=$",
        r"GPTQConfig",
        r"AwqConfig",
        r"quantization_config=",
    ),
    "drafting": any_of(
        r"speculative_\w+=",
        r"assistant_model=",
        r"^prediction=$",
        r"draft_model=",
        r"draftModel=",
    ),
    "served-batching": any_of(r"serve\.batch$", r"^batchable=$", r"^batch_size=$"),
    # monitoring
    "tracing": any_of(
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
    "usage-read": any_of(
        r"\.usage(?:_metadata|Metadata)?(?:\.|\[\]|$)",
        r"(?:^|\.)(?:total|prompt|completion)_tokens$",
        r"(?:^|\.)(?:total|prompt|completion|input|output)Tokens$",
        r"(?:^|\.)(?:input|output)_tokens$",
        r"get_openai_callback",
        r"get_usage_metadata_callback",
        r"^usage$",
        r"(?:^|\.)token_usage$",
    ),
    "clock": any_of(
        r"perf_counter(?:_ns)?$",
        r"time\.monotonic$",
        r"(?:^|\.)time\.time$",
        r"performance\.now$",
        r"Date\.now$",
    ),
    "metrics": any_of(
        r"import:(?:prometheus_client|prom-client|opentelemetry|@opentelemetry|statsd|datadog|"
        r"ddtrace)",
        r"import:(?:dd-trace|newrelic|sentry_sdk|@sentry|hot-shots)",
    ),
    "budget": any_of(
        r"(?i)(?:^|[._:])(?!\w*thinking)\w*(?:budget(?!_?tokens)|cost_?alert|spend_?limit)"
    ),
    "registry": any_of(
        r"import:(?:promptlayer|humanloop)",
        r"langfuse\w*(?:\(\))?\.get_?[pP]rompt$",
        r"pull_prompt$",
        r"hub\.pull$",
        r"mlflow\.\w*\.?load_prompt$",
    ),
    "experiment": any_of(
        r"import:@?(?:statsig|growthbook|ldclient|launchdarkly|openfeature|optimizely|"
        r"UnleashClient|unleash)",
    ),
    "evaluation": any_of(
        r"import:(?:deepeval|braintrust|ragas|autoevals|langsmith\.evaluation)",
        r"langsmith\.a?evaluate$",
        r"langfuse\w*\.run_experiment$",
    ),
    # tenants
    "tenant": any_of(
        r"(?i)(?:^|[.:])(?!\w*(?:azure|aws|entra|openai))\w*tenant\w*",
        r"(?:^|[.:])(?!\w*(?:openai|anthropic|aws|azure|gcp|google))(?:\w+_)?"
        r"(?:customer|org|organi[sz]ation|workspace|account)_id(?:$|=)",
        r"(?:^|[.:])(?:customer|org|organi[sz]ation|workspace|account)Id(?:$|=)",
    ),
    "limits": any_of(
        r"import:(?:slowapi|flask_limiter|fastapi_limiter|limits|express-rate-limit|"
        r"rate-limiter-flexible)",
        r"import:@upstash/ratelimit",
        r"(?:^|[.:])(?:[rt]pm_limit|max_budget|budget_duration|max_parallel_requests)=?$",
        r"(?i)(?:^|[._:])\w*(?:rate_?limit(?!_?error|ed_?error)|quota|"
        r"token_?bucket)\w*(?<!error)(?:$|\.)",
    ),
    # interaction
    "route": any_of(
        r"import:(?:fastapi|flask|django|starlette|sanic|aiohttp\.web|quart|tornado|bottle|"
        r"litestar)",
        r"import:(?:express|fastify|hono|next|koa|@nestjs|@hapi)",
        r"import:(?:slack_bolt|chainlit|gradio|streamlit)",
        r"import:(?:discord|telegram|telebot|@slack/bolt)",
        r"def:lambda_handler$",
        r"NextResponse$",
        r"def:(?:GET|POST|PUT)$",
    ),
    "user-input": any_of(
        r"^input$",
        r"Prompt\.ask$",
        r"import:readline",
        r"prompt_toolkit",
        r"typer\.prompt$",
        r"click\.prompt$",
    ),
}

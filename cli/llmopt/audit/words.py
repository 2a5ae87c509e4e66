"""The words that the checks are written in; the reference of all checks opens with them."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "application code": (
        "Python, JavaScript and TypeScript files outside folders called tests, test, __tests__, "
        "spec, specs, fixtures, testdata, examples, example, samples, docs, benchmarks, tutorials, "
        "tutorial, cookbook, notebooks, e2e, and "
        "outside files called test_*.py, *_test.py, conftest.py, *.test.*, *.spec.*. What is "
        "ignored by git, installed (node_modules, virtual environments) or built is not read."
    ),
    "call": (
        "A request for text to a model in application code: OpenAI (chat.completions, "
        "completions, responses; create, parse, stream), Anthropic (messages.create, "
        "messages.stream), LiteLLM (completion, acompletion), Google (generate_content), "
        "Mistral, Cohere, Groq, Ollama, Bedrock (converse, invoke_model), LangChain chat "
        "models, LlamaIndex LLMs, dspy.LM, generators of Haystack, Instructor (create and its like "
        "with response_model and messages), the Vercel AI SDK (generateText, streamText, "
        "generateObject, streamObject). For LangChain, LlamaIndex, DSPy and Haystack the place "
        "that constructs the model is the call. Embedding requests are no calls."
    ),
    "file with a call": (
        "A file of application code that makes a call, or uses a function or method of the "
        "project that leads to one in another file. Imports are followed inside the repository: "
        "packages, relative imports, src folders, workspace packages, paths of tsconfig.json, "
        "files that hand names on. A method is known where its object is made from a class of "
        "the project, or a parameter is said to be one. A model that is constructed in one file is "
        "followed into those that run it: by its name, by a function that returns it, in a chain, "
        "an agent or a graph with its nodes, or as the model that LlamaIndex (Settings.llm) or "
        "DSPy (configure) is set to use everywhere. The calls of a file are its own and those "
        "that it leads to."
    ),
    "setting": (
        "An argument of a call, written there, in a dictionary or object literal of the same "
        "file that is spread into it, or where the client is constructed. A call that spreads "
        "something that cannot be read is open: a setting that it lacks is unknown, not absent."
    ),
    "model in use": (
        "A model named by a call (a literal, a constant of the project, or the default of an "
        "environment variable), by a served model, by the baseline model of llmopt.yaml, or by "
        "the usage log."
    ),
    "small model": (
        "Its name says mini, nano, micro, tiny, small, lite, flash, haiku or at most 9B "
        "parameters, or the price table knows it below $1 per million input tokens."
    ),
    "large model": (
        "No small model, and its name says 30B parameters or more, or the price table knows it "
        "at $1 per million input tokens or more."
    ),
    "prompt text": (
        "The baseline variant of an llmopt prompt; in application code a text of at least five "
        "words that is a message's content, a system or instructions argument, the argument of "
        "a prompt template, or a constant whose name holds prompt, template, instruction or "
        "system; and what a call sends by name, wherever it stands: a constant, what a function "
        "returns, a template file (.txt, .md, .j2, .jinja, .prompt, .tmpl, .mustache, .hbs) "
        "whose path holds prompt, instruction or system and that the code names. Slots ({name}, "
        "{{ name }}, ${name}) are no text."
    ),
    "simple task": (
        "A call whose reply is limited to 64 tokens, or whose prompt text asks to classify, "
        "label, categorise, extract, detect, or to answer yes or no or with one word; an llmopt "
        "prompt whose cases are scored by label."
    ),
    "conversation": (
        "Code that appends the model's replies to the list of messages that a call sends, or "
        "keeps one in a memory class, chat history or checkpointer of a framework. A list that "
        "begins anew for the loop of an agent with tools, or grows for a counted number of steps, "
        "is none."
    ),
    "bulk call": (
        "A call made once an item in a loop, comprehension or map over data, directly or in a "
        "function that the loop calls or maps, in a file without web routes, without "
        "reading from a user (input, prompt of a terminal) and without streaming. The loop of a "
        "conversation, of an agent, of retries, of polling (while), or over models and "
        "clients that are tried in "
        "turn makes no bulk calls. Where the loop stands in another file than the call, both are "
        "bulk; the call itself is none if a file with routes leads to it too."
    ),
    "single-turn call": (
        "A call that is no bulk call, sends no conversation (nor is made by a file that keeps "
        "one), offers no tools, and has no "
        "temperature written above 0.5."
    ),
    "retrieval": ("A vector store, a retriever or a search by embeddings in application code."),
    "document": (
        "A file's whole text in a prompt: read (read, read_text, readFile) or loaded by a "
        "document loader (PDF, Word, HTML) and, in the same file, put into a message or given to "
        "what leads to a call."
    ),
    "agents": (
        "Agents of a framework: CrewAI, AutoGen, LangGraph, OpenAI Agents or Swarm, LlamaIndex "
        "workflows, Google ADK, smolagents, Semantic Kernel. A hierarchy is agents under a "
        "manager: "
        "Process.hierarchical, a GroupChatManager, create_supervisor, an agent with handoffs or "
        "sub_agents."
    ),
    "served model": (
        "A model that the project runs itself: an image or command of vLLM, TGI, Triton, "
        "TensorRT-LLM, SGLang, llama.cpp or Ollama in a Dockerfile, compose file, Kubernetes "
        "manifest, Helm chart or script; a vllm.LLM, llama_cpp.Llama, transformers "
        "from_pretrained of a causal model or text-generation pipeline in application code. A "
        "base_url alone serves nothing. Parameters come from the model's name (8b, 70B)."
    ),
    "workload": (
        "A Deployment, StatefulSet, DaemonSet, Job, CronJob or ReplicaSet of a Kubernetes "
        "manifest or Helm chart, or a Knative Service; a serving workload is no Job and no "
        "CronJob."
    ),
    "usage log": (
        "The files under checklist.usage in llmopt.yaml: OpenTelemetry GenAI spans, LiteLLM, "
        "Langfuse (JSON lines), or CSV with a column map."
    ),
    "volume": (
        "Calls a month: those of the usage log over the days that it covers, else the traffic of "
        "llmopt.yaml. A month is a twelfth of 365.25 days."
    ),
    "tenants": (
        "Identifiers in application code that hold tenant, customer_id, org_id, organization_id, "
        "workspace_id or account_id (those of a cloud or a model provider left out) in a file with "
        "a call, or a usage log with more than one tenant (a column or attribute that is named so)."
    ),
    "llm use": (
        "At least one call, embedding request, served model, llmopt prompt, or usage record. "
        "Without any, every check is not applicable and there is no score."
    ),
}

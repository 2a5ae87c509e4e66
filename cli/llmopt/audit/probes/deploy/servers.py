"""Model servers by their images, commands and settings."""

from __future__ import annotations

import re

from llmopt.audit.models import QUANTIZED
from llmopt.audit.probes.deploy.facts import Batching, Server
from llmopt.domain import Place

ENGINES = (
    (
        "vLLM",
        re.compile(
            r"vllm/|vllm[-_]openai|vllm serve|vllm\.entrypoints|/vllm(?::|\s|$)|(?:^|\s)vllm:"
        ),
    ),
    ("TGI", re.compile(r"text-generation-(?:inference|launcher)")),
    ("TensorRT-LLM", re.compile(r"tensorrt[-_]?llm|trtllm|nvcr\.io/nim/")),
    ("Triton", re.compile(r"tritonserver")),
    ("SGLang", re.compile(r"sglang")),
    ("llama.cpp", re.compile(r"llama\.cpp|llama-server|llama_cpp\.server|llama-cpp")),
    ("Ollama", re.compile(r"ollama/ollama|ollama (?:serve|run|pull)|(?:^|\s)ollama(?::|\s|$)")),
    ("LMDeploy", re.compile(r"lmdeploy")),
)
CONTINUOUS = frozenset({"vLLM", "TGI", "TensorRT-LLM", "SGLang", "LMDeploy"})
_MODEL = re.compile(
    r"(?:vllm serve|ollama (?:run|pull)|lmdeploy serve api_server)\s+([^\s\"']*[A-Za-z][^\s\"']*)|"
    r"(?:--model(?:-id|-path|-name)?|-hf|--hf-repo|--gguf)[ =]+\"?([^\s\"']+)|"
    r"-m[ =]+\"?([^\s\"']+(?:\.gguf|/[^\s\"']+))|"
    r"(?:MODEL_ID|MODEL_NAME|MODEL|HF_MODEL_ID|MODEL_PATH|LLAMA_ARG_HF_REPO)"
    r"[ =]+\"?([^\s\"']*[A-Za-z][^\s\"']*)"
)
_QUANTIZED = re.compile(
    r"--quantiz(?:e|ation)[ =](?!none)|(?:^|\s)QUANTIZE[ =]|load-format[ =]bitsandbytes|"
    r"--dtype[ =](?:fp8|int8)"
)
_DRAFTING = re.compile(
    r"--speculat|--num-speculative-tokens|NUM_SPECULATIVE|--model-draft|(?:^|\s)-md\s|"
    r"--draft(?:-max|-n)?\b|"
    r"(?:^|\s)SPECULATE[ =][1-9]|LLAMA_ARG_(?:MODEL_DRAFT|HFD_REPO)[ =]|"
    r"medusa|eagle",
    re.IGNORECASE,
)
_ONE_AT_A_TIME = re.compile(
    r"--max-num-seqs[ =]1(?:\s|$)|--max[-_]batch[-_]size[ =]1(?:\s|$)|--no-cont-batching"
)
_SLOTS = re.compile(r"(?:--parallel|-np|OLLAMA_NUM_PARALLEL|LLAMA_ARG_N_PARALLEL)[ =](\d+)")
_FRACTION = re.compile(r"--gpu-memory-utilization[ =]0?\.([0-4]\d*|50*)(?:\s|$)")
ACCELERATORS = (
    (
        "Inferentia",
        re.compile(r"(?i)\binf[12]\b|inferentia|aws\.amazon\.com/neuron|\btrn[12]\b|trainium"),
    ),
    ("TPU", re.compile(r"(?i)google\.com/tpu|\btpu-?v\d|gke-tpu")),
    ("Gaudi", re.compile(r"(?i)habana\.ai/gaudi|\bgaudi")),
    ("MI300", re.compile(r"(?i)mi300|mi325")),
    ("B200", re.compile(r"(?i)\bg?b200\b")),
    ("H200", re.compile(r"(?i)\bh200\b|p5en?\.")),
    ("H100", re.compile(r"(?i)h100|\bp5\.|\ba3-")),
    ("A100", re.compile(r"(?i)a100|\bp4de?\.|\ba2-")),
    ("L40S", re.compile(r"(?i)\bl40s?\b|\bg6e\.")),
    ("A10", re.compile(r"(?i)\ba10g?\b|\bg5\.")),
    ("L4", re.compile(r"(?i)(?<![a-z0-9])l4(?![a-z0-9])|\bg6\.|\bg2-standard")),
    ("T4", re.compile(r"(?i)(?<![a-z0-9])t4(?![a-z0-9])|\bg4dn\.")),
)
_MIG = re.compile(r"nvidia\.com/(?:mig-|gpu\.shared)|run\.ai|gpu-fraction|gpu\.share|time-?slicing")


def server(
    command: str, place: Place, where: str, *, hardware: str = "", gpus: int | None = None
) -> Server | None:
    """Return the server that an image and its command start, if they start one."""
    engine = next((name for name, pattern in ENGINES if pattern.search(command)), None)
    if engine is None:
        return None
    match = _MODEL.search(command)
    model = next((group for group in match.groups() if group), None) if match else None
    if model and ("HIDDEN" in model or model.startswith("$")):
        model = None
    return Server(
        engine=engine,
        place=place,
        model=model,
        quantized=engine == "Ollama"
        or bool(_QUANTIZED.search(command))
        or (engine == "TGI" and bool(re.search(r"\s-q\s", command)))
        or bool(model and QUANTIZED.search(model)),
        drafting=bool(_DRAFTING.search(command)),
        batching=_batching(engine, command),
        where=where,
        accelerator=accelerator(hardware),
        gpus=gpus,
        shared=bool(_MIG.search(hardware) or _FRACTION.search(command)),
    )


def accelerator(text: str) -> str | None:
    """Return the kind of accelerator that a text names."""
    return next((name for name, pattern in ACCELERATORS if pattern.search(text)), None)


def _batching(engine: str, command: str) -> Batching | None:
    if _ONE_AT_A_TIME.search(command):
        return "off"
    if engine in CONTINUOUS:
        return "on"
    slots = _SLOTS.search(command)
    if slots:
        return "on" if int(slots[1]) > 1 else "off"
    return "off" if engine == "llama.cpp" else None

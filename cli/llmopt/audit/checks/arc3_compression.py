from __future__ import annotations

from llmopt.audit.check import ARCHITECTURE, Check, Goal

GOAL = Goal(
    code="ARC3",
    name="model deployment",
    title="Compact models in deployment",
    area=ARCHITECTURE,
    checks=(
        Check(
            code="ARC301",
            name="quantization",
            title="Served models are quantized to INT8 or INT4",
            weight=4,
            effort="low",
            needs=("deployment", "code"),
            judges="Whether each served model runs in reduced precision.",
            passes=(
                "Each served model is quantized: a --quantization, --quantize or -q flag or "
                "option, "
                "load_in_4bit, load_in_8bit or BitsAndBytesConfig, a model name with AWQ, GPTQ, "
                "INT4, INT8, FP8, NF4, 4bit, 8bit, bnb, w4a16, w8a8 or GGUF Q2 to Q8, or "
                "Ollama (whose "
                "library models are quantized)."
            ),
            fails="A served model is named, and nothing says that it is quantized.",
            manual="A server is seen, but not which model it runs.",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Serve a quantized version; evaluate it against the original first.",
            snippet="vllm serve org/model-8b-AWQ --quantization awq",
            source="Serving: INT8, INT4 and mixed-precision quantization.",
        ),
        Check(
            code="ARC302",
            name="pruning",
            title="Pruning is considered for larger served models",
            weight=1,
            effort="high",
            needs=("deployment", "code"),
            judges="Whether served models above 13B parameters were pruned.",
            passes=(
                "A pruned model or pruning is seen: a name with pruned, sparse, minitron or 2of4; "
                "SparseML, llm-compressor's pruning or torch.nn.utils.prune in application code."
            ),
            fails=None,
            manual="A served model has more than 13B parameters or an unknown number.",
            not_applicable="No served model is seen, or none above 13B parameters.",
            saving=None,
            remedy="Evaluate a pruned version of the model, or attest that it was considered.",
            snippet="checklist: {ARC302: {status: done, reason: evaluated 2:4 sparsity in May}}",
            source="Serving: magnitude, structured and dynamic pruning.",
        ),
        Check(
            code="ARC303",
            name="distillation",
            title="Distillation is considered at high volume",
            weight=2,
            effort="high",
            needs=("usage", "traffic", "code"),
            judges="Whether a task of 1,000,000 calls a month or more keeps its large teacher.",
            passes=(
                "A distilled or fine-tuned model is in use (a name beginning ft: or with distil), "
                "or a fine-tuning job or distilabel is seen in application code."
            ),
            fails="A large model has a volume of 1,000,000 calls a month or more.",
            manual="A large model is in use, and no volume is known.",
            not_applicable=(
                "No large model is in use, or the volume is known and below 1,000,000 a month."
            ),
            saving="As ARC101, over the prompts and features of that volume.",
            remedy="Train a small model on the large one's replies, and evaluate it.",
            snippet="llmopt eval --model openai/ft:gpt-5-mini:acme --model openai/gpt-5",
            source="Cost checklist: distillation at high volume.",
        ),
    ),
)

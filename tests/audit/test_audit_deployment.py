"""What is seen in deployment files."""

from pathlib import Path

import pytest
from tests.audit.auditing import outcome

VLLM = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm}
spec:
  template:
    spec:
      nodeSelector: {cloud.google.com/gke-accelerator: ACCELERATOR}
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.10
          args: ["--model", "MODEL", EXTRA]
          resources:
            requests: {cpu: 4, nvidia.com/gpu: 1}
            limits: {memory: 32Gi, nvidia.com/gpu: 1}
"""
SCALER = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: llm}\n"


def manifest(
    model: str = "meta-llama/Llama-3.1-8B-Instruct",
    accelerator: str = "nvidia-l4",
    extra: str = '"--port=8000"',
) -> str:
    text = VLLM.replace("MODEL", model).replace("ACCELERATOR", accelerator)
    return text.replace("EXTRA", extra)


@pytest.mark.parametrize(
    ("code", "expected", "text"),
    [
        ("ARC301", "fail", manifest()),
        ("ARC301", "pass", manifest(extra='"--quantization=awq"')),
        ("ARC301", "pass", manifest("org/Llama-3.1-8B-GPTQ-INT4")),
        ("ARC302", "not-applicable", manifest()),
        ("ARC302", "manual", manifest("meta-llama/Llama-3.1-70B")),
        ("INF102", "pass", manifest()),
        ("INF102", "fail", manifest(extra='"--max-num-seqs=1"')),
        ("INF301", "manual", manifest()),
        ("INF301", "pass", manifest(extra='"--speculative-config={}"')),
        ("INF303", "pass", manifest()),
        ("OPS101", "pass", manifest()),
        ("OPS101", "fail", manifest(accelerator="nvidia-h100-80gb")),
        ("OPS101", "fail", manifest("meta-llama/Llama-3.1-70B", "nvidia-tesla-t4")),
        ("OPS102", "manual", manifest()),
        ("OPS201", "pass", manifest()),
        ("OPS201", "fail", manifest().replace("limits:", "claims:")),
        ("OPS202", "fail", manifest()),
        ("OPS202", "pass", f"{manifest()}---\n{SCALER}"),
        ("OPS203", "not-applicable", manifest()),
        ("OPS203", "fail", manifest("Qwen/Qwen2.5-1.5B-Instruct")),
        ("OPS203", "pass", manifest("Qwen/Qwen2.5-1.5B").replace("gpu: 1", "mig-1g.10gb: 1")),
        ("OPS301", "manual", manifest()),
        ("OPS301", "fail", f"{manifest()}---\n{manifest().replace('name: llm', 'name: llm2')}"),
        ("MON102", "fail", manifest()),
        ("MON102", "pass", f'{manifest()}---\nmetadata: {{a: "prometheus.io/scrape"}}\n'),
    ],
)
def test_a_manifest_is_judged(tmp_path: Path, code: str, expected: str, text: str) -> None:
    assert outcome(tmp_path, code, {"k8s/llm.yaml": text}) == expected


CHART = {
    "chart/Chart.yaml": "name: llm\n",
    "chart/values.yaml": """
        image: vllm/vllm-openai:latest
        model: org/llama-8b-awq
        resources:
          requests: {cpu: 2}
          limits: {memory: 8Gi}
        autoscaling: {enabled: true}
    """,
    "chart/templates/deployment.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{ include "llm.fullname" . }}
        spec:
          {{- if not .Values.autoscaling.enabled }}
          replicas: {{ .Values.replicas }}
          {{- end }}
          template:
            metadata:
              annotations: {prometheus.io/scrape: "true"}
            spec:
              containers:
                - name: {{ .Chart.Name }}
                  image: "{{ .Values.image }}"
                  args: ["--model", "{{ .Values.model }}"]
                  resources:
                    {{- toYaml .Values.resources | nindent 12 }}
    """,
}


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ARC301", "pass"), ("OPS201", "pass"), ("OPS202", "pass"), ("MON102", "pass")],
)
def test_a_chart_is_judged_by_its_values(tmp_path: Path, code: str, expected: str) -> None:
    assert outcome(tmp_path, code, CHART) == expected


def test_values_that_are_not_there_are_no_failure(tmp_path: Path) -> None:
    files = CHART | {"chart/values.yaml": "image: vllm/vllm-openai:latest\n"}
    assert outcome(tmp_path, "OPS201", files) == "manual"
    assert outcome(tmp_path, "ARC301", files) == "manual"


@pytest.mark.parametrize(
    ("expected", "image", "setting"),
    [
        ("pass", "ghcr.io/huggingface/text-generation-inference", "SPECULATE: 2"),
        ("manual", "ghcr.io/huggingface/text-generation-inference", "SPECULATE: 0"),
        ("pass", "ghcr.io/ggml-org/llama.cpp:server", "LLAMA_ARG_MODEL_DRAFT: /m/small.gguf"),
        ("manual", "ghcr.io/ggml-org/llama.cpp:server", "LLAMA_ARG_MODEL: /m/large.gguf"),
        ("pass", "lmsysorg/sglang", "COMMAND: --speculative-algorithm EAGLE3"),
    ],
)
def test_speculation_is_read_from_the_settings_of_a_server(
    tmp_path: Path, expected: str, image: str, setting: str
) -> None:
    text = f"services:\n  model:\n    image: {image}\n    environment:\n      {setting}\n"
    assert outcome(tmp_path, "INF301", {"compose.yaml": text}) == expected


def test_a_compose_file_is_judged(tmp_path: Path) -> None:
    text = """
    services:
      api: {build: ., environment: {OPENAI_BASE_URL: "http://ollama:11434/v1"}}
      worker: {build: ., environment: ["OPENAI_BASE_URL=http://ollama:11434/v1"]}
      ollama: {image: ollama/ollama}
    """
    files = {"docker-compose.yml": text}
    assert outcome(tmp_path, "ARC301", files) == "pass"
    assert outcome(tmp_path, "INF102", files) == "manual"
    assert outcome(tmp_path, "OPS201", files) == "manual"
    assert outcome(tmp_path, "OPS301", files) == "pass"


def test_one_application_at_the_desk_and_in_the_cluster_is_counted_once(tmp_path: Path) -> None:
    client = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-web}
spec: {template: {spec: {containers: [{name: web, image: web, env: [{name: URL, value: "http://llm/v1"}]}]}}}
"""
    desk = """
    services:
      llm: {image: ollama/ollama}
      web: {build: ., environment: {URL: "http://llm/v1"}}
    """
    files = {"k8s/llm.yaml": manifest() + client, "k8s/prod/web.yaml": client, "compose.yaml": desk}
    assert outcome(tmp_path, "OPS301", files) == "manual"
    files["k8s/jobs.yaml"] = client.replace("shop-web", "shop-jobs")
    assert outcome(tmp_path, "OPS301", files) == "pass"


def test_a_platform_that_scales_by_itself_is_seen(tmp_path: Path) -> None:
    call = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    files = {"app.py": call, "vercel.json": "{}", "Dockerfile": "FROM python\n"}
    assert outcome(tmp_path, "OPS202", files) == "pass"


def test_a_budget_in_terraform_is_an_alert(tmp_path: Path) -> None:
    call = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    files = {"app.py": call, "infra/budget.tf": 'resource "aws_budgets_budget" "llm" {}\n'}
    assert outcome(tmp_path, "MON103", files) == "pass"


@pytest.mark.parametrize(("enabled", "expected"), [("true", "pass"), ("false", "fail")])
def test_a_template_counts_where_the_values_ask_for_it(
    tmp_path: Path, enabled: str, expected: str
) -> None:
    files = CHART | {
        "chart/values.yaml": f"image: app\nscaler: {{on: {enabled}}}\nresources: {{}}\n",
        "chart/templates/hpa.yaml": "{{- if .Values.scaler.on }}\n" + SCALER + "{{- end }}\n",
        "app.py": "import litellm\nlitellm.completion(model='gpt-4o', messages=[])\n",
    }
    assert outcome(tmp_path, "OPS202", files) == expected


def test_a_module_is_no_model(tmp_path: Path) -> None:
    text = """
    services:
      llm:
        image: vllm/vllm-openai
        command: python -m vllm.entrypoints --model a/b-8B-AWQ
    """
    assert outcome(tmp_path, "ARC301", {"compose.yaml": text}) == "pass"


def test_what_is_commented_out_is_not_there(tmp_path: Path) -> None:
    text = manifest("Qwen/Qwen2.5-1.5B") + "# nvidia.com/mig-1g.10gb\n"
    assert outcome(tmp_path, "OPS203", {"k8s.yaml": text}) == "fail"


ASKING = "import litellm\nlitellm.completion(model='gpt-4o', messages=m)\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npx promptfoo eval -c a.yaml", "pass"),
        ("npx promptfoo@0.118 eval", "pass"),
        ("npx promptfoo@latest eval", "pass"),
        ("npx promptfoo view", "manual"),
    ],
)
def test_an_evaluation_in_ci_is_seen_whatever_its_version(
    tmp_path: Path, command: str, expected: str
) -> None:
    workflow = f"on: push\njobs: {{a: {{steps: [{{run: {command}}}]}}}}\n"
    files = {".github/workflows/a.yml": workflow, "app.py": ASKING}
    assert outcome(tmp_path, "MON302", files) == expected

"""The deployment probe: images, compose files, clusters, charts, rules, continuous integration."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from llmopt.audit.probes.code.reading import for_tests
from llmopt.audit.probes.deploy import compose, kubernetes
from llmopt.audit.probes.deploy.documents import Mapped, documents, filled, is_left_out
from llmopt.audit.probes.deploy.facts import Deployment, Server, Workload
from llmopt.audit.probes.deploy.servers import server
from llmopt.audit.probes.tree import Tree
from llmopt.domain import Evidence, Place

YAML = (".yaml", ".yml")
_DOCKERFILE = re.compile(r"(?:.*/)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|.*\.[Dd]ockerfile")
_COMPOSE = re.compile(r"(?:.*/)?(?:docker-)?compose[\w.-]*\.ya?ml")
_CI = re.compile(
    r"(?:\.github/workflows/.*|\.gitlab-ci|\.circleci/config|azure-pipelines|"
    r"bitbucket-pipelines)[\w.-]*\.ya?ml|\.gitlab-ci\.yml|Jenkinsfile|\.ci/\w+"
)
_SCRIPT = re.compile(r".*\.sh|(?:.*/)?(?:Procfile|Makefile|justfile)")
_PLATFORM = re.compile(
    r"(?:.*/)?(?:serverless\.ya?ml|vercel\.json|netlify\.toml|wrangler\.(?:toml|jsonc?)|"
    r"app\.ya?ml|template\.ya?ml|service\.ya?ml|cloudrun\.ya?ml|render\.ya?ml|fly\.toml)"
)
_SCALES = {
    "serverless": re.compile(r"(?s).*"),
    "vercel": re.compile(r"(?s).*"),
    "netlify": re.compile(r"(?s).*"),
    "wrangler": re.compile(r"(?s).*"),
    "app": re.compile(r"automatic_scaling|runtime:\s*(?:python|nodejs)"),
    "template": re.compile(r"AWS::Serverless"),
    "service": re.compile(r"serving\.knative\.dev"),
    "cloudrun": re.compile(r"(?s).*"),
    "render": re.compile(r"scaling:"),
    "fly": re.compile(
        r"auto_stop_machines\s*=\s*(?:true|\"(?:stop|suspend)\")|min_machines_running\s*=\s*0"
    ),
}
SIGNALS = {
    "scrape": re.compile(r"prometheus\.io/scrape|kind:\s*(?:Service|Pod)Monitor"),
    "alert": re.compile(
        r"(?i)alert(?:name)?:\s[^\n]*(?:\n(?!\s*-\s*alert)[^\n]*){0,12}?"
        r"(?:(?<!first_)(?<!output_)token|cost|spend|usd\b|dollar)"
    ),
    "budget": re.compile(
        r"max_budget|budget_duration|soft_budget|aws_budgets_budget|aws_ce_anomaly_monitor|"
        r"google_billing_budget|azurerm_consumption_budget"
    ),
    "gateway": re.compile(
        r"berriai/litellm|litellm[-_]proxy|litellm --config|portkeyai/gateway|kong/.*ai|"
        r"envoyproxy/ai-gateway|helicone/"
    ),
    "reply-cache": re.compile(r"(?m)^\s*cache:\s*(?:true|True)\s*$"),
    "limits": re.compile(r"\b(?:rpm_limit|tpm_limit|max_budget|max_parallel_requests)\b"),
    "tracing": re.compile(
        r"LANG(?:CHAIN|SMITH)_TRACING|LANGFUSE_(?:PUBLIC_KEY|HOST)|HELICONE_API_KEY|TRACELOOP_|"
        r"PHOENIX_COLLECTOR|success_callback:"
    ),
    "sharing": re.compile(
        r"nvidia\.com/mig-|time-?slicing|nvidia\.com/gpu\.shared|mps\b.*replicas|run\.ai/|"
        r"--enable-lora|--lora-modules"
    ),
    "lora": re.compile(r"--enable-lora|--lora-modules"),
    "accelerator": re.compile(
        r"(?i)aws\.amazon\.com/neuron|\binf[12]\.|\btrn[12]\.|google\.com/tpu|habana\.ai/gaudi|"
        r"neuronx?-?(?:sdk|inference)|pytorch-inference-neuron"
    ),
}
_EVALUATES = re.compile(
    r"\bllmopt\s+(?:eval|gate|lint|checklist|tokens)|promptfoo(?:@[\w.-]+)?\s+eval|deepeval\s+test|"
    r"braintrust\s+eval|langsmith"
)


class _Reader:
    def __init__(self, tree: Tree, notes: list[str]) -> None:
        self._tree, self._notes = tree, notes
        self.workloads: list[Workload] = []
        self.servers: list[Server] = []
        self.dockerfiles: list[Evidence] = []
        self.hidden: list[Evidence] = []
        self.seen: defaultdict[str, list[Evidence]] = defaultdict(list)

    def read(self) -> None:
        charts = {file.rpartition("/")[0] for file in self._tree.named("Chart.yaml")}
        values = {chart: self._values(chart) for chart in charts}
        self._charts(values)
        for file in self._tree.files:
            if for_tests(file):
                continue
            if _DOCKERFILE.fullmatch(file):
                self._dockerfile(file)
            elif _PLATFORM.fullmatch(file):
                self._platform(file)
            if _CI.fullmatch(file):
                self._integration(file)
            elif file.endswith((*YAML, ".tf")):
                self._described(file, charts, values)
            elif _SCRIPT.fullmatch(file):
                self._script(file)
            elif file.endswith("config.pbtxt"):
                self._triton(file)

    def _charts(self, values: dict[str, Any]) -> None:
        for chart, given in values.items():
            scaling = given.get("autoscaling") if isinstance(given, dict) else None
            if isinstance(scaling, dict) and str(scaling.get("enabled")).lower() == "true":
                file = f"{chart}/values.yaml".lstrip("/")
                self._note("autoscaler", "autoscaling is enabled in the chart", file)

    def _text(self, file: str) -> str:
        return self._tree.text(file) or ""

    def _note(self, signal: str, fact: str, file: str, line: int = 1) -> None:
        self.seen[signal].append(Evidence(fact, Place(file, line, 1)))

    def _dockerfile(self, file: str) -> None:
        text = re.sub(r"\\\s*\n", " ", self._text(file))
        self.dockerfiles.append(Evidence("an image is built", Place(file, 1, 1)))
        telling = [
            re.sub(r"[\[\]\",]+", " ", line)
            for line in text.splitlines()
            if re.match(r"\s*(?:FROM|CMD|ENTRYPOINT|ENV)\b", line, re.IGNORECASE)
        ]
        self._signals(file, text)
        found = server(" ".join(telling), Place(file, 1, 1), file)
        if found:
            self.servers.append(found)

    def _platform(self, file: str) -> None:
        pattern = _SCALES[file.rpartition("/")[2].partition(".")[0]]
        if pattern.search(self._text(file)):
            self._note("autoscaler", "the platform scales by itself", file)

    def _integration(self, file: str) -> None:
        for number, line in enumerate(self._text(file).splitlines(), start=1):
            if _EVALUATES.search(line):
                self._note("evaluated-in-ci", line.strip()[:80], file, number)

    def _script(self, file: str) -> None:
        text = re.sub(r"\\\s*\n", " ", self._text(file))
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.lstrip().startswith("#") and not re.search(
                r"\b(?:pip|uv|apt|docker pull)\b", line
            ):
                found = server(line, Place(file, number, 1), file)
                if found:
                    self.servers.append(found)

    def _triton(self, file: str) -> None:
        text = self._text(file)
        one = re.search(r"max_batch_size:\s*[01]\b", text)
        dynamic = "dynamic_batching" in text
        self._note(
            "triton-batched" if dynamic and not one else "triton-unbatched", "Triton model", file
        )

    def _signals(self, file: str, text: str) -> None:
        told = re.sub(r"(?m)^[ \t]*#.*$", "", text)
        for signal, pattern in SIGNALS.items():
            match = pattern.search(told)
            if match:
                line = told.count("\n", 0, match.start()) + 1
                self._note(signal, match[0].strip().splitlines()[0][:80], file, line)

    def _values(self, chart: str) -> Any:  # noqa: ANN401
        try:
            return next(
                documents(self._text(f"{chart}/values.yaml" if chart else "values.yaml")), {}
            )
        except ValueError:
            return {}

    def _described(self, file: str, charts: set[str], values: dict[str, Any]) -> None:
        text = self._text(file)
        if not text:
            return
        chart = next(
            (c for c in charts if file.startswith(f"{c}/templates/" if c else "templates/")), None
        )
        if chart is None:
            self._signals(file, text)
            if file.endswith(".tf") or not ("apiVersion:" in text or _COMPOSE.fullmatch(file)):
                return
        elif is_left_out(text, values[chart]):
            return
        else:
            text = filled(text, values[chart])
            self._signals(file, text)
        try:
            for document in documents(text):
                self._document(document, file)
        except ValueError:
            self._notes.append(f"{file}: is no YAML that can be read")
            self.hidden.append(Evidence("a manifest that cannot be read", Place(file, 1, 1)))

    def _document(self, document: Any, file: str) -> None:  # noqa: ANN401
        if _COMPOSE.fullmatch(file):
            for service, found in compose.services(document, file):
                self.workloads.append(service)
                self.servers += [found] if found else []
            return
        items = (
            document.get("items")
            if isinstance(document, dict) and document.get("kind") == "List"
            else None
        )
        for item in items if isinstance(items, list) else [document]:
            if kubernetes.is_manifest(item) and isinstance(item, Mapped):
                self._manifest(item, file)

    def _manifest(self, item: Mapped, file: str) -> None:
        kind = str(item.get("kind"))
        scales = kind in kubernetes.AUTOSCALERS or (
            kind == "Service" and "knative" in str(item.get("apiVersion"))
        )
        if scales:
            self._note("autoscaler", kind, file, item.line)
        found = kubernetes.workload(item, file)
        if found:
            self.workloads.append(found)
            self.servers += kubernetes.servers(item, file)


def read_deployment(tree: Tree, notes: list[str]) -> Deployment:
    """Read what the project says of its deployment."""
    reader = _Reader(tree, notes)
    reader.read()
    return Deployment(
        workloads=tuple(reader.workloads),
        servers=tuple(_without_doubles(reader.servers)),
        dockerfiles=tuple(reader.dockerfiles),
        seen={name: tuple(found) for name, found in reader.seen.items()},
        hidden=tuple(reader.hidden),
    )


def _without_doubles(servers: list[Server]) -> Iterator[Server]:
    """Leave out images and scripts that name no model where a workload of the engine does."""
    named = {found.engine for found in servers if found.model}
    return (found for found in servers if found.model or found.engine not in named)

"""Recordings are judged where the GPU is."""

import onnxruntime
from celery import Celery
from prometheus_client import Histogram

from birds import alerts

app = Celery("birds", broker="redis://redis:6379/0")
session = onnxruntime.InferenceSession("encoder.onnx", providers=["CUDAExecutionProvider"])
seconds = Histogram("inference_seconds", "How long a recording takes")


@app.task
def judge(station: str, embedding: list) -> None:
    with seconds.time():
        scores = session.run(None, {"embedding": embedding})[0]
    found = [
        {"station": station, "species": str(at), "confidence": float(score)}
        for at, score in enumerate(scores[0])
        if score > 0.9
    ]
    alerts.send(found)

from fastapi import FastAPI, WebSocket
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

from handbook.answers import answer, conversation
from handbook.models import configure

LlamaIndexInstrumentor().instrument()
configure()
app = FastAPI()


@app.get("/ask")
def ask(question: str) -> dict[str, str]:
    return {"answer": answer(question)}


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    engine = conversation()
    async for text in socket.iter_text():
        await socket.send_text(str(await engine.achat(text)))


@app.get("/healthz")
def healthz() -> str:
    return "ok"

"""Replies that arrive piece by piece: server-sent events, put together again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

DONE = b"[DONE]"


class Assembly(Protocol):
    """Puts the events of one reply together to the answer that would have come at once."""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take in the next event; say whether it brings a piece of the reply."""
        ...

    def whole(self) -> Mapping[str, Any] | None:
        """Return the answer; None where the stream ended before the reply did."""
        ...


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the JSON objects of a stream's `data` lines, up to its end or its end mark.

    Follows html.spec.whatwg.org/multipage/server-sent-events.html as far as the APIs
    use it: one line of data an event. Lines are split as bytes: a reply may hold
    characters that Python's text methods take for line ends. A last line without an end
    counts: what it holds is whole, or no JSON.

    Raises:
        ValueError: a line of data is no JSON.
    """
    async for line in _lines(chunks):
        if not line.startswith(b"data:"):
            continue
        data = line.removeprefix(b"data:").strip()
        if data == DONE:
            return
        if isinstance(event := json.loads(data), dict):
            yield event


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    yield rest


class ChatAssembly:
    """The chunks of OpenAI's chat completions."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {"content": [], "refusal": []}
        self._tools: list[dict[str, str]] = []
        self._under_way: dict[int, dict[str, str]] = {}
        self._finish: str | None = None

    def take(self, event: Mapping[str, Any]) -> bool:
        for name in ("id", "usage", "service_tier"):
            if event.get(name) is not None:
                self._head[name] = event[name]
        choices = event.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            return False
        self._finish = first.get("finish_reason") or self._finish
        if isinstance(first.get("usage"), dict):  # Moonshot
            self._head.setdefault("usage", first["usage"])
        delta = first.get("delta")
        return self._take(delta) if isinstance(delta, dict) else False

    def _take(self, delta: Mapping[str, Any]) -> bool:
        came = False
        for name, texts in self._texts.items():
            if isinstance(piece := delta.get(name), str) and piece:
                texts.append(piece)
                came = True
        for call in delta.get("tool_calls") or ():
            function = call.get("function") or {}
            tool = self._tool(call.get("index") or 0, call.get("id"), function.get("name"))
            for name in ("name", "arguments"):
                tool[name] += function.get(name) or ""
            came = True
        # Servers that show their reasoning send it first, under names of their own.
        return came or any(delta.get(name) for name in ("reasoning_content", "reasoning"))

    def _tool(self, index: int, told_id: str | None, name: str | None) -> dict[str, str]:
        """Return the call that a piece belongs to.

        Gemini and Ollama number all calls of a reply 0: another id with a name is another call.
        """
        known = self._under_way.get(index)
        if known is None or (name and told_id and told_id != known["id"]):
            known = {"id": told_id or "", "name": "", "arguments": ""}
            self._under_way[index] = known
            self._tools.append(known)
        return known

    def whole(self) -> Mapping[str, Any] | None:
        if self._finish is None:
            return None
        message: dict[str, Any] = {name: "".join(texts) for name, texts in self._texts.items()}
        message["tool_calls"] = [{"function": tool} for tool in self._tools]
        return {**self._head, "choices": [{"message": message, "finish_reason": self._finish}]}


class MessageAssembly:
    """The events of Anthropic's Messages API."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._ended = False

    def take(self, event: Mapping[str, Any]) -> bool:
        kind, index = event.get("type"), event.get("index", 0)
        if kind == "message_start":
            self._head = dict(event.get("message") or {})
            self._usage = dict(self._head.get("usage") or {})
        elif kind == "content_block_start":
            self._blocks[index] = {**(event.get("content_block") or {}), "json": ""}
        elif kind == "content_block_delta":
            return self._take(self._blocks.setdefault(index, {"json": ""}), event.get("delta"))
        elif kind == "message_delta":
            self._head.update(event.get("delta") or {})
            told = event.get("usage") or {}
            self._usage.update({name: part for name, part in told.items() if part is not None})
        elif kind == "message_stop":
            self._ended = True
        return False

    @staticmethod
    def _take(block: dict[str, Any], delta: object) -> bool:
        if not isinstance(delta, dict):
            return False
        block["json"] += delta.get("partial_json") or ""
        for name in ("text", "thinking"):
            if isinstance(piece := delta.get(name), str):
                block[name] = block.get(name, "") + piece
        return delta.get("type") in ("text_delta", "input_json_delta", "thinking_delta")

    def whole(self) -> Mapping[str, Any] | None:
        if not self._ended:
            return None
        blocks = [block for _, block in sorted(self._blocks.items())]
        for block in blocks:
            if written := block.pop("json"):
                block["input"] = json.loads(written)
        return {**self._head, "content": blocks, "usage": self._usage}


class ResponseAssembly:
    """The events of OpenAI's Responses API, the last of which holds the whole response."""

    def __init__(self) -> None:
        self._whole: Mapping[str, Any] | None = None

    def take(self, event: Mapping[str, Any]) -> bool:
        kind = str(event.get("type"))
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            whole = event.get("response")
            self._whole = whole if isinstance(whole, dict) else None
        return kind.endswith(".delta")

    def whole(self) -> Mapping[str, Any] | None:
        return self._whole

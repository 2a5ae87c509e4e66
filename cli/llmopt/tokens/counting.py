from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock

from llmopt.domain import Message, Role, TokenCount
from llmopt.tokens.content import content_class
from llmopt.tokens.encodings import EncodingName, encode, encoding
from llmopt.tokens.families import Factor, Tokenizer, tokenizer_of

# Characters of remembered texts, for each encoding: 1 to 4 MB, by Python's width of characters.
_REMEMBERED = 1_000_000


@cache
def counter_for(model_id: str) -> Counter:
    """Return the counter of a model (`provider/name`); its vocabulary loads at the first count."""
    return Counter(tokenizer_of(model_id))


class Counter:
    """Counts what a model's provider would bill, without asking it.

    Special tokens in a text are read as the plain text they are. Counts of texts
    are remembered, within bounds: cases repeat across variants and models. Safe to
    share between threads.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._memory = _memory(tokenizer.encoding)
        self._frame = tokenizer.frame._asdict()

    @property
    def label(self) -> str:
        """The tokenizer in a few words: "o200k_base", "o200k_base (assumed)", "~ o200k × ..."."""
        return self._tokenizer.label

    @property
    def exact(self) -> bool:
        """Whether counts of texts are the model's own."""
        return self._tokenizer.basis == "exact"

    def text(self, text: str) -> TokenCount:
        """Count a text that stands in no message."""
        return TokenCount(self._tokens(text), self.exact)

    def messages(self, messages: Sequence[Message]) -> TokenCount:
        """Count a chat as sent: its contents and the tokens that frame messages and reply.

        Exact only if both the encoding and the frame are known for the model. Tools
        and images are not counted.
        """
        frame = self._frame
        total: int = frame["reply"]
        for message in messages:
            total += frame[message.role] + self._tokens(message.content)
        return TokenCount(total, self.exact and self._tokenizer.frame.known)

    @property
    def encoding(self) -> EncodingName:
        """What `encode` encodes with: models that share it share the work."""
        return self._tokenizer.encoding

    def framed(self, messages: Sequence[Message]) -> int:
        """Count messages with what frames each of them, and nothing for the reply."""
        return sum(self._frame[m.role] + self._tokens(m.content) for m in messages)

    def opening(self, role: Role) -> int:
        """Count what frames a message of a role, whatever its content."""
        frame: int = self._frame[role]
        return frame

    def scaled(self, tokens: int, text: str) -> int:
        """Turn tokens of the encoding at hand, those of `encode`, into the model's own."""
        factors = self._tokenizer.factors
        if factors is None:
            return tokens
        factor: Factor = getattr(factors, content_class(text))
        return round(tokens * factor.value)

    def same_as(self, other: Counter) -> bool:
        """Whether two models' inputs count the same."""
        return self._tokenizer == other._tokenizer

    def reply(self, text: str) -> TokenCount:
        """Count a reply's text; nothing is added, as in the usage that providers report."""
        return self.text(text)

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text` in the encoding at hand (o200k's, for an estimated model)."""
        return encode(self._tokenizer.encoding, text)

    def truncate(self, text: str, limit: int) -> tuple[str, bool]:
        """Return the beginning of `text` that counts at most `limit` tokens.

        It ends after whole tokens and whole characters; the flag says whether anything
        was cut.
        """
        total = self._tokens(text)
        if total <= limit:
            return text, False
        ids = self.encode(text)
        keep = limit if self._tokenizer.factors is None else limit * len(ids) // total
        whole = encoding(self._tokenizer.encoding)
        while keep > 0:
            # Only the end can hold a broken character: it is dropped with its bytes.
            head = whole.decode_bytes(ids[:keep]).decode(errors="ignore")
            # Cut texts may split anew at their end, into more tokens than they had.
            excess = self._tokens(head) - limit
            if excess <= 0:
                return head, True
            keep -= excess
        return "", True

    def _tokens(self, text: str) -> int:
        return self.scaled(self._memory.count(text), text)


class _Memory:
    """Token counts of the texts asked for lately, at most `budget` characters of them."""

    def __init__(self, name: EncodingName, budget: int) -> None:
        self._name = name
        self._left = budget
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def count(self, text: str) -> int:
        with self._lock:
            known = self._counts.get(text)
            if known is not None:
                self._counts.move_to_end(text)
                return known
        tokens = len(encode(self._name, text))
        with self._lock:
            self._keep(text, tokens)
        return tokens

    def _keep(self, text: str, tokens: int) -> None:
        if text in self._counts:
            return
        self._counts[text] = tokens
        self._left -= len(text)
        while self._left < 0:
            oldest, _ = self._counts.popitem(last=False)
            self._left += len(oldest)


@cache
def _memory(name: EncodingName) -> _Memory:
    return _Memory(name, _REMEMBERED)

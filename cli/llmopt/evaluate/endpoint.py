from __future__ import annotations

from dataclasses import dataclass, replace

from llmopt.domain import Call, CallRole, Completion, Request
from llmopt.errors import ProviderError
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.tokens.counting import Counter


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model ready to be asked: its provider, its tokenizer, its prices.

    `counts_ahead` says whether tokens are counted before calls are sent. Otherwise they are
    counted only where the model does not report them, and its tokenizer's vocabulary, which
    takes a fifth of a second to load, may never be needed.
    """

    provider: Provider
    counter: Counter
    pricer: Pricer
    counts_ahead: bool = True


async def completed(provider: Provider, request: Request) -> Completion:
    """Return the completion as files can hold it.

    Raises:
        ProviderError: the call failed.
    """
    try:
        return _written(await provider.complete(request))
    except ProviderError:
        raise
    except Exception as error:
        # A provider may be anybody's code: what it raises is this trial's failure, no more.
        raise ProviderError("invalid_response", f"{type(error).__name__}: {error}") from error


def priced(
    endpoint: Endpoint, role: CallRole, model: str, request: Request, completion: Completion
) -> Call:
    """Make the call of a completion: its price, and the tokens that the model did not report."""
    usage, counter = completion.usage, endpoint.counter
    return Call(
        role=role,
        model=model,
        completion=completion,
        cost=endpoint.pricer.charge(request, completion),
        counted_input=counter.messages(request.messages) if usage.input_tokens is None else None,
        # Nobody publishes how tool calls are put into tokens.
        counted_output=counter.reply(completion.text)
        if usage.output_tokens is None and completion.text is not None and not completion.tool_calls
        else None,
    )


def _written(completion: Completion) -> Completion:
    """Replace what no file can hold: a reply cut in the middle of an emoji leaves half of it."""
    text = completion.text
    if text is None or text.isascii():
        return completion
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return completion if clean == text else replace(completion, text=clean)

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from llmopt.domain import Model, Request

KEY_VERSION = 1
"""Counts the ways in which keys were ever made: another way finds nothing kept before it."""


def cache_key(model: Model, base_url: str | None, request: Request) -> bytes | None:
    """Return the 32 bytes under which the response cache keeps the answer to a request.

    The SHA-256 of canonical JSON of all that a model answers by: its provider, its
    name there, the address asked (`base_url`, wherever it was configured), its API and
    whether it streams (a reply that comes at once has no time to first token), every
    parameter, the rendered messages, and the repeat, so that repeats stay samples of
    their own. Variants and cases that ask the same share an answer, whatever they are
    called. None where a parameter is nothing that JSON can hold.
    """
    content = (
        KEY_VERSION,
        model.provider,
        model.wire_name,
        base_url,
        model.api,
        model.stream,
        request.params,
        request.messages,
        request.trial.repeat,
    )
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_as_dict)
    except (TypeError, ValueError):  # no JSON value, keys of several types, a cycle
        return None
    return hashlib.sha256(text.encode("ascii")).digest()


def _as_dict(value: object) -> dict[object, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError

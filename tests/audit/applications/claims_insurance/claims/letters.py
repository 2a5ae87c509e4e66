"""Drafts letters on Bedrock. The settings of every request stand together."""

import logging
from functools import lru_cache
from time import perf_counter

import boto3

log = logging.getLogger(__name__)
bedrock = boto3.client("bedrock-runtime", region_name="eu-central-1")

INFERENCE = {"maxTokens": 500, "temperature": 0, "stopSequences": ["Yours sincerely"]}
SYSTEM = "Draft letters of an insurer. Formal, short, no promises. End before the closing."


@lru_cache(maxsize=2000)
def draft(claim: str, decision: str) -> str:
    """Return a draft; the same claim and decision give the same letter."""
    started = perf_counter()
    reply = bedrock.converse(
        modelId="amazon.nova-lite-v1:0",
        system=[{"text": SYSTEM}],
        messages=[{"role": "user", "content": [{"text": f"Claim: {claim}\nDecision: {decision}"}]}],
        inferenceConfig=INFERENCE,
    )
    log.info("letter: %s tokens, %.1f s", reply["usage"]["totalTokens"], perf_counter() - started)
    return reply["output"]["message"]["content"][0]["text"]

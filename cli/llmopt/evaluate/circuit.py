"""Giving a model up: what answers nobody is not asked a thousand times more."""

from __future__ import annotations

from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.clock import Clock

HOPELESS: frozenset[ProviderErrorKind] = frozenset(
    {"authentication", "permission", "not_found", "certificate"}
)
"""Failures of the model as a whole: no other request would fare better."""

UNREACHED: frozenset[ProviderErrorKind] = frozenset({"connection"})
"""Failures that pass if the server comes back."""

HOPELESS_IN_A_ROW = 3
"""So many are believed; one may be a gateway's slip."""

SILENT_IN_A_ROW = 6
"""So many failed attempts may be chance, a long pause, or one call's bad luck."""

SILENT_SECONDS = 90.0
"""How long a model may answer nobody; a rate limit is whole again within a minute."""

SILENT_PAUSES = 3.0
"""It also has so many times the pause that it asked for last."""

PROBE_SECONDS = 30.0
"""How long a model that may come back is left alone before one call tries again."""


class Circuit:
    """Says whether a model may be asked (the circuit breaker of Nygard, Release It!, 2007).

    It opens when a call gave up on a server that cannot be reached and nobody else got
    an answer while it tried, and when several calls in a row were refused for a reason
    that all share: a wrong key, no credit, no such model, an untrusted certificate. Calls
    then fail at once, for the reason seen last. A server that was unreachable is tried
    again by one call every `PROBE_SECONDS`; any answer closes the circuit.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered_at = float("-inf")
        self._refusals = 0
        self._missed = 0
        self._silent_since = 0.0
        self._reason: ProviderError | None = None
        self._probe_at = 0.0

    def check(self) -> None:
        """Let a call pass, or fail it at once.

        Raises:
            ProviderError: the model has been given up; of the kind of what was seen last.
        """
        if self._reason is None:
            return
        now = self._clock.seconds()
        if self._reason.kind not in HOPELESS and now >= self._probe_at:
            self._probe_at = now + PROBE_SECONDS
            return
        raise _not_asked(self._reason)

    def check_again(self) -> None:
        """Let a call that has failed be tried again, unless the model has been silent too long.

        Raises:
            ProviderError: see `check`.
        """
        if self._reason and self._reason.kind not in UNREACHED:
            raise _not_asked(self._reason)

    def answered(self) -> None:
        """Take note of an answer."""
        self._answered_at = self._clock.seconds()
        self._refusals, self._missed, self._reason = 0, 0, None

    def missed(self, error: ProviderError, *, sent_at: float) -> None:
        """Take note of an attempt without an answer, which was sent at these seconds."""
        if not error.retryable:
            self._missed = 0  # somebody is there and has read it
        if not error.retryable or error.kind in UNREACHED or self._answered_at >= sent_at:
            return
        if not self._missed:
            self._silent_since = sent_at
        self._missed += 1
        pause = (error.retry_after_ms or 0) / 1000
        silent = self._clock.seconds() - self._silent_since
        if self._missed >= SILENT_IN_A_ROW and silent >= max(SILENT_SECONDS, SILENT_PAUSES * pause):
            self._open(error)

    def failed(self, error: ProviderError, *, began_at: float) -> None:
        """Take note of a call that failed for good, which `began_at` these seconds."""
        if error.kind in HOPELESS:
            self._refusals += 1
            if self._refusals >= HOPELESS_IN_A_ROW:
                self._open(error)
        elif error.kind in UNREACHED and self._answered_at < began_at:
            self._open(error)
        else:
            self._refusals = 0

    def _open(self, error: ProviderError) -> None:
        self._reason = error
        self._probe_at = self._clock.seconds() + PROBE_SECONDS


def _not_asked(reason: ProviderError) -> ProviderError:
    return ProviderError(reason.kind, f"not asked any more: {reason.message}", hint=reason.hint)

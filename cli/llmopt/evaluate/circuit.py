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

PROBE_SECONDS = 30.0
"""How long a server that cannot be reached is left alone before one call tries again."""


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
        if self._reason.kind in UNREACHED and now >= self._probe_at:
            self._probe_at = now + PROBE_SECONDS
            return
        raise ProviderError(
            self._reason.kind, f"not asked any more: {self._reason.message}", hint=self._reason.hint
        )

    def answered(self) -> None:
        """Take note of an answer."""
        self._answered_at = self._clock.seconds()
        self._refusals, self._reason = 0, None

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

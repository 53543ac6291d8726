"""Which kind of architecture gets the next trial: time is what is shared out, since trials of kinds differ in cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

LEAST_SHARE = 0.1
"""Share of all time that each open kind keeps."""

SHORTEST_S = 0.1
"""A trial counts as no shorter than this, so that no kind gains infinitely much per second."""


@dataclass(frozen=True)
class KindTime:
    """What a kind of architecture has cost, and what its next trial promises.

    Parameters
    ----------
    kind : str
        Name of the architecture.
    seconds_spent : float
        Time that its trials have taken, plus what those that are running are expected to take: workers that ask at the
        same moment then do not all get the same kind.
    seconds_per_trial : float
        Time that its next trial is expected to take; before the first one, a guess, by which the kinds are ordered.
    expected_gain : float
        By how much its next trial is expected to improve what is handed over, alone or in a blend; infinite where
        nothing is known. All kinds in the same unit.
    is_open : bool
        Whether trials of it may still pay: it is neither flat nor beaten beyond noise.
    n_trials : int
        Number of its trials, running ones included.
    """

    kind: str
    seconds_spent: float
    seconds_per_trial: float
    expected_gain: float
    is_open: bool
    n_trials: int

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be ordered."""
        if not (0 <= self.seconds_spent < inf and 0 <= self.seconds_per_trial < inf and self.expected_gain >= 0):
            raise ValueError(f"{self!r}: times must be finite and 0 or more, and the gain 0 or more")

    @property
    def gain_per_second(self) -> float:
        """Expected gain of the next trial by the time that it takes."""
        return self.expected_gain / max(self.seconds_per_trial, SHORTEST_S)


def next_kind(kinds: Sequence[KindTime]) -> str | None:
    """Return the kind that gets the next trial, or None where no more searching will pay.

    Kinds without a trial come first, the cheapest before the others: their defaults are the best members of a blend.
    Then come kinds with less than a tenth of the time of all kinds, closed ones included, the least served first, since
    an expected gain may be wrong; then the kind of most expected gain per second. A closed kind gets nothing. The
    answer depends on nothing but the numbers; among equals the least served is taken, then the first by name.

    References
    ----------
    Wang, Wu, Weimer and Zhu (2021), "FLAML: a fast and lightweight AutoML library", for gains by cost. What is compared
    here are expected gains of settings, not best scores, which noise raises.
    """
    still_open = sorted((kind for kind in kinds if kind.is_open), key=lambda kind: (kind.seconds_spent, kind.kind))
    untried = [kind for kind in still_open if kind.n_trials == 0]
    if untried:
        return min(untried, key=lambda kind: kind.seconds_per_trial).kind
    if not still_open:
        return None
    if still_open[0].seconds_spent < LEAST_SHARE * sum(kind.seconds_spent for kind in kinds):
        return still_open[0].kind
    return max(still_open, key=lambda kind: kind.gain_per_second).kind

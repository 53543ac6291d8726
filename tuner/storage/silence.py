"""Whose beat has stopped, by two clocks, since either may jump."""

import time
from collections.abc import Callable, Mapping

SILENT_S = 60.0
"""Without a beat for so long, a worker is taken for dead."""

CONFIRM_S = 15.0
"""How long a beat that looks old must stand still before one's eyes: longer than from one beat to the next."""


class BeatWatch:
    """What this process has seen of the beats of others.

    The database's clock tells a newcomer how old a beat is, but may be set forward, and everybody looks dead, or
    back, and nobody ever does. The steady clock of this process does not jump, but only knows what it has seen.

    Parameters
    ----------
    clock : callable
        Seconds by a clock that is never set.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[float, float]] = {}  # by trial: its beat, and since when it has been this one

    def silent(self, beats: Mapping[int, tuple[float, float]], silent_s: float) -> list[int]:
        """Look at all beats, and tell which have stopped.

        Parameters
        ----------
        beats : mapping of int to (float, float)
            The last beat and its age, both by the database's clock, of every running trial.
        silent_s : float
            Seconds without a beat that mean silence.

        Returns
        -------
        list of int
            Trials whose beat stood still for `silent_s` before our eyes, or is as old as that by the database's clock
            and stood still for `CONFIRM_S`.
        """
        now = self._clock()
        since = {
            trial: self._seen[trial][1] if self._seen.get(trial, (None,))[0] == beat else now
            for trial, (beat, _) in beats.items()
        }
        self._seen = {trial: (beats[trial][0], since[trial]) for trial in beats}
        old = {trial for trial, (_, age) in beats.items() if age > silent_s}
        confirm_s = min(CONFIRM_S, silent_s)
        return [trial for trial in beats if now - since[trial] >= (confirm_s if trial in old else silent_s)]

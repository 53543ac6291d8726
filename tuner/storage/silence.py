"""Whose beat has stopped, by two clocks, since either may jump."""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar

from data_pipeline.running_time import running_s

K = TypeVar("K", bound=Hashable)

SILENT_S = 60.0
"""Without a beat for so long, a worker is taken for dead."""

CONFIRM_S = 15.0
"""How long a beat that looks old must stand still before one's eyes: longer than from one beat to the next."""


class BeatWatch(Generic[K]):
    """What this process has seen of the beats of others.

    The database's clock tells a newcomer how old a beat is, but may be set forward, and everybody looks dead, or
    back, and nobody ever does. The steady clock of this process does not jump, but only knows what it has seen.

    Parameters
    ----------
    clock : callable
        Seconds by a clock that is never set, and stands still while this process does.
    """

    def __init__(self, clock: Callable[[], float] = running_s) -> None:
        self._clock = clock
        self._lock = Lock()  # a worker looks as it beats, too, from a thread of its own
        self._seen: dict[K, tuple[float, float]] = {}  # the beat of each, and since when it has been this one

    def silent(self, beats: Mapping[K, tuple[float, float]], silent_s: float) -> list[K]:
        """Look at all beats, and tell which have stopped.

        Parameters
        ----------
        beats : mapping to (float, float)
            The last beat and its age, both by the database's clock, of everything that is trained, by its key.
        silent_s : float
            Seconds without a beat that mean silence.

        Returns
        -------
        list
            Keys of those whose beat stood still for `silent_s` before our eyes, or is as old as that by the database's
            clock and stood still for `CONFIRM_S`.
        """
        with self._lock:
            now = self._clock()
            since = {
                key: self._seen[key][1] if key in self._seen and self._seen[key][0] == beat else now
                for key, (beat, _) in beats.items()
            }
            self._seen = {key: (beats[key][0], since[key]) for key in beats}
        old = {key for key, (_, age) in beats.items() if age > silent_s}
        confirm_s = min(CONFIRM_S, silent_s)
        return [key for key in beats if now - since[key] >= (confirm_s if key in old else silent_s)]

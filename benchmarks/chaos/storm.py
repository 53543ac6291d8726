"""A study under faults: its search, and then its final step."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.chaos.faults import Fault
from benchmarks.chaos.scene import Dealt, Scene
from benchmarks.chaos.sites import Site
from tuner.errors import StorageAway

POLL_S = 0.2
MISSING_S = 2.0
"""Seconds after which another parent is started where most workers are missing, and the old one replaced none."""

START_S = 60.0
"""Seconds that a parent may take to start its workers, on a busy machine."""

STALL_S = 300.0
"""Seconds without a new epoch after which the study is given up: more than the longest fault and its takeover."""

RETRY_S = 15.0
"""How long a fault is tried that finds nobody to happen to."""

FINAL_SHARE = 1 / 3
"""Share of the faults that happen in the final step."""


@dataclass(frozen=True)
class Strike:
    """A fault that happens when this part of the epochs of the search, or of the final step, is trained."""

    at: float
    fault: Fault
    is_final: bool


def plan(faults: Sequence[Fault], count: int, drawn_until: float, rng: random.Random) -> list[Strike]:
    """Draw the moments of so many faults; the last trial is drawn when that part of the search is done."""
    strikes = []
    for number in range(count):
        fault = faults[number % len(faults)]
        is_final = not fault.only_drawing and rng.random() < FINAL_SHARE
        until = drawn_until if fault.only_drawing else min(fault.until, 0.97)
        strikes.append(Strike(rng.uniform(0.0, until), fault, is_final))
    return sorted(strikes, key=lambda strike: (strike.is_final, strike.at))


@dataclass
class Storm:
    """Lets faults happen to a study, and keeps somebody at work on it.

    Attributes
    ----------
    scene : Scene
        The study.
    site : Site
        Its database.
    n_workers : int
        How many there are to be.
    n_epochs, n_final_epochs : int
        How many epochs the search and the final step have.
    left : list of Strike
        What is yet to happen.
    dealt : Counter of str
        How often each fault has happened.
    """

    scene: Scene
    site: Site
    n_workers: int
    n_epochs: int
    n_final_epochs: int
    left: list[Strike]
    dealt: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)
    _to_mend: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _enough_at: float = -math.inf
    _newest: subprocess.Popen[bytes] | None = None
    _newest_since: float = -math.inf
    _tried_since: float | None = None

    def run(self) -> None:
        """Bring the study to its end, or to where it stands still."""
        try:
            if self._brings_to_end(final=False):
                self._brings_to_end(final=True)
        finally:
            self._mend(everything=True)
            self.scene.stage.end()

    def _brings_to_end(self, *, final: bool) -> bool:
        scene, n_epochs = self.scene, self.n_final_epochs if final else self.n_epochs
        moved, epochs, is_done = time.monotonic(), -1, False
        while time.monotonic() - moved < STALL_S:
            self._mend(everything=is_done)
            ended = [parent for parent in scene.parents if parent.poll() is not None]
            scene.parents = [parent for parent in scene.parents if parent not in ended]
            with suppress(StorageAway):
                is_done = is_done or (any(one.returncode == 0 for one in ended) if final else scene.stage.is_done())
                if is_done and not scene.parents and not scene.stage.workers():
                    return True
                if not is_done:
                    self._keep_up(final=final)
                if (now := scene.stage.epochs(final=final)) > epochs:
                    epochs, moved = now, time.monotonic()
                if not is_done:
                    self._strike(epochs / n_epochs, final=final)
            time.sleep(POLL_S)
        print(f"given up: no epoch for {STALL_S:.0f} s; {scene.stage.said()}", file=sys.stderr)
        return False

    def _keep_up(self, *, final: bool) -> None:
        """Start another parent where most workers have been missing for a while; a final step has one at a time.

        The old one does not replace those that were told to leave, and does not know of the frozen. The command is
        always the same, as fewer workers would train on more threads each, and come to other sums.
        """
        scene, now = self.scene, time.monotonic()
        is_enough = bool(scene.parents) if final else 2 * len(scene.awake()) >= self.n_workers
        if is_enough:
            self._enough_at = now
            self._newest = None  # it has started its workers
        elif now - self._enough_at > MISSING_S and not self._is_starting(now):
            start = scene.stage.finalize if final else scene.stage.work
            scene.parents.append(start(self.n_workers))
            self._newest, self._newest_since = scene.parents[-1], now

    def _is_starting(self, now: float) -> bool:
        """Tell whether the newest parent may yet start workers."""
        newest = self._newest
        return newest is not None and newest.poll() is None and now - self._newest_since < START_S

    def _strike(self, share: float, *, final: bool) -> None:
        """Let the next fault happen if it is time; what was left over in the search happens in the final step."""
        if not self.left or (self.left[0].is_final, self.left[0].at) > (final, share):
            return
        time.sleep(self.scene.rng.uniform(0.0, 2 * POLL_S))  # or only what follows an epoch would be struck
        fault, now = self.left[0].fault, time.monotonic()
        dealt = None
        if not (final and fault.only_drawing):
            with suppress(psutil.NoSuchProcess):
                dealt = fault.deal(self.scene, self.site)
            self._tried_since = self._tried_since or now
            if dealt is None and now - self._tried_since < RETRY_S:
                return
        del self.left[0]
        self._tried_since = None
        self._note(fault, dealt)

    def _note(self, fault: Fault, dealt: Dealt | None) -> None:
        passed = time.monotonic() - self._began
        print(f"{passed:7.1f} s: {fault.name}: {dealt or 'nobody'}", flush=True)
        if dealt is not None:
            self.dealt[fault.name] += 1
            if dealt.mend is not None:
                self._to_mend.append((time.monotonic() + dealt.seconds, dealt.mend))

    def _mend(self, *, everything: bool) -> None:
        for one in list(self._to_mend):
            until, mend = one
            if everything or time.monotonic() >= until:
                self._to_mend.remove(one)
                mend()

"""The faults: what is done to whom."""

from __future__ import annotations

import math
import random
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import psutil
from sqlalchemy import text

from benchmarks.chaos.preload import ALL
from benchmarks.chaos.scene import Dealt, Scene
from benchmarks.chaos.sites import Site
from tuner.study.trials import SETTINGS

Deal = Callable[[Scene, Site], Dealt | None]

HOME = "home"
"""The disk of the study's files, as `Preload` calls it."""

_DRAWING = text(
    """
    SELECT workers.pid FROM tuner_workers workers
    JOIN tuner_leases leases ON leases.worker_id = workers.worker_id
    JOIN trials ON trials.trial_id = leases.trial_id
    WHERE leases.owner IS NOT NULL AND leases.part = 'search' AND trials.state = 'RUNNING' AND NOT EXISTS (
        SELECT 1 FROM trial_user_attributes stored WHERE stored.trial_id = trials.trial_id AND stored.key = :settings
    )
    """
)


@dataclass(frozen=True)
class Fault:
    """Something that happens.

    Attributes
    ----------
    kind : str
        What `--faults` calls it and its like.
    name : str
        What it is.
    deal : callable
        Lets it happen, and returns to whom; None where it cannot just now.
    until : float
        The part of search and final step until which it can happen, so that neither has to wait for its end.
    is_preloaded : bool
        Whether it needs the commands to be preloaded.
    only_drawing : bool
        Whether it can happen only where trials are drawn, in the search and before the last of them have begun.
    """

    kind: str
    name: str
    deal: Deal
    until: float = 1.0
    is_preloaded: bool = False
    only_drawing: bool = False


def _send(*numbers: signal.Signals) -> Deal:
    def deal(scene: Scene, site: Site) -> Dealt | None:
        return _to(scene.a_worker(), numbers)

    return deal


def _kill_parent(scene: Scene, site: Site) -> Dealt | None:
    return _to(scene.a_parent(), [signal.SIGKILL])


def _to(process: psutil.Process | None, numbers: Iterable[signal.Signals]) -> Dealt | None:
    if process is None:
        return None
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.05)  # two equal signals would arrive as one
    return Dealt(str(process.pid))


def _freeze(low: float, high: float) -> Deal:
    def deal(scene: Scene, site: Site) -> Dealt | None:
        worker = scene.a_worker()
        return scene.freeze(worker, scene.rng.uniform(low, high)) if worker else None

    return deal


def _freeze_parent(scene: Scene, site: Site) -> Dealt | None:
    parent = scene.a_parent()
    return scene.freeze(parent, scene.rng.uniform(2.0, 20.0)) if parent else None


def _kill_drawing(scene: Scene, site: Site) -> Dealt | None:
    """Kill a worker that has claimed a trial whose settings are not there yet."""
    with scene.stage.storage.database.engine.connect() as connection:

        def drawing() -> set[int]:
            found = set(connection.execute(_DRAWING, {"settings": SETTINGS}).scalars())
            connection.rollback()  # the next look is to see what is there then
            return found

        worker = scene.catch(drawing)
    if worker is None:
        return None
    worker.kill()
    return Dealt(str(worker.pid))


def _home(fault: str, low: float, high: float, *, one: bool = False) -> Deal:
    """Let the disk of the study's files be hung or full, for one worker or for all."""

    def deal(scene: Scene, site: Site) -> Dealt | None:
        assert scene.preload is not None
        preload, worker = scene.preload, scene.a_worker() if one else None
        if one and worker is None:
            return None
        pid = ALL if worker is None else worker.pid
        preload.set_disk(HOME, fault, 1, pid)
        whom = "all" if worker is None else str(pid)
        return Dealt(whom, scene.rng.uniform(low, high), lambda: preload.set_disk(HOME, fault, 0, pid))

    return deal


def _step_one(scene: Scene, site: Site) -> Dealt | None:
    """Step the clock of one worker, as if it were alone on its machine."""
    worker = scene.a_worker()
    if worker is None:
        return None
    assert scene.preload is not None
    scene.preload.step_clock(seconds := _step(scene.rng), worker.pid)
    return Dealt(f"{worker.pid} by {seconds:+.0f} s")


def _step_database(scene: Scene, site: Site) -> Dealt | None:
    """Step the clock of the database: of its server, or of the machine that its file is on."""
    site.step_clock(seconds := _step(scene.rng))
    return Dealt(f"by {seconds:+.0f} s")


def _step(rng: random.Random) -> float:
    return rng.choice([-1, 1]) * math.exp(rng.uniform(math.log(3.0), math.log(3600.0)))


FAULTS = (
    Fault("kills", "kill", _send(signal.SIGKILL)),
    Fault("drawing", "kill while settings are drawn", _kill_drawing, only_drawing=True),
    Fault("databases", "kill the database", lambda scene, site: site.kill(scene)),
    Fault("connections", "cut connections", lambda scene, site: site.cut(scene), is_preloaded=True),
    Fault("mounts", "hang a worker's disk", _home("hung", 2.0, 15.0, one=True), is_preloaded=True),
    Fault("disks", "fill the disk", _home("full", 1.0, 6.0), is_preloaded=True),
    Fault("clocks", "step a worker's clock", _step_one, is_preloaded=True),
    Fault("latency", "slow the database down", lambda scene, site: site.slow_down(scene), is_preloaded=True),
    Fault("sigterm", "SIGTERM", _send(signal.SIGTERM)),
    Fault("freezes", "freeze", _freeze(1.0, 10.0)),
    Fault("kills", "kill the parent", _kill_parent),
    Fault("databases", "freeze the database", lambda scene, site: site.freeze(scene)),
    Fault("clocks", "step the database's clock", _step_database, is_preloaded=True),
    Fault("freezes", "freeze for long", _freeze(80.0, 100.0), until=0.5),
    Fault("connections", "silence the database", lambda scene, site: site.silence(scene), is_preloaded=True),
    Fault("sigterm", "SIGTERM twice", _send(signal.SIGTERM, signal.SIGTERM)),
    Fault("drawing", "kill while settings are drawn", _kill_drawing, only_drawing=True),
    Fault("disks", "fill the database's disk", lambda scene, site: site.fill_disk(scene), is_preloaded=True),
    Fault("mounts", "hang the disk", _home("hung", 2.0, 12.0), is_preloaded=True),
    Fault("freezes", "freeze the parent", _freeze_parent),
    Fault("kills", "kill", _send(signal.SIGKILL)),
    Fault("mounts", "hang a worker's disk for long", _home("hung", 150.0, 200.0, one=True), 0.5, is_preloaded=True),
    Fault("sigterm", "SIGINT", _send(signal.SIGINT)),
)
"""In the order in which they are dealt, over and over."""

KINDS = tuple(dict.fromkeys(fault.kind for fault in FAULTS))


def chosen(kinds: Sequence[str], *, preloaded: bool) -> list[Fault]:
    """Return the faults of some kinds that can happen here."""
    return [fault for fault in FAULTS if fault.kind in kinds and (preloaded or not fault.is_preloaded)]

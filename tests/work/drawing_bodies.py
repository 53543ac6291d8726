"""What the processes of test_drawing.py do; in a module of its own, so that a spawned process can import it."""

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from optuna.trial import TrialState
from sqlalchemy import Engine, event

from tuner.storage import Lease, Storage, open_storage
from tuner.study.opened import open_study
from tuner.work.drawing import draw
from tuner.work.places import Places
from tuner.work.run import Workplace
from tuner.work.shutdown import Shutdown
from tuner.work.usage import Usage

EVENTS = ("after_cursor_execute", "commit", "checkin")
"""After each statement, before and after each commit."""


def at_moment(engine: Engine, number: int, do: Callable[[], object]) -> Callable[[], None]:
    """Do something at one of the moments at which a process turns to its database, counted from 0.

    Returns what ends the waiting for that moment.
    """
    moments = itertools.count()

    def on_event(*_: Any) -> None:
        if next(moments) == number:
            do()

    for name in EVENTS:
        event.listen(engine, name, on_event)
    return lambda: [event.remove(engine, name, on_event) for name in EVENTS] and None


def workplace(url: str, home: Path) -> Workplace:
    study = open_study(open_storage(url), "small", home)
    return Workplace(study, torch.device("cpu"), Usage(), Places(study, Shutdown(os.getppid())))


def third_trial(place: Workplace) -> Iterator[Lease]:
    """Claim a trial that has two finished ones to learn from, again and again, as one worker after the other dies."""
    storage, study_id = place.study.storage, place.study.study_id
    while True:
        worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
        lease = storage.leases.claim(study_id, worker_id)
        assert lease is not None
        if lease.number < 2:
            draw(place, lease)
            storage.optuna.finish(lease, TrialState.COMPLETE, 0.5 + lease.number / 10)
            continue
        yield lease
        storage.leases.expire_worker(worker_id)


def what_is_stored(storage: Storage, lease: Lease) -> dict[str, Any]:
    """Return what there is of a trial."""
    trial = storage.optuna.get_trial(lease.trial_id)
    return {"params": trial.params, **trial.user_attrs}


def die_at_every_moment(url: str, home: Path, said: Connection) -> None:
    """Draw a trial in one process after the other, each killed a moment later than the last; say what each leaves."""
    place = workplace(url, home)
    storage = place.study.storage
    for number, lease in enumerate(third_trial(place)):
        child = os.fork()
        if child == 0:
            storage.database.engine.dispose(close=False)  # the connections are the parent's
            storage.database.sessions.remove()
            at_moment(storage.database.engine, number, lambda: os.kill(os.getpid(), signal.SIGKILL))
            draw(place, lease)
            os._exit(0)
        is_killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        said.send((is_killed, what_is_stored(storage, lease)))
        if not is_killed:
            return

"""One worker: a process that takes trainings of one study until there is nothing left to do or it is told to leave."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from contextlib import suppress
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from data_pipeline.disk import keep_private, remedy
from data_pipeline.errors import DataError
from models.errors import ModelError
from models.module_files import fault_in_module
from tuner.errors import BudgetSpent, LeaseLost, TunerError
from tuner.screen.lines import echo, log_to
from tuner.storage import SEARCH, SILENT_S, ControlRow, Lease, open_storage
from tuner.storage.machine import machine_id
from tuner.study.files import logs_folder
from tuner.study.opened import OpenStudy, open_study
from tuner.work.guard import Guard
from tuner.work.heartbeat import Heartbeat
from tuner.work.interruption import FinalInterruption, SearchInterruption
from tuner.work.overheard import say_to_supervisor
from tuner.work.places import Places
from tuner.work.pulse import Pulse
from tuner.work.shutdown import DATABASE_PATIENCE_S, Shutdown
from tuner.work.usage import Usage

if TYPE_CHECKING:
    from tuner.work.run import Workplace

logger = logging.getLogger(__name__)

POLL_S = 1.0
"""Seconds between two looks for something to do, where all there is is handed out."""

ONLY_FINAL_POLL_S = 0.3
"""The same for workers of the final step alone: somebody waits for them, and they are few."""


def work(study: OpenStudy, device: str, guard: Guard, *, only_final: bool = False) -> None:
    """Take and run trainings of a study until none is left, its time is over, or the worker is told to leave.

    Parameters
    ----------
    study : OpenStudy
        The study.
    device : str
        A torch device.
    guard : Guard
        Ends this process where it hangs; its shutdown is asked between trainings, epochs and batches.
    only_final : bool
        Whether to leave the trials of the search to others.

    Raises
    ------
    TunerError, DataError
        If the study cannot be worked on; a training under way has then been handed back.
    """
    from tuner.training.device import torch_device
    from tuner.work.run import Workplace

    study.check_program()
    study.cache.check()  # refused if it is another, or damaged, before anything is claimed
    usage = Usage()
    place = Workplace(study, torch_device(device), usage, Places(study, guard.shutdown))
    worker_id = study.storage.workers.register(
        study.study_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        device=device,
        machine=machine_id(),
        home=place.places.home_id,
    )
    guard.pulse = Pulse(study.storage, study.study_id, worker_id, guard.shutdown, usage, guard.standstill)
    # The places have a thread of their own: a disk that hangs holds no beat up.
    with Heartbeat(study.storage, place.places.look), guard.pulse as pulse:
        _Worker(place, pulse, only_final=only_final).run()


class _Worker:
    """Takes what is to be done: trainings of a final step first, because somebody waits for them, then trials."""

    def __init__(self, place: Workplace, pulse: Pulse, *, only_final: bool) -> None:
        self._place, self._pulse, self._only_final = place, pulse, only_final
        self._storage, self._study = place.study.storage, place.study.study_id
        self._control: ControlRow | None = None
        self._may_come = False  # whether there will perhaps be something to do later

    def run(self) -> None:
        while not self._pulse.shutdown.is_requested:
            self._may_come = False
            lease = self._claim_part()
            if lease is None and not self._only_final:
                lease = self._claim_trial()
            if lease is not None:
                self._train(lease)
            elif self._may_come:
                self._pulse.wait(ONLY_FINAL_POLL_S if self._only_final else POLL_S)
            else:
                return

    def _claim_part(self) -> Lease | None:
        step = self._storage.final_steps.find(self._study)
        if step is None or step.command == "stop":
            return None
        if not step.is_alive:
            # It may only have been frozen or cut off. Those that it has started stay as long as it lives.
            self._may_come = self._only_final or self._storage.database.outage.within(SILENT_S)
            return None
        self._may_come = True
        if step.command == "pause":
            return None
        return self._storage.leases.claim_part(self._study, self._pulse.worker_id)

    def _claim_trial(self) -> Lease | None:
        control = self._control = self._storage.control.of(self._study)
        is_over = control.time_is_over
        if control.command == "stop" or (is_over and control.command == "pause"):
            return None
        if control.command == "run":
            try:
                # When time is over, what was trained and left behind is still brought to its end, and nothing begun.
                lease = self._storage.leases.claim(self._study, self._pulse.worker_id, only_begun=is_over)
            except BudgetSpent:
                return None
            if lease is not None:
                return lease
            if is_over and not self._is_left_behind():
                return None
        # All are handed out, or paused. A worker elsewhere may die, and to be sure of that takes a while.
        self._may_come = True
        return None

    def _is_left_behind(self) -> bool:
        """Tell whether a trial with an epoch seems to have lost its worker."""
        begun = self._storage.epochs.last(self._study)
        trials = [row for row in self._storage.workers.running(self._study) if row.part == SEARCH]
        return any((row.trial_id, row.part) in begun and abs(row.silent_for_s) > SILENT_S for row in trials)

    def _train(self, lease: Lease) -> None:
        from tuner.work.part import run_part
        from tuner.work.trial import run_trial

        pulse = self._pulse
        pulse.hold(lease)
        try:
            if lease.is_search:
                assert self._control is not None
                run_trial(self._place, lease, SearchInterruption(pulse, self._study, lease, self._control))
            else:
                run_part(self._place, lease, FinalInterruption(pulse, self._study))
        except LeaseLost:
            logger.warning("%s was taken over by another worker, or is not wanted any more", lease.name)
            self._place.look_anew()
        except BaseException as error:
            # Data, storage and disk are nobody's trial's; whatever else there is may happen to the next worker, too.
            is_foreseen = isinstance(error, DataError | ModelError | TunerError | OSError)
            with suppress(LeaseLost):
                self._storage.leases.hand_back(lease, died=not is_foreseen)
            raise
        finally:
            pulse.hold(None)


def main() -> int:
    """Run as a process of its own; the address of the storage is in TUNER_STORAGE."""
    parser = argparse.ArgumentParser(prog="python -m tuner.work.worker")
    for name, kind in (("study", str), ("home", Path), ("device", str), ("threads", int), ("parent", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--supervisor", type=int, help="descriptor of the pipe to say on that this process lives")
    parser.add_argument("--only-final", action="store_true")
    options = parser.parse_args()
    shutdown = Shutdown(options.parent)
    guard = Guard(shutdown, options.supervisor)
    guard.begin()  # before anything that may hang
    keep_private()
    say_to_supervisor("tuner.storage.connections")  # who has to wait for others should not do so in silence
    _configure_logging(logs_folder(options.home, options.study))
    try:
        import torch

        torch.set_num_threads(options.threads)
        # Its supervisor has opened it already: it is there, or was there a moment ago.
        storage = shutdown.storage = open_storage(
            os.environ["TUNER_STORAGE"],
            patience_s=lambda: DATABASE_PATIENCE_S if shutdown.is_requested else None,
            n_connections=2,  # beats do not wait for what the training has to say
        )
        study = open_study(storage, options.study, options.home, options.data)
        work(study, options.device, guard, only_final=options.only_final)
    except (DataError, ModelError, TunerError) as error:
        logger.error("%s", error)
        echo(str(error), err=True)
        return 1
    except Exception as error:
        fault = fault_in_module(error)
        if fault is None and isinstance(error, OSError):
            where = error.filename or options.home  # a write that fails does not say to which file
            line = f"{where}: {error.strerror or error}; {remedy(error)}, or set --home"
            logger.error("%s", line)
            echo(line, err=True)
            return 1
        logger.exception("a fault of %s", "the program" if fault is None else "a person's own code")
        if fault is None:
            raise
        echo(fault, err=True)
        return 1
    return 0


class _Log(WatchedFileHandler):
    """A worker's log, which is made again where its home was removed."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # the home is away, or its disk full: the worker learns so by its checkpoints
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            super().emit(record)


def _configure_logging(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{socket.gethostname()}-{os.getpid()}.log"
    log_to(_Log(path, encoding="utf-8"), "%(asctime)s %(levelname)s %(message)s")


if __name__ == "__main__":
    sys.exit(main())

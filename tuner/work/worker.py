"""One worker: a process that takes trials of one study until there is nothing left to do or it is told to leave."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from data_pipeline.errors import DataError
from models.errors import ModelError
from tuner.errors import BudgetSpent, LeaseLost, StorageAway, StorageError, TunerError
from tuner.storage import SILENT_S, Control, Lease, StudyStorage, briefly, open_storage
from tuner.storage.machine import machine_id
from tuner.study.files import StudyFiles, home_id, logs_folder
from tuner.work.shutdown import LAST_PATIENCE_S, Departure
from tuner.work.usage import Usage

if TYPE_CHECKING:
    from tuner.work.trial import Workplace

logger = logging.getLogger(__name__)

BEAT_S = 10.0
POLL_S = 2.0


class Heart:
    """A thread that beats for the worker and for the lease it holds."""

    def __init__(self, storage: StudyStorage, worker_id: str, departure: Departure, usage: Usage) -> None:
        self.storage, self.worker_id, self.departure, self.usage = storage, worker_id, departure, usage
        self.lease: Lease | None = None
        self.epoch: int | None = None
        self.lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def hold(self, lease: Lease | None) -> None:
        """Beat for this lease from now on, or for none."""
        self.lease, self.epoch, self.lost = lease, None, False
        self.beat()

    def beat(self) -> None:
        """Beat once."""
        lease = self.lease
        number = lease.number if lease else None
        self.storage.beat_worker(
            self.worker_id,
            trial_number=number,
            epoch=self.epoch,
            memory_mb=psutil.Process().memory_info().rss / 2**20,
            training_s=self.usage.training_s,
            working_s=self.usage.working_s,
        )
        if lease is not None and not self.storage.beat(lease):
            self.lost = lease is self.lease

    def wait(self) -> None:
        """Wait a little for the study to go on, or to be told to leave."""
        began = time.monotonic()
        self.departure.wait(POLL_S)
        self.usage.waiting_s += time.monotonic() - began

    def _run(self) -> None:
        while not self._stop.wait(BEAT_S):
            self.storage.outage.tick()
            self.departure.notice_parent()
            try:
                self.beat()
            except StorageError as error:  # a beat is no reason to end: the trial's own next write is
                logger.warning("%s", error)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self.storage.retire_worker(self.worker_id)


class _Interruption:
    """What stops the trial under way: signals, a lost lease, the study's time, and whoever steers the study."""

    def __init__(self, storage: StudyStorage, study_id: int, lease: Lease, control: Control, heart: Heart) -> None:
        self.storage, self.study_id, self.lease, self.heart = storage, study_id, lease, heart
        self._control = control

    def leave_now(self) -> bool:
        return self.heart.lost or self.heart.departure.is_urgent()

    def after_epoch(self, number: int) -> str | None:
        self.heart.epoch = number
        while True:
            is_to_stop = self._ask()
            if self.heart.departure.is_asked or self._control.command == "stop":
                return "leave"
            if is_to_stop:
                return "stopped by hand"
            if self._control.time_is_over:
                return "the study's time is over"
            if self._control.command == "run":
                return None
            self.heart.wait()

    def _ask(self) -> bool:
        """Read what holds now; while the database is away, what held last goes on to hold."""
        try:
            with briefly():
                self._control = self.storage.control(self.study_id)
                return self.storage.is_to_stop(self.lease)
        except StorageAway:
            return False


def work(storage: StudyStorage, name: str, data: Path | None, home: Path, device: str, departure: Departure) -> None:
    """Take and run trials of a study until its budget is spent, its time is over, or the worker is told to leave.

    Parameters
    ----------
    storage : StudyStorage
        Where the study is.
    name : str
        Of the study.
    data : Path, optional
        The cache on this machine; by default where it lay when the study was created.
    home : Path
        Folder of files.
    device : str
        A torch device.
    departure : Departure
        Asked between trials, epochs and batches.

    Raises
    ------
    TunerError, DataError
        If the study cannot be worked on; a trial under way has then been handed back.
    """
    import optuna

    from tuner.study.record import check_versions, load_study, open_data
    from tuner.study.trust import load_code
    from tuner.training.device import torch_device
    from tuner.work.trial import Workplace

    record = load_study(storage, name)
    check_versions(record)
    load_code(record)
    cache, split = open_data(record, data)
    study = optuna.load_study(study_name=name, storage=storage)
    usage = Usage()
    place = Workplace(storage, record, study, cache, split, StudyFiles(home, record), torch_device(device), usage)
    worker_id = storage.register_worker(
        record.study_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        device=device,
        machine=machine_id(),
        home=home_id(home),
    )
    with Heart(storage, worker_id, departure, usage) as heart:
        while not departure.is_asked:
            control = storage.control(record.study_id)
            is_over = control.time_is_over
            if control.command == "stop" or (is_over and control.command == "pause"):
                break
            if control.command == "pause":
                heart.wait()
                continue
            try:
                # When time is over, what was trained and left behind is still brought to its end, and nothing begun.
                lease = storage.claim(record.study_id, worker_id, only_begun=is_over)
            except BudgetSpent:
                break
            if lease is None and is_over and not _is_left_behind(storage, record.study_id):
                break
            if lease is None:  # all handed out: stay, in case a worker elsewhere dies, or until one is known to be dead
                heart.wait()
                continue
            _run_leased(place, lease, _Interruption(storage, record.study_id, lease, control, heart))


def _is_left_behind(storage: StudyStorage, study_id: int) -> bool:
    """Tell whether a trial with an epoch seems to have lost its worker: to be sure of that takes a while."""
    begun = storage.last_epochs(study_id)
    return any(row.trial_id in begun and abs(row.silent_for_s) > SILENT_S for row in storage.running(study_id))


def _run_leased(place: Workplace, lease: Lease, interruption: _Interruption) -> None:
    from tuner.work.trial import run_trial

    heart = interruption.heart
    heart.hold(lease)
    try:
        run_trial(place, lease, interruption)
    except LeaseLost:
        logger.warning("trial %d was taken over by another worker; going on with the next", lease.number)
    except BaseException as error:
        # Data, storage and disk are nobody's trial's; whatever else there is may happen to the next worker, too.
        is_foreseen = isinstance(error, DataError | ModelError | TunerError | OSError)
        with suppress(LeaseLost):
            place.storage.hand_back(lease, died=not is_foreseen)
        raise
    finally:
        heart.hold(None)


def main() -> int:
    """Run as `python -m tuner.work.worker STUDY HOME DEVICE THREADS PARENT [DATA]`, storage in TUNER_STORAGE."""
    name, home, device, threads, parent, *data = sys.argv[1:]
    departure = Departure(int(parent))
    departure.listen()
    _configure_logging(logs_folder(Path(home), name))
    try:
        import torch

        torch.set_num_threads(int(threads))
        # Its parent has opened it already: it is there, or was there a moment ago.
        storage = departure.storage = open_storage(
            os.environ["TUNER_STORAGE"], patience_s=lambda: LAST_PATIENCE_S if departure.is_asked else None
        )
        work(storage, name, Path(data[0]) if data else None, Path(home), device, departure)
    except (DataError, ModelError, TunerError) as error:
        logger.error("%s", error)
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception:
        logger.exception("a fault of the program")
        raise
    return 0


def _configure_logging(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{socket.gethostname()}-{os.getpid()}.log"
    logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


if __name__ == "__main__":
    sys.exit(main())

"""What a worker says of itself: that it is alive, what it has in hand, and what its time goes into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from data_pipeline.running_time import running_s
from data_pipeline.steps import count_step
from tuner.work.heartbeat import Heartbeat
from tuner.work.shutdown import Shutdown
from tuner.work.standstill import Standstill
from tuner.work.usage import Usage

if TYPE_CHECKING:
    from tuner.storage import Lease, Storage


class Pulse:
    """The heartbeat of a worker and of the lease that it holds.

    Parameters
    ----------
    storage : Storage
        Database of the study.
    study_id : int
        The study.
    worker_id : str
        Id of the worker there.
    shutdown : Shutdown
        Whether the worker is to leave, which it says.
    usage : Usage
        What the time goes into.
    standstill : Standstill
        Whether the worker gets on, which it says.

    Attributes
    ----------
    lease : Lease or None
        What is in hand.
    epoch : int or None
        Its last epoch.
    is_lost : bool
        Whether another worker has taken over what is in hand, or nobody wants it any more.
    """

    def __init__(
        self,
        storage: Storage,
        study_id: int,
        worker_id: str,
        shutdown: Shutdown,
        usage: Usage,
        standstill: Standstill,
    ) -> None:
        self.storage, self._study, self.worker_id = storage, study_id, worker_id
        self.shutdown, self.usage, self._standstill = shutdown, usage, standstill
        self.lease: Lease | None = None
        self.epoch: int | None = None
        self.is_lost = False
        self._heartbeat = Heartbeat(storage, self._beat)

    def hold(self, lease: Lease | None) -> None:
        """Beat for this lease from now on, or for none."""
        self.lease, self.epoch, self.is_lost = lease, None, False
        self._standstill.epoch_s = 0.0
        self.beat()

    def take(self, epoch: int, seconds: float) -> None:
        """Take note of an epoch of what is in hand."""
        self.epoch, self._standstill.epoch_s = epoch, seconds

    def beat(self) -> None:
        """Beat once."""
        lease = self.lease
        self.storage.workers.beat(
            self.worker_id,
            trial_number=lease.number if lease else None,
            part=lease.part if lease else None,
            epoch=self.epoch,
            memory_mb=psutil.Process().memory_info().rss / 2**20,
            training_s=self.usage.training_s,
            working_s=self.usage.working_s,
            stuck_for_s=self._standstill.stuck_for_s,
            is_leaving=self.shutdown.is_requested,
        )
        if lease is not None and not self.storage.leases.beat(lease):
            self.is_lost = lease is self.lease

    def wait(self, seconds: float) -> None:
        """Wait a little for something to do, or to be told to leave."""
        began = running_s()
        count_step()  # waiting is no standstill
        self.shutdown.wait(seconds)
        self.usage.waiting_s += running_s() - began

    def hurry(self) -> None:
        """Say at once what is new."""
        self._heartbeat.hurry()

    def _beat(self) -> None:
        self.beat()
        # While this worker trains, too: when it claims again, it knows who has been silent.
        self.storage.leases.watch(self._study)

    def __enter__(self) -> Pulse:
        self._heartbeat.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._heartbeat.__exit__()
        self.storage.workers.retire(self.worker_id)

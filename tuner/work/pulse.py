"""What a worker says of itself: that it is alive, what it has in hand, and what its time goes into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from data_pipeline.running_time import running_s
from tuner.work.heartbeat import Heartbeat
from tuner.work.places import Places
from tuner.work.shutdown import Shutdown
from tuner.work.usage import Usage

if TYPE_CHECKING:
    from tuner.storage import Lease, Storage


class Pulse:
    """The heartbeat of a worker and of the lease that it holds.

    Parameters
    ----------
    storage : Storage
        Database of the study.
    worker_id : str
        Id of the worker there.
    shutdown : Shutdown
        Asked to look for the parent process at every beat, and waited with.
    usage : Usage
        What the time goes into.

    Attributes
    ----------
    epoch : int or None
        Last epoch of what is in hand.
    is_lost : bool
        Whether another worker has taken over what is in hand, or nobody wants it any more.
    places : Places or None
        Looked at with every beat, where a worker has some.
    """

    def __init__(self, storage: Storage, worker_id: str, shutdown: Shutdown, usage: Usage) -> None:
        self.storage, self.worker_id, self.shutdown, self.usage = storage, worker_id, shutdown, usage
        self.lease: Lease | None = None
        self.epoch: int | None = None
        self.is_lost = False
        self.places: Places | None = None
        self._heartbeat = Heartbeat(storage, self._beat)

    def hold(self, lease: Lease | None) -> None:
        """Beat for this lease from now on, or for none."""
        self.lease, self.epoch, self.is_lost = lease, None, False
        self.beat()

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
        )
        if lease is not None and not self.storage.leases.beat(lease):
            self.is_lost = lease is self.lease

    def wait(self, seconds: float) -> None:
        """Wait a little for something to do, or to be told to leave."""
        began = running_s()
        self.shutdown.wait(seconds)
        self.usage.waiting_s += running_s() - began

    def _beat(self) -> None:
        self.shutdown.notice_parent()
        self.beat()
        if self.places is not None:
            self.places.look()

    def __enter__(self) -> Pulse:
        self._heartbeat.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._heartbeat.__exit__()
        self.storage.workers.retire(self.worker_id)

"""The life of a leased training, up to its end or to where it is handed back; what trials and final trainings share."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import optuna
import torch

from data_pipeline import Batches
from data_pipeline.errors import ViewTooLarge
from tuner.errors import CheckpointError, StudyError, TrialError
from tuner.storage import Lease
from tuner.study.opened import OpenStudy
from tuner.study.settings import Settings
from tuner.training.fit import Epoch, Training, fit
from tuner.work.faults import own_faults
from tuner.work.interruption import LEAVE, Interruption
from tuner.work.outbox import Outbox
from tuner.work.places import Places
from tuner.work.progress import Chooses, Progress
from tuner.work.usage import Usage

logger = logging.getLogger(__name__)

MOST_DEATHS = 5
"""Workers that a training may take down without an epoch in between."""

MOST_LOSSES = 20
"""Workers that may be lost with a training without an epoch in between: it may take down whole machines, too."""


@dataclass(frozen=True)
class Workplace:
    """What every training of a study needs in this process.

    Parameters
    ----------
    study : OpenStudy
        The study.
    device : torch.device
        Where to train.
    usage : Usage
        Counts what the time goes into.
    places : Places
        Asked before every checkpoint.
    """

    study: OpenStudy
    device: torch.device
    usage: Usage
    places: Places

    @cached_property
    def optuna(self) -> optuna.Study:
        """The study as Optuna has it, which remembers the trials that it has seen.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        try:
            return optuna.load_study(study_name=self.study.name, storage=self.study.storage.optuna)
        except KeyError as error:
            raise StudyError(f"study {self.study.name} is not there any more") from error

    def look_anew(self) -> None:
        """Forget what was remembered of the study: its database may have gone back in time."""
        self.__dict__.pop("optuna", None)


def whose_checkpoint(study: OpenStudy, settings: Settings, seed: int) -> dict[str, Any]:
    """Say what a training is, as plain data: no other goes on from its checkpoint."""
    return {"settings": settings.to_dict(), "seed": seed, "data": study.cache.fingerprint}


def refuse_poisonous(lease: Lease) -> None:
    """Refuse to take up a training that took one worker down after the other, or never lived to see an epoch.

    Raises
    ------
    TrialError
        Saying how many.
    """
    if lease.deaths >= MOST_DEATHS:
        raise TrialError(
            f"poisonous: took {lease.deaths} workers down without finishing an epoch in between; "
            "where memory is short, fewer --workers need less"
        )
    if lease.losses >= MOST_LOSSES:
        raise TrialError(
            f"{lease.losses} workers were lost with it, one after the other, before they finished an epoch: "
            "it takes down whole machines, or they do not last for one of its epochs"
        )


class Run(ABC):
    """One worker's stretch of one leased training.

    Parameters
    ----------
    place : Workplace
        What the process has.
    lease : Lease
        The right to this training.
    interruption : Interruption
        What may stop it.
    settings : Settings
        What is trained and how.
    seed : int
        Seed of the training.
    n_epochs : int
        Epochs to train of those that are planned.
    part : str
        Part of the trial that is trained; under the lease of a whole trial its parts are trained one after the other.
    chooses : {"score", "loss", "last"}
        Which of its epochs is handed over.
    """

    def __init__(
        self,
        place: Workplace,
        lease: Lease,
        interruption: Interruption,
        settings: Settings,
        seed: int,
        n_epochs: int,
        part: str,
        chooses: Chooses,
    ) -> None:
        self.place, self.study, self.lease, self.interruption = place, place.study, lease, interruption
        self.settings, self.seed, self.n_epochs, self.part = settings, seed, n_epochs, part
        self.whose = whose_checkpoint(self.study, settings, seed)
        self.progress = Progress(self.study.record.objective, chooses)
        self.outbox = Outbox(lease.name)
        self.training: Training

    @property
    def name(self) -> str:
        """What people call it."""
        return self.lease.name if self.part == self.lease.part else f"{self.lease.name}, {self.part}"

    def run(self) -> str | None:
        """Train from the last checkpoint, if any, as far as it goes.

        Returns
        -------
        str or None
            None at the last epoch; `LEAVE` where the lease is to be handed back; else why to end before.

        Raises
        ------
        TrialError
            If the training fails by its own fault.
        LeaseLost
            If another worker has taken it over.
        """
        logger.info("%s: %s, attempt %d", self.name, self.settings.architecture, self.lease.attempt)
        with own_faults():
            self.training = self._start()
        self.place.usage.follow(self.training)
        self._resume()
        if self.training.epoch >= self.n_epochs:
            return None
        if self.training.epoch and (verdict := self._verdict(self.progress.epochs[-1])):
            return verdict
        return self._train()

    def hand_back(self) -> Literal[False]:
        """Give the lease back unfinished, for the next worker that claims one; nothing more is trained under it."""
        self.outbox.deliver()
        self.study.storage.leases.hand_back(self.lease)
        logger.info("%s handed back after epoch %d", self.name, len(self.progress.epochs))
        return False

    def _train(self) -> str | None:
        """Train epoch by epoch; return why to end before the last one, if there is a reason."""
        try:
            with own_faults():  # a person's own front end may make what is trained on
                train, validation = self._batches()
        except ViewTooLarge as error:  # by these settings: others may do
            raise TrialError(str(error)) from error
        epochs = fit(self.training, train, validation, self.interruption.leave_now, self.study.record.objective)
        while self.training.epoch < self.n_epochs:
            with own_faults():
                epoch = next(epochs, None)
            if epoch is None:
                return LEAVE
            if verdict := self._take(epoch):
                return verdict
        return None

    def _take(self, epoch: Epoch) -> str | None:
        """Keep and record one epoch; return why to end here, if there is a reason."""
        self.place.places.check()  # nothing is said of an epoch on data that were written to
        self.progress.add(epoch, self.training)
        # First of all: what is on disk is never trained again, and what is not yet said can be said by a successor.
        self._checkpoint()
        is_said = self.outbox.post(*self._writes(epoch))
        if is_said:  # and so still ours, as are those of its attempts before
            self.study.files.remove_checkpoints(self.lease.number, self.part, before=self.lease.attempt)
        self._log(epoch)
        return None if epoch.number == self.n_epochs else self._verdict(epoch, is_said=is_said)

    def _resume(self) -> None:
        """Go on from the newest readable checkpoint; without one the training starts from its first epoch."""
        lease, study = self.lease, self.study
        for path in study.files.checkpoints(lease.number, self.part, lease.attempt):
            try:
                self.progress = self.progress.load(path, self.training, self.whose)
            except CheckpointError as error:
                logger.warning("%s: %s; an older one is tried", self.name, error)
                continue
            logger.info("%s goes on after epoch %d", self.name, self.training.epoch)
            return self._say_again()
        if study.storage.epochs.of_study(study.study_id, self.part, lease.trial_id):
            logger.warning("%s starts over: its checkpoint is not to be seen here", self.name)

    def _log(self, epoch: Epoch) -> None:
        held_out = ""
        if epoch.validation is not None:
            score = "no score" if epoch.score is None else f"score {epoch.score:.4f}"
            held_out = f"{score}, validation loss {epoch.validation.loss:.4f}, "
        logger.info(
            "%s epoch %d/%d: %strain loss %.4f, %.1f s",
            *(self.name, epoch.number, self.n_epochs, held_out, epoch.train.loss, epoch.seconds),
        )

    def _checkpoint(self) -> None:
        lease = self.lease
        path = self.study.files.checkpoint(lease.number, self.part, lease.attempt)
        self.progress.save(path, self.training, self.whose)

    @abstractmethod
    def _start(self) -> Training:
        """Build what is trained, ready for its first epoch."""

    @abstractmethod
    def _batches(self) -> tuple[Batches, Batches | None]:
        """Return the batches to train on, and those to score on after each epoch."""

    @abstractmethod
    def _writes(self, epoch: Epoch) -> list[Callable[[], None]]:
        """Return the writes that record an epoch, in their order."""

    @abstractmethod
    def _say_again(self) -> None:
        """Record what the last worker had trained, and not yet recorded when it ended."""

    @abstractmethod
    def _verdict(self, epoch: Epoch, *, is_said: bool = True) -> str | None:
        """Ask after an epoch whether to go on; `is_said` is False where it could not be recorded yet."""

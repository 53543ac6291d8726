"""One training of the final step, as a process of its own: a candidate without one fold, or on everything."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data_pipeline import Augmentation, Cache, open_view
from data_pipeline.errors import DataError, ViewTooLarge
from models import get_architecture
from models.errors import ModelError
from tuner.errors import CheckpointError, Diverged, TrialError, TunerError
from tuner.final.jobs import Job
from tuner.study.settings import Settings
from tuner.study.trust import load_trusted
from tuner.training.data import augmentation_of, training_batches
from tuner.training.fit import Training, fit, section
from tuner.training.prediction import predict
from tuner.training.tensors import load_tensors, save_tensors
from tuner.training.trainers import start_training
from tuner.work.faults import own_faults

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What a job leaves behind.

    Parameters
    ----------
    weights : dict of str to Tensor
        State of the trained model.
    held_out, test : ndarray of shape (N, K), float32
        Probabilities of the fold that was left out, and of the test part, in the order of the cache.
    held_out_augmented, test_augmented : ndarray of shape (N, K), float32, or None
        The same with test-time augmentation, where the training had any.
    seconds : float
        Wall time of training and predicting.
    """

    weights: dict[str, Tensor]
    held_out: NDArray[np.float32]
    test: NDArray[np.float32]
    held_out_augmented: NDArray[np.float32] | None
    test_augmented: NDArray[np.float32] | None
    seconds: float


def load_result(path: Path) -> Result:
    """Read what a finished job left.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    tensors, about = load_tensors(path)
    found = {name: tensor.numpy() for name, tensor in section(tensors, "of.").items()}
    return Result(
        weights=section(tensors, "model."),
        held_out=found["held_out"],
        test=found["test"],
        held_out_augmented=found.get("held_out_augmented"),
        test_augmented=found.get("test_augmented"),
        seconds=about["seconds"],
    )


def train(job: Job, device: torch.device, parent: int) -> None:
    """Train, from the last epoch on if there is one, predict, and leave the result.

    Raises
    ------
    TrialError
        If it fails by its own fault.
    CheckpointError
        If the result cannot be written.
    """
    load_trusted(job.files, job.name, "in the study")
    cache, settings, folds = Cache.open(Path(job.cache)), Settings.from_dict(job.settings), np.load(job.folds)
    is_held_out = folds == (-1 if job.fold is None else job.fold)
    learnt = cache.labelled[~is_held_out]
    began = time.monotonic()
    with own_faults():
        training = start_training(settings, cache.labels[learnt], cache.n_classes, job.seed, device)
        earlier_s = _go_on(training, job)
        epochs = fit(training, training_batches(settings, cache, learnt, job.seed, device), None, _leave_with(parent))
        while training.epoch < job.epochs:
            epoch = next(epochs)
            so_far = {"epoch": epoch.number, "seconds": earlier_s + time.monotonic() - began}
            save_tensors(job.checkpoint, training.state(), {"key": job.key} | so_far)
            logger.info(
                "%s: epoch %d/%d, loss %.4f, %.1f s",
                *(job.name, epoch.number, job.epochs, epoch.train.loss, epoch.seconds),
            )
        tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
        augmentation = augmentation_of(settings)
        parts = {"held_out": cache.labelled[is_held_out], "test": cache.test}
        for name, indices in parts.items():
            tensors[f"of.{name}"] = _predicted(training, cache, indices, None)
            if not augmentation.is_none:
                tensors[f"of.{name}_augmented"] = _predicted(training, cache, indices, augmentation)
    save_tensors(Path(job.out), tensors, {"key": job.key, "seconds": earlier_s + time.monotonic() - began})
    job.checkpoint.unlink(missing_ok=True)


def _go_on(training: Training, job: Job) -> float:
    """Put the training where its checkpoint left it; return the seconds it has taken."""
    if not job.checkpoint.exists():
        return 0.0
    try:
        tensors, about = load_tensors(job.checkpoint)
    except CheckpointError as error:
        logger.warning("%s; %s starts from its first epoch", error, job.name)
        return 0.0
    if about["key"] != job.key:
        return 0.0
    training.restore(tensors, about["epoch"])
    logger.info("%s goes on after epoch %d/%d", job.name, about["epoch"], job.epochs)
    seconds: float = about["seconds"]
    return seconds


def _predicted(
    training: Training, cache: Cache, indices: NDArray[np.int64], augmentation: Augmentation | None
) -> Tensor:
    if not len(indices):
        return torch.empty(0, cache.n_classes)
    front_end = get_architecture(training.settings.architecture).front_end(training.settings.model)
    view = open_view(cache, front_end.source())
    (probabilities,) = predict(
        [training.model],
        front_end,
        view.lengths[indices],
        lambda i: view.item(indices[i]),
        next(training.model.parameters(), torch.empty(0)).device,
        augmentation,
    )
    if not np.isfinite(probabilities).all():
        raise Diverged("diverged: after its last epoch the model predicts nan")
    return torch.from_numpy(probabilities)


def _leave_with(parent: int) -> Callable[[], bool]:
    """Return what is asked before every batch: it ends the process when nobody is left to use its result."""

    def ask() -> bool:
        if os.getppid() != parent:
            raise SystemExit(1)
        return False

    ask()
    return ask


def main() -> int:
    """Run as `python -m tuner.final.training DEVICE THREADS PARENT`: a job a line in, an answer a line out."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    device, threads, parent = sys.argv[1:]
    # Whatever a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    torch.set_num_threads(int(threads))
    for line in sys.stdin:
        answer: dict[str, str | bool | None] = {"error": None, "is_own": False}
        try:
            train(Job(**json.loads(line)), torch.device(device), int(parent))
        except (TrialError, ViewTooLarge) as fault:
            answer = {"error": str(fault), "is_own": True}
        except (DataError, ModelError, TunerError) as error:
            answer = {"error": str(error), "is_own": False}
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

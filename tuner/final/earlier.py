"""What an earlier version's final step left in the home as files: nothing is trained twice for it."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from pathlib import Path

from tuner.errors import CheckpointError
from tuner.statistics.scores import Scores
from tuner.study.opened import OpenStudy
from tuner.training.fit import Epoch
from tuner.training.tensors import load_tensors, save_tensors
from tuner.work.part import PartTraining


def take_in_earlier(study: OpenStudy, training: PartTraining) -> None:
    """Take in the result of a training, or its last epoch, where an earlier version kept it under the same key."""
    what = "all" if training.fold is None else f"without-{training.fold}"
    stem = study.files.final / f"{training.trial.number}-{what}"
    result = stem.with_suffix(".safetensors")
    try:
        _, about = load_tensors(result)
        if about.get("key") == training.key:
            data = zlib.compress(result.read_bytes(), level=1)
            parts = study.storage.parts
            return parts.store(study.study_id, *training.unit, training.key, data)
    except CheckpointError:
        pass  # it is missing or damaged, and so is trained here
    _take_in_checkpoint(study, training, stem.with_suffix(".checkpoint"))


def _take_in_checkpoint(study: OpenStudy, training: PartTraining, earlier: Path) -> None:
    number, part = training.trial.number, training.unit[1]
    if not earlier.exists() or study.files.checkpoints(number, part):
        return
    try:
        tensors, about = load_tensors(earlier)
    except CheckpointError:
        return  # it is damaged, and the training starts from its first epoch
    n_epochs, seconds = about.get("epoch"), about.get("seconds")
    if about.get("key") == training.key and isinstance(n_epochs, int) and isinstance(seconds, int | float):
        # It knows how many epochs there were and how long they took together, and that is all that is asked for.
        nothing = Scores(0.0, ((0,) * study.cache.n_classes,) * study.cache.n_classes)
        epoch = Epoch(n_epochs, training.epochs, nothing, None, None, 0.0, seconds)
        progress = {"epochs": [asdict(epoch)], "best_score": None, "best_epoch": 0, "whose": training.whose(study)}
        save_tensors(study.files.checkpoint(number, part, attempt=0), tensors, progress)

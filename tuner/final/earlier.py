"""Results and checkpoints that an earlier version's final step left in the home: nothing is trained twice for them."""

from __future__ import annotations

import zlib

from tuner.errors import CheckpointError
from tuner.study.opened import OpenStudy
from tuner.training.tensors import load_tensors
from tuner.work.final_training import FinalTraining


def take_in_earlier(study: OpenStudy, training: FinalTraining) -> None:
    """Put the result of a training into the database, where an earlier version kept it as a file of the home."""
    what = "all" if training.fold is None else f"without-{training.fold}"
    path = study.files.final / f"{training.trial.number}-{what}.safetensors"
    if not path.exists():
        return
    try:
        _, about = load_tensors(path)
    except CheckpointError:
        return  # torn or damaged: it is trained again
    if about.get("key") == training.key:
        study.storage.parts.store(
            study.study_id,
            *training.unit,
            training.key,
            zlib.compress(path.read_bytes(), level=1),
            about["seconds"],
        )

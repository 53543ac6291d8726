"""The trainings of the final step, as plain data that a process of its own reads."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.module_files import ModuleFile
from tuner.errors import CheckpointError
from tuner.study.record import RESULTS_VERSION
from tuner.training.tensors import load_tensors


@dataclass(frozen=True)
class Job:
    """One training of the final step.

    Parameters
    ----------
    trial : int
        Number of the trial that is trained again.
    settings : dict
        Its settings, as plain data.
    epochs : int
        Epochs to train of those that are planned.
    fold : int or None
        Fold that is held out; None for a training on all labelled recordings.
    seed : int
        Of the training.
    data : str
        Fingerprint of the cache.
    cache, folds, out : str
        Where the cache lies, the fold of each labelled recording, and where the result goes.
    modules : list of dict
        The files that its architecture comes from, where it is a person's own.
    """

    trial: int
    settings: dict[str, Any]
    epochs: int
    fold: int | None
    seed: int
    data: str
    cache: str
    folds: str
    out: str
    modules: list[dict[str, str]] = dataclasses.field(default_factory=list)

    @property
    def files(self) -> list[ModuleFile]:
        """The files that its architecture comes from."""
        return [ModuleFile(**module) for module in self.modules]

    @property
    def name(self) -> str:
        """What is said of it while it runs."""
        part = "all recordings" if self.fold is None else f"fold {self.fold + 1}"
        return f"trial {self.trial} on {part}" if self.fold is None else f"trial {self.trial} without {part}"

    @property
    def key(self) -> str:
        """Tells results of this job from those of another, or of another version, that would lie at the same place."""
        deciding = {k: v for k, v in dataclasses.asdict(self).items() if k not in ("cache", "folds", "out", "modules")}
        folds = hashlib.sha256(Path(self.folds).read_bytes()).hexdigest()
        words = [deciding, folds, RESULTS_VERSION, *(file.sha256 for file in self.files)]
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()

    @property
    def checkpoint(self) -> Path:
        """Its last epoch, while it is not done."""
        return Path(self.out).with_suffix(".checkpoint")

    @property
    def is_done(self) -> bool:
        """Whether its result is there."""
        try:
            return bool(load_tensors(Path(self.out))[1]["key"] == self.key)
        except CheckpointError:
            return False

"""Where a study's files lie under the home, and which of them are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optuna.trial import TrialState

if TYPE_CHECKING:
    from tuner.storage import StudyStorage

KEPT = 3
"""Trials of each architecture whose best weights stay on disk."""


@dataclass(frozen=True)
class StudyFiles:
    """Paths of one study.

    Parameters
    ----------
    home : Path
        Folder of all studies.
    name : str
        Name of the study.
    """

    home: Path
    name: str

    @property
    def folder(self) -> Path:
        """Everything of the study but its dashboard artifacts."""
        return self.home / self.name

    @property
    def logs(self) -> Path:
        """One log file a worker."""
        return self.folder / "logs"

    @property
    def artifacts(self) -> Path:
        """Images shown by the dashboard, shared by all studies as it has one store."""
        return self.home / "artifacts"

    @property
    def best(self) -> Path:
        """Where the final step writes unless told otherwise."""
        return self.folder / "best"

    @property
    def trials(self) -> Path:
        """Best weights of finished trials."""
        return self.folder / "trials"

    @property
    def unfinished(self) -> Path:
        """Checkpoints of what is under way."""
        return self.folder / "checkpoints"

    def weights(self, number: int) -> Path:
        """Best weights of a finished trial."""
        return self.trials / f"{number}.safetensors"

    def checkpoint(self, number: int, attempt: int) -> Path:
        """Last epoch of a trial under way; an attempt that was taken over cannot overwrite its successor's."""
        return self.unfinished / f"{number}-{attempt}.safetensors"

    def checkpoints(self, number: int) -> list[Path]:
        """Return the checkpoints of a trial, newest attempt first."""
        found = self.unfinished.glob(f"{number}-*.safetensors")
        return sorted(found, key=lambda path: -int(path.stem.split("-")[1]))

    def remove_checkpoints(self, number: int) -> None:
        """Remove what a finished trial no longer needs."""
        for path in self.checkpoints(number):
            path.unlink(missing_ok=True)

    def keep_best_weights(self, storage: StudyStorage, study_id: int) -> None:
        """Remove the weights of all finished trials but the best few of each architecture."""
        done = storage.get_all_trials(study_id, states=(TrialState.COMPLETE, TrialState.PRUNED))
        ranked = sorted(
            (trial for trial in done if trial.value is not None),
            key=lambda trial: (trial.state == TrialState.COMPLETE, trial.value),
            reverse=True,
        )
        kept: dict[str, int] = {}
        for trial in ranked:
            architecture = trial.user_attrs["settings"]["architecture"]
            kept[architecture] = kept.get(architecture, 0) + 1
            if kept[architecture] > KEPT:
                self.weights(trial.number).unlink(missing_ok=True)

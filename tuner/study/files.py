"""Where a study's files lie under the home, and which of them are kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta
from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.trial import FrozenTrial, TrialState

from tuner.errors import StudyError

if TYPE_CHECKING:
    from tuner.storage import StudyStorage
    from tuner.study.record import StudyRecord

KEPT = 3
"""Trials of each architecture whose best weights stay on disk."""


def artifacts_folder(home: Path) -> Path:
    """Return where the dashboard's pictures lie, of all studies together as it has one store."""
    return home / "artifacts"


def logs_folder(home: Path, name: str) -> Path:
    """Return where the workers of a study write, one log file each."""
    return home / name / "logs"


def home_id(home: Path) -> str:
    """Return a name by which those who see the same home know it, whatever its path is on their machine."""
    path = home / ".id"
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".id.lock"):
        if not path.exists():
            path.write_text(uuid4().hex)
        return path.read_text()


@dataclass(frozen=True)
class StudyFiles:
    """Paths of one study.

    Weights and checkpoints lie under the study's own token: another study of the same name, in another database or
    after this one was deleted, never takes them for its own.

    Parameters
    ----------
    home : Path
        Folder of all studies.
    record : StudyRecord
        The study.
    """

    home: Path
    record: StudyRecord

    @property
    def best(self) -> Path:
        """Where the final step writes unless told otherwise."""
        return self.home / self.record.name / "best"

    @property
    def _own(self) -> Path:
        return self.home / self.record.name / self.record.token

    def weights(self, number: int) -> Path:
        """Best weights of a finished trial."""
        return self._own / "trials" / f"{number}.safetensors"

    def kept_weights(self) -> list[int]:
        """Return the numbers of the trials whose weights are here."""
        return sorted(int(path.stem) for path in (self._own / "trials").glob("*.safetensors"))

    def checkpoint(self, number: int, attempt: int) -> Path:
        """Last epoch of a trial under way; an attempt that was taken over cannot overwrite its successor's."""
        return self._own / "checkpoints" / f"{number}-{attempt}.safetensors"

    @property
    def final(self) -> Path:
        """Where the final step keeps its trainings, to go on where it stopped."""
        return self._own / "final"

    @contextmanager
    def finalizing(self) -> Iterator[None]:
        """Keep others from finalizing, or deleting what is being finalized.

        Raises
        ------
        StudyError
            If another process is at it.
        """
        self.final.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.final / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StudyError(
                f"study {self.record.name} is being finalized by another process: wait for it, or end it if frozen"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def checkpoints(self, number: int) -> list[Path]:
        """Return the checkpoints of a trial, newest attempt first."""
        found = (self._own / "checkpoints").glob(f"{number}-*.safetensors")
        return sorted(found, key=_attempt_of, reverse=True)

    def remove_checkpoints(self, number: int, *, before: int | None = None) -> None:
        """Remove what a finished trial no longer needs, or one that has a checkpoint of a later attempt."""
        for path in self.checkpoints(number):
            if before is None or _attempt_of(path) < before:
                path.unlink(missing_ok=True)

    def disk_bytes(self) -> int:
        """Return how much the study's weights and checkpoints take."""
        files = [path for path in self._own.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files if path.exists())

    def sweep(self, storage: StudyStorage) -> None:
        """Remove what no trial needs any more: checkpoints of the finished ones, weights of all but the best few."""
        trials = storage.get_all_trials(self.record.study_id, deepcopy=False)
        finished = {trial.number for trial in trials if trial.state.is_finished()}
        torn = self._own.glob("trials/.*.tmp")  # their writers were killed
        for path in [*self._own.glob("checkpoints/*"), *torn]:
            number = re.match(r"\.?(\d+)[-.]", path.name)
            if number and int(number[1]) in finished:
                path.unlink(missing_ok=True)
        self._keep_best_weights(storage)

    def _keep_best_weights(self, storage: StudyStorage) -> None:
        done = storage.get_all_trials(self.record.study_id, states=(TrialState.COMPLETE, TrialState.PRUNED))
        objective = self.record.objective
        ranked = sorted(
            (trial for trial in done if trial.value is not None and "settings" in trial.user_attrs),
            key=lambda trial: (trial.state == TrialState.COMPLETE, objective.gain(trial.value)),
            reverse=True,
        )
        kept: dict[str, int] = {}
        for trial in ranked:
            architecture = trial.user_attrs["settings"]["architecture"]
            kept[architecture] = kept.get(architecture, 0) + 1
            if kept[architecture] > KEPT:
                self.weights(trial.number).unlink(missing_ok=True)

    def remove_weights(self) -> None:
        """Remove all weights and checkpoints of the study."""
        if self._own.exists():
            shutil.rmtree(self._own)

    def remove_pictures(self, storage: StudyStorage, trials: list[FrozenTrial]) -> None:
        """Remove the pictures of trials from the dashboard's store."""
        folder = artifacts_folder(self.home)
        if not folder.exists():
            return
        store = FileSystemArtifactStore(str(folder))
        for trial in trials:
            for meta in get_all_artifact_meta(trial, storage=storage):
                try:
                    store.remove(meta.artifact_id)
                except ArtifactNotFound:
                    continue  # its worker wrote to another home, or was killed between the name and the picture


def _attempt_of(checkpoint: Path) -> int:
    return int(checkpoint.stem.split("-")[1])

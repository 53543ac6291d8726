"""Where a study's files lie under the home, and which of them are kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta
from optuna.artifacts.exceptions import ArtifactNotFound

from data_pipeline.disk import make_folder, remedy, write_atomically
from tuner.errors import StudyError
from tuner.storage import SEARCH
from tuner.study.trials import TrialRecord, by_architecture, ranked

if TYPE_CHECKING:
    from tuner.storage import Storage
    from tuner.study.record import StudyRecord

KEPT = 3
"""Number of trials of each architecture whose best weights stay on disk."""


def artifacts_folder(home: Path) -> Path:
    """Return the folder of the dashboard's pictures; the dashboard has one store for all studies."""
    return home / "artifacts"


def logs_folder(home: Path, name: str) -> Path:
    """Return the folder of a study's logs, one file for each worker."""
    return home / name / "logs"


def home_id(home: Path, known: str | None = None) -> str:
    """Return the id of a home, which is the same on all machines that share it, whatever its path there.

    A home that has none, or one that is no id because the disk was full, gets the one that it is known to have had,
    or a new one.

    Raises
    ------
    StudyError
        If the home cannot be read or written.
    """
    try:
        make_folder(home)
        with FileLock(home / ".id.lock"):
            if (found := read_home_id(home)) is None:
                write_atomically(home / ".id", (known or uuid4().hex).encode())
                found = read_home_id(home)
    except OSError as error:
        raise StudyError(f"home {home}: {error.strerror or error}; {remedy(error)}, or set --home") from error
    assert found is not None
    return found


def read_home_id(home: Path) -> str | None:
    """Return the id of a home; None where there is none, or nothing that is an id.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        content = (home / ".id").read_bytes()[:64].decode(errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return content if re.fullmatch("[0-9a-f]{32}", content) else None


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
        Record of the study.
    """

    home: Path
    record: StudyRecord

    @property
    def best(self) -> Path:
        """Folder that the final step writes to by default."""
        return self.home / self.record.name / "best"

    @property
    def _own(self) -> Path:
        return self.home / self.record.name / self.record.token

    def weights(self, number: int) -> Path:
        """Return the path of a finished trial's best weights."""
        return self._own / "trials" / f"{number}.safetensors"

    def kept_weights(self) -> list[int]:
        """Return the numbers of the trials whose weights are on this machine."""
        return sorted(int(path.stem) for path in (self._own / "trials").glob("*.safetensors"))

    def checkpoint(self, number: int, part: str, attempt: int) -> Path:
        """Return the path of a training's last epoch; each attempt has its own, so none overwrites its successor's."""
        return self._checkpoints(part) / f"{_stem(number, part)}-{attempt}.safetensors"

    def _checkpoints(self, part: str) -> Path:
        return self._own / "checkpoints" if part == SEARCH else self.final

    @property
    def final(self) -> Path:
        """Folder of the checkpoints of the final step's trainings."""
        return self._own / "final"

    def checkpoints(self, number: int, part: str, attempts: int = 0) -> list[Path]:
        """Return the checkpoints of a training, newest attempt first.

        Those of the first `attempts` are asked for by name: a network file system may list a folder as it was a minute
        ago, and a training that was just handed back elsewhere would start over.
        """
        found = set(self._checkpoints(part).glob(f"{_stem(number, part)}-*.safetensors"))
        named = (self.checkpoint(number, part, attempt + 1) for attempt in range(attempts))
        return sorted(found | {path for path in named if path.exists()}, key=_attempt_of, reverse=True)

    def remove_checkpoints(self, number: int, part: str, *, before: int | None = None) -> None:
        """Remove the checkpoints of a training, or only those of the attempts before a given one."""
        for path in self.checkpoints(number, part):
            if before is None or _attempt_of(path) < before:
                path.unlink(missing_ok=True)

    def disk_bytes(self) -> int:
        """Return how many bytes the study's weights and checkpoints take."""
        files = [path for path in self._own.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files if path.exists())

    def sweep(self, trials: Sequence[TrialRecord]) -> None:
        """Remove what is no longer needed: checkpoints of finished trials, and weights of all but the best few."""
        finished = {trial.number for trial in trials if trial.state.is_finished()}
        torn = self._own.glob("trials/.*.tmp")  # their writers were killed
        for path in [*self._own.glob("checkpoints/*"), *torn]:
            number = re.match(r"\.?(\d+)[-.]", path.name)
            if number and int(number[1]) in finished:
                path.unlink(missing_ok=True)
        for own in by_architecture(ranked(trials, self.record.objective)).values():
            for trial in own[KEPT:]:
                self.weights(trial.number).unlink(missing_ok=True)

    def sweep_final(self) -> None:
        """Remove what trainings of the final step left here that are done elsewhere or not wanted any more."""
        for path in [*self.final.glob("*-*-*.safetensors"), *self.final.glob(".*.tmp")]:
            if "without" not in path.name:  # results of an earlier version stay
                path.unlink(missing_ok=True)

    def remove_weights(self) -> None:
        """Remove all weights and checkpoints of the study."""
        if self._own.exists():
            shutil.rmtree(self._own)


def remove_pictures(home: Path, storage: Storage, study_id: int) -> None:
    """Remove the pictures of a study's trials from the dashboard's store."""
    folder = artifacts_folder(home)
    if not folder.exists():
        return
    store = FileSystemArtifactStore(str(folder))
    for trial in storage.optuna.get_all_trials(study_id, deepcopy=False):
        for meta in get_all_artifact_meta(trial, storage=storage.optuna):
            if not re.fullmatch("[0-9a-f-]{36}", str(meta.artifact_id)):
                continue  # it is none of ours, and its path may lead anywhere
            try:
                store.remove(meta.artifact_id)
            except ArtifactNotFound:
                continue  # its worker wrote to another home, or was killed before it wrote the picture


def _stem(number: int, part: str) -> str:
    return str(number) if part == SEARCH else f"{number}-{part.replace(' ', '')}"


def _attempt_of(checkpoint: Path) -> int:
    return int(checkpoint.stem.rpartition("-")[2])

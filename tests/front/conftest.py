"""A study with a trial of each kind and files of all kinds, and dashboards of it as processes."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
import pytest
from optuna.artifacts import FileSystemArtifactStore, upload_artifact
from tuner_command import STUDY, Tuner
from visitor import READING, STEERING, Visitor

from data_pipeline import Cache
from tuner.screen.figures import confusion_matrix
from tuner.storage import Storage, open_storage
from tuner.storage.optuna import id_of_trial
from tuner.study.files import artifacts_folder
from tuner.study.record import create_study
from tuner.study.spec import read_spec

SCRIPT = "document.title = 'it ran'"
EVIL = {
    "evil.html": f"<!DOCTYPE html><title>calm</title><script>{SCRIPT}</script>",
    "evil.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><script>{SCRIPT}</script></svg>',
    "learning_curve.png": f"<!DOCTYPE html><title>calm</title><script>{SCRIPT}</script>",
}


@dataclass(frozen=True)
class Shown:
    """A study that dashboards show."""

    storage: Storage
    tuner: Tuner
    study_id: int
    foreign_id: int
    finished: int
    running: int
    foreign_trial: int
    files: dict[str, str]
    """Ids of artifacts by their names."""

    def next_note(self) -> int:
        """Give the version that the study's next note has to have."""
        return int(self.storage.optuna.get_study_system_attrs(self.study_id).get("dashboard:note_ver", 0)) + 1

    def artifact(self, name: str) -> str:
        return f"/artifacts/{self.study_id}/{self.finished}/{self.files[name]}"


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory, cache: Cache) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("shown")
    (folder / "small.toml").write_text(STUDY.format(trials=5, epochs=1, pruner='{ kind = "none" }', study="", space=""))
    tuner = Tuner(folder, f"sqlite:///{folder / 'tuner.db'}")
    storage = open_storage(tuner.storage, create=True)
    record = create_study(storage, read_spec(folder / "small.toml"), cache)
    study = optuna.load_study(study_name="small", storage=storage.optuna)
    trials = [study.ask() for _ in range(3)]
    for trial in trials:
        trial.suggest_float("train.lr", 1e-4, 1e-2)
        trial.report(0.5, 1)
    files = _attach(trials[0], folder)
    for i, trial in enumerate(trials[:2]):
        study.tell(trial, 0.5 + 0.1 * i)
    foreign = optuna.create_study(study_name="foreign", storage=storage.optuna)
    foreign_trial = foreign.ask()
    yield Shown(
        storage,
        tuner,
        record.study_id,
        storage.optuna.get_study_id_from_name("foreign"),
        id_of_trial(trials[0]),
        id_of_trial(trials[2]),
        id_of_trial(foreign_trial),
        files,
    )
    storage.close()


def _attach(trial: optuna.Trial, folder: Path) -> dict[str, str]:
    place = artifacts_folder(folder / "runs")
    place.mkdir(parents=True)
    store = FileSystemArtifactStore(str(place))
    confusion_matrix([[3, 1], [1, 3]], ["N", "A"], "trial 0").savefig(folder / "confusion_matrix.png")
    for name, text in EVIL.items():
        (folder / name).write_text(text)
    return {
        name: upload_artifact(artifact_store=store, file_path=str(folder / name), study_or_trial=trial)
        for name in ("confusion_matrix.png", *EVIL)
    }


@contextmanager
def dashboard(tuner: Tuner, *options: object, **variables: str) -> Iterator[int]:
    """Start a dashboard and give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tuner.cli", "dashboard", "--port", "0", *map(str, options)],
        cwd=tuner.folder,
        env={**tuner.environment, **variables},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        found = (re.search(r"http://.*:(\d+)/ ", line) for line in process.stderr)
        yield next(int(match[1]) for match in found if match)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="session")
def open_port(shown: Shown) -> Iterator[int]:
    """The port of a dashboard without passwords."""
    with dashboard(shown.tuner) as port:
        yield port


@pytest.fixture(scope="session")
def guarded_port(shown: Shown) -> Iterator[int]:
    """The port of a dashboard with both passwords."""
    with dashboard(shown.tuner, TUNER_DASHBOARD_PASSWORD=READING, TUNER_DASHBOARD_STEER_PASSWORD=STEERING) as port:
        yield port


@pytest.fixture
def stranger(guarded_port: int) -> Visitor:
    return Visitor(guarded_port)

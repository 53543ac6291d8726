"""A study of quick real trainings in a folder and a database of its own, whose workers are real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from sqlalchemy import create_engine

from data_pipeline import Cache
from tuner.storage import SEARCH, Storage, open_storage
from tuner.study.files import logs_folder
from tuner.study.record import create_study, load_study
from tuner.study.spec import read_spec
from tuner.study.status import Status, read_status

NAME = "chaos"

SPACE = """
"train.epochs" = {epochs}
"train.batch_size" = 16
"train.optimizer" = "adamw"
"train.schedule" = "onecycle"
"train.gain" = 0.0
"train.polarity" = 0.0
"train.crop_s" = 0.0
"train.resample" = 0.0
"train.burst" = 0.0
"train.wander" = 0.0
"train.hum" = 0.0
"train.noise" = 0.0
"stft_crnn.rate" = 100
"stft_crnn.window" = 64
"stft_crnn.hop" = 64
"stft_crnn.blocks" = 2
"stft_crnn.channels" = 4
"stft_crnn.hidden" = 8
"resnet1d.rate" = 50
"resnet1d.width" = 4
"resnet1d.stages" = 2
"""
"""Real trainings of some hundredths of a second an epoch."""

# No pruner, or scores would depend on which trial is how far when.
STUDY = (
    """
[study]
name = "{name}"
trials = {trials}
folds = 1
seed = {seed}
max_failures = {trials}

[search]
architectures = ["stft_crnn", "resnet1d"]
sampler = {{ kind = "random" }}
pruner = {{ kind = "none" }}

[space]"""
    + SPACE
)

_HELD = """
    SELECT 1 FROM tuner_leases
    WHERE trial_id = NEW.trial_id AND part = NEW.part AND attempt = NEW.attempt AND owner IS NOT NULL
"""
_NOTE = "INSERT INTO chaos_zombies VALUES (NEW.trial_id, NEW.epoch, NEW.attempt);"
ZOMBIES = "SELECT number, epoch, attempt FROM chaos_zombies JOIN trials ON trials.trial_id = chaos_zombies.trial_id"
_TABLE = "CREATE TABLE chaos_zombies (trial_id INTEGER, epoch INTEGER, attempt INTEGER)"
TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER chaos_{event} AFTER {event} ON tuner_epochs WHEN NOT EXISTS ({_HELD}) BEGIN {_NOTE} END"
        for event in ("INSERT", "UPDATE")
    ],
    "postgresql": [
        "CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS ({_HELD}) THEN {_NOTE} END IF; RETURN NULL; END $$",
        "CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON tuner_epochs FOR EACH ROW EXECUTE FUNCTION chaos_note()",
    ],
}


class Stage:
    """One study in a folder and a database of its own.

    Parameters
    ----------
    folder : Path
        Not there yet.
    url : str
        Of an empty database, as this process sees it.
    environment : mapping of str to str, optional
        What the commands get beside this process's environment; with TUNER_STORAGE where they see the database by
        another address.
    """

    def __init__(self, folder: Path, url: str, environment: Mapping[str, str] | None = None) -> None:
        folder.mkdir()
        self.folder, self.home, self.url = folder, folder / "runs", url
        self.out = folder / "best"
        self._environment = {"TUNER_STORAGE": url, "TUNER_HOME": str(self.home), **(environment or {})}
        self.storage: Storage
        self.study_id = -1
        self._commands: list[subprocess.Popen[bytes]] = []

    def create(self, cache: Path, text: str) -> None:
        """Create the study of a file's text, and have the database note zombies."""
        file = self.folder / "study.toml"
        file.write_text(text)
        self.storage = open_storage(self.url, create=True)
        self.study_id = create_study(self.storage, read_spec(file), Cache.open(cache)).study_id
        engine = create_engine(self.url)
        with engine.begin() as connection:
            for statement in (_TABLE, *TRIGGERS[engine.dialect.name]):
                connection.exec_driver_sql(statement)
        engine.dispose()

    def tuner(self, *arguments: object) -> "subprocess.Popen[bytes]":
        """Start the command `tuner`; what it says is appended to a file."""
        with (self.folder / "said").open("ab") as out:
            command = subprocess.Popen(
                [sys.executable, "-m", "tuner.cli", *map(str, arguments)],
                env={**os.environ, **self._environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,  # Ctrl-C is for the benchmark, which then ends them all
            )
        self._commands.append(command)
        return command

    def work(self, n_workers: int) -> "subprocess.Popen[bytes]":
        """Start a parent of workers."""
        return self.tuner("work", NAME, "--workers", n_workers, "--device", "cpu")

    def finalize(self, n_workers: int) -> "subprocess.Popen[bytes]":
        """Start the final step, with all trials for candidates."""
        options = ("--budget", "100h", "--out", self.out, "--workers", n_workers, "--device", "cpu")
        return self.tuner("finalize", NAME, *options)

    def end(self) -> None:
        """Kill what is left of its commands and their workers."""
        for command in self._commands:
            command.kill()
            command.wait()
        for worker in (left := self.workers()):
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        psutil.wait_procs(left)

    def said(self) -> str:
        """Return the last words of the commands."""
        return (self.folder / "said").read_text()[-2000:]

    def workers(self) -> list[psutil.Process]:
        """List the study's workers, also those whose parent is gone."""
        found = psutil.process_iter(["cmdline", "status"])
        return [process for process in found if self._is_worker(process.info["cmdline"], process.info["status"])]

    def _is_worker(self, command: list[str] | None, status: str) -> bool:
        return status != psutil.STATUS_ZOMBIE and {"tuner.work.worker", str(self.home)} <= set(command or ())

    def epochs(self, *, final: bool = False) -> int:
        """Count the epochs so far, of the search or of the final step."""
        rows = self.storage.epochs.last(self.study_id).values()
        return sum(row.epoch for row in rows if (row.part != SEARCH) == final)

    def status(self) -> Status:
        """Read the study."""
        return read_status(self.storage, load_study(self.storage, NAME))

    def is_done(self) -> bool:
        """Tell whether all trials are finished."""
        status = self.status()
        return len(status.finished) >= status.asked

    def stories(self) -> dict[int, dict[str, str]]:
        """Write down of every trial, part by part, what must not depend on what its workers went through."""
        stories = {
            trial.number: {
                "state": trial.state.name,
                "score": repr(trial.value),
                "parameters": json.dumps(trial.params, sort_keys=True),
                "reports": json.dumps(trial.intermediate_values, sort_keys=True),
            }
            for trial in self.storage.optuna.get_all_trials(self.study_id, deepcopy=False)
        }
        for row in self.storage.epochs.of_study(self.study_id):
            measured = json.dumps([row.score, row.lr, row.metrics], sort_keys=True)
            stories[row.number][f"epoch {row.epoch}"] = measured
        return stories

    def files(self) -> dict[str, bytes]:
        """Read what the final step has written, less the seconds that the trainings took."""
        found = {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}
        return {name: _timeless(content) for name, content in found.items() if not name.endswith("SHA256SUMS")}

    def _logs(self) -> str:
        return "".join(path.read_text() for path in logs_folder(self.home, NAME).glob("*.log"))

    def tracebacks(self) -> int:
        """Count the exceptions that neither the commands nor the workers have a line for."""
        return ((self.folder / "said").read_text() + self._logs()).count("Traceback (most recent call last)")

    def epochs_twice(self) -> int:
        """Count the epochs that the workers' logs name once more, of the search and of the final step."""
        return sum(n - 1 for n in Counter(re.findall(r"INFO (.+ epoch \d+)/", self._logs())).values())


def _timeless(content: bytes) -> bytes:
    content = re.sub(rb'"seconds": [\d.e+-]+', b"", content)  # bundle.json
    return re.sub(rb"(\| [+-]\d\.\d{3} \|) \d+ \|$", rb"\1", content, flags=re.MULTILINE)  # the model card


def run_in_peace(stage: Stage, n_workers: int) -> float:
    """Run a study and return its seconds."""
    began = time.monotonic()
    try:
        if stage.work(n_workers).wait() != 0 or not stage.is_done():
            raise SystemExit(stage.said())
    finally:
        stage.end()
    return time.monotonic() - began


def exit_on_sigterm() -> None:
    """Let SIGTERM end this process as an error would, so that what it started is ended and what it wrote removed."""

    def leave(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)

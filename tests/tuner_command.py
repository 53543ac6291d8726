"""The command line as a user calls it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stage import SPACE
from tuner.storage import open_storage
from tuner.study.record import load_study
from tuner.study.status import Status, read_status

STUDY = (
    """
[study]
name = "small"
trials = {trials}
folds = 1
{study}

[search]
architectures = ["stft_crnn", "resnet1d"]
sampler = {{ kind = "random" }}
pruner = {pruner}

[space]"""
    + SPACE
    + "{space}\n"
)


MIXED_STUDY = """
[study]
name = "small"
trials = 3
folds = 1

[search]
architectures = ["feature_boosting", "resnet1d"]
sampler = { kind = "random" }
pruner = { kind = "none" }

[space]
"train.epochs" = 2
"train.schedule" = "onecycle"
"feature_boosting.rounds" = 100
"feature_boosting.depth" = 3
"resnet1d.width" = 8
"resnet1d.stages" = 5
"""
"""A study of trees and networks."""


@dataclass(frozen=True)
class Tuner:
    """The command `tuner` in a folder of its own."""

    folder: Path
    storage: str
    python_path: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        paths = filter(None, [self.python_path and str(self.python_path), os.environ.get("PYTHONPATH")])
        own = {
            "TUNER_STORAGE": self.storage,
            "TUNER_HOME": str(self.folder / "runs"),
            "PYTHONPATH": os.pathsep.join(paths),
        }
        return {**os.environ, **own}

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command and return its process."""
        return subprocess.Popen(
            [sys.executable, "-m", "tuner.cli", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(list(map(str, arguments)), process.returncode, out, err)

    def succeed(self, *arguments: object) -> str:
        """Run a command that must succeed and return its output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: object) -> Any:
        """Run a command with --json and return what it prints."""
        return json.loads(self.succeed(*arguments, "--json"))

    def status(self) -> Status:
        """Read the study "small" in this process, which is quicker than a command and shows the same."""
        storage = open_storage(self.storage)
        try:
            return read_status(storage, load_study(storage, "small"))
        finally:
            storage.close()

    def fail(self, *arguments: object) -> str:
        """Run a command that must fail with a one-line error and return that line."""
        done = self.run(*arguments)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert "Traceback" not in done.stderr and len(errors) == 1, done.stderr
        return errors[0]

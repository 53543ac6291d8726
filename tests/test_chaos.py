"""A short form of the benchmark that kills the workers of a study at random."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["sqlite", "postgres"])
def test_a_study_survives_what_its_workers_die_of(storage: str, request: pytest.FixtureRequest) -> None:
    if storage == "postgres":
        request.getfixturevalue("postgres_server")  # skips where there are no programs for one
    arguments = {"storage": storage, "workers": 2, "trials": 4, "epochs": 30, "kills": 5, "seed": 1}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.chaos", *(f"--{name}={value}" for name, value in arguments.items())],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["lost"], found["zombies"], found["finished"]) == (0, 0, 4)
    assert found["kills"] >= 3 and found["resumed"] >= 1
    assert found["best"] == found["best_without_kills"]
    assert found["epochs_twice"] <= found["kills"]

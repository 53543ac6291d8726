"""Short forms of the benchmarks: what they promise but for the times, which are printed and not judged."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from benchmarks import reading
from benchmarks.training import Turn, doubts
from data_pipeline import Recordings
from tools.postgres import PostgresServer

ROOT = Path(__file__).parents[1]

NEED_GCC = ("connections", "mounts", "disks", "clocks", "latency")

pytestmark = pytest.mark.slow


def run(benchmark: str, *arguments: object) -> dict[str, Any]:
    """Run a benchmark and read its last line."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{benchmark}", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)  # noqa: T201  the figures are there to be read
    assert ("no measurement" in done.stdout) == ("--short" in arguments)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_study_survives_all_kinds_of_faults(postgres_server: PostgresServer) -> None:
    sizes = ("--workers", 2, "--trials", 2, "--epochs", 12, "--faults-count", 8, "--seed", 1)
    found = run("chaos", "--storage", "both", "--faults", "all", *sizes)
    assert found["skipped"] == ({} if shutil.which("gcc") else dict.fromkeys(NEED_GCC, "needs Linux with gcc"))
    assert found["faults"] >= 12 and found["resumed"] >= 2
    assert (found["asked"], found["finished"], found["lost"], found["zombies"]) == (4, 4, 0, 0)
    assert found["tracebacks"] == 0
    assert (found["other_scores"], found["other_stories"], found["other_files"]) == (0, 0, 0)
    assert found["epochs_twice"] <= found["faults"]


def test_training_is_measured_and_workers_share_the_data() -> None:
    found = run("training", "--short", "--workers", 3)
    rates = ("notebook_recordings_per_s", "engine_recordings_per_s", "ratio", "gemm_gflops", "resnet1d_gflops")
    assert all(found[name] > 0 for name in (*rates, "resnet1d_of_gemm"))
    assert 0 < found["share_outside_training"] < 1
    assert found["data_pss_growth_per_worker"] < 0.05


@pytest.mark.parametrize("name", reading.FORMATS)
def test_what_is_timed_reads_all_recordings_of_a_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    signals = reading.make(reading.FEW)
    for part in ("few", "all"):
        (tmp_path / part).mkdir()
        reading.FORMATS[name].write(tmp_path / part, signals)
    read = reading.reader(name, ours=True)(tmp_path / "all")
    assert isinstance(read, Recordings)
    for kept, scale, offset, written in zip(read.signals, read.scale, read.offset, signals, strict=True):
        np.testing.assert_allclose(
            kept * np.float64(scale if name != "packed .zip" else 1e-3) + offset, written, atol=1e-4
        )
    for ours in (True, False):
        reading.measure_here(name, ours, tmp_path)
        assert json.loads(capsys.readouterr().out)["seconds"] > 0


def test_a_benchmark_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    def its_processes() -> list[psutil.Process]:
        listed = psutil.process_iter(["cmdline"])
        return [process for process in listed if any(str(tmp_path) in part for part in process.info["cmdline"] or ())]

    program = [sys.executable, "-m", "benchmarks.startup", "--repeats", "1"]
    benchmark = subprocess.Popen(program, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE)
    while not any("tuner.work.worker" in process.info["cmdline"] for process in its_processes()):
        assert benchmark.poll() is None
        time.sleep(0.1)
    benchmark.terminate()
    said, _ = benchmark.communicate()
    assert benchmark.returncode == 128 + signal.SIGTERM
    assert b"build the views" in said
    assert not its_processes()
    assert not list(tmp_path.iterdir())


QUIET = Turn(notebook=200.0, engine=1300.0, notebook_cores=1.4, engine_cores=1.98)


@pytest.mark.parametrize(
    ("turns", "load", "words"),
    [
        ([QUIET, QUIET], 1.9, []),
        ([QUIET, QUIET], 5.0, ["load"]),
        ([QUIET, replace(QUIET, notebook=120.0)], 0.1, ["notebook"]),
        ([QUIET, replace(QUIET, engine=800.0)], 0.1, ["engine's turns"]),
        ([replace(QUIET, engine_cores=1.2)], 0.1, ["1.20 cores"]),
    ],
)
def test_a_busy_machine_is_told_from_a_quiet_one(turns: list[Turn], load: float, words: list[str]) -> None:
    found = doubts(turns, load, n_cores=2)
    assert len(found) == len(words)
    assert all(word in doubt for word, doubt in zip(words, found, strict=True))

"""Workers that beat but do not work: real ones, whose main thread really hangs."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from impatient import WORKER
from processes import children_of
from sqlalchemy import text
from test_own_architectures import EXAMPLE, STUDY
from tuner_command import Tuner
from watching import counts, epochs, logs, wait

from data_pipeline import Cache
from tuner.screen.terminal import stuck_line, warnings
from tuner.storage import open_storage

pytestmark = pytest.mark.slow

StudyFile = Callable[..., Path]

PATIENT = 120.0


@contextmanager
def working_impatiently(tuner: Tuner, still_s: float, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Run `tuner work` with workers that hang after so many seconds without a step."""
    command = [sys.executable, str(Path(__file__).with_name("impatient.py")), str(still_s), "work"]
    process = subprocess.Popen(
        [*command, *map(str, arguments)], cwd=tuner.folder, env=tuner.environment, text=True, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        for worker in workers_of(process) if process.poll() is None else []:
            worker.kill()
        process.kill()
        process.communicate(timeout=60)


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return children_of(process.pid, WORKER)


def hang_at_its_next_checkpoint(tuner: Tuner, worker: psutil.Process) -> None:
    """Put a pipe that nobody reads in the place of the file to be written, which is like a dead disk."""
    (folder,) = (tuner.folder / "runs" / "small").glob("*/checkpoints")
    for path in folder.glob("[0-9]*.safetensors"):
        wait(lambda pipe=folder / f".{path.name}.{worker.pid}.tmp": _made(pipe))


def _made(pipe: Path) -> bool:
    """Make a pipe; not where the worker is just writing a file of that name."""
    try:
        os.mkfifo(pipe)
    except FileExistsError:
        return False
    return True


def test_a_worker_that_hangs_is_named_and_ends_and_another_goes_on(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=20), "--data", cache.path)
    with working_impatiently(tuner, 8.0, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (victim,) = workers_of(process)
        hang_at_its_next_checkpoint(tuner, victim)
        status = wait(lambda: (now := tuner.status()).running and now.running[0].is_stuck and now)
        assert re.search(r"trial 0 \(.*\) stuck since \d\d:\d\d:\d\d", warnings(status)[0])
        assert status.left_s is None, "nobody gets on"
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert stuck_line(status.running[0])[:20] in err and f"worker {victim.pid} hung; another takes its place" in err
    assert re.search(r"made no step for \d+ s: it ends with trial 0, which it hands back; it hangs in .*\.py line", err)
    assert counts(tuner)["complete"] == 1 and "goes on after epoch" in logs(tuner)
    storage = open_storage(tuner.storage)
    rows = storage.epochs.of_study(status.record.study_id)
    storage.close()
    assert [row.epoch for row in rows] == list(range(1, 21)) and rows[-1].attempt == 2


def test_two_signals_end_a_worker_that_hangs(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1000), "--data", cache.path)
    with working_impatiently(tuner, PATIENT, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (victim,) = workers_of(process)
        hang_at_its_next_checkpoint(tuner, victim)
        wait(lambda: _hangs(tuner))
        process.send_signal(signal.SIGTERM)
        wait(lambda: _is_leaving(tuner), 10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    assert counts(tuner)["waiting"] == 1 and not victim.is_running()
    assert _counted(tuner) == (0, 0), "leaving is no death"


def test_a_worker_whose_machine_is_taken_away_while_it_leaves_is_no_loss(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    """As a provider does with a machine that it lends for as long as nobody pays more for it."""
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1000), "--data", cache.path)
    with working_impatiently(tuner, PATIENT, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (victim,) = workers_of(process)
        hang_at_its_next_checkpoint(tuner, victim)  # an epoch that outlasts the notice
        process.send_signal(signal.SIGTERM)
        wait(lambda: _is_leaving(tuner), 10)
        for each in (process, victim):
            each.kill()
        psutil.wait_procs([victim], timeout=30)
    with working_impatiently(tuner, PATIENT, "small") as process:
        wait(lambda: tuner.status().running and not tuner.status().running[0].is_silent)
        assert _counted(tuner) == (0, 0)


HANGS = {
    "asleep": ("import time", "time.sleep(10**6)"),
    "in the midst of Python's own work": ("import re", "re.match('(a|a)*b', 64 * 'a')"),
}


@pytest.mark.parametrize("where", HANGS)
def test_a_trial_in_which_every_worker_hangs_is_failed_as_poisonous(
    tmp_path: Path, sqlite_url: str, cache: Cache, where: str
) -> None:
    tuner = Tuner(tmp_path, sqlite_url)
    what, hangs = HANGS[where]
    body = "        steps = inputs[:, None]\n"
    assert body in EXAMPLE
    (tmp_path / "my_net.py").write_text(f"{what}\n" + EXAMPLE.replace(body, f"        {hangs}\n{body}"))
    (tmp_path / "small.toml").write_text(STUDY.format(modules='modules = ["my_net.py"]').replace('"mine"', '"small"'))
    tuner.succeed("create", "small.toml", "--data", cache.path)
    with working_impatiently(tuner, 6.0, "small", "--trials", 1, "--trust-code") as process:
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    (trial,) = tuner.status().trials
    assert "poisonous: took 2 workers down" in (trial.reason or "")


def _hangs(tuner: Tuner) -> bool:
    """Tell whether no epoch comes any more."""
    before = epochs(tuner)
    return all(epochs(tuner) == before for _ in range(20))


def _one(tuner: Tuner, query: str) -> tuple[object, ...]:
    storage = open_storage(tuner.storage)
    with storage.database.engine.begin() as connection:
        row = tuple(connection.execute(text(query)).one())
    storage.close()
    return row


def _is_leaving(tuner: Tuner) -> bool:
    return bool(_one(tuner, "SELECT leaving FROM tuner_workers")[0])


def _counted(tuner: Tuner) -> tuple[object, ...]:
    return _one(tuner, "SELECT deaths, losses FROM tuner_leases")

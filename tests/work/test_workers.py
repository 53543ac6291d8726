"""Workers as processes: killed, stopped and started again, on both databases."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from tuner_command import Tuner
from watching import counts, epochs, logs, wait, workers_of, working

from data_pipeline import Cache
from tuner.storage import open_storage
from tuner.work.shutdown import Shutdown
from tuner.work.watchdog import Watchdog

pytestmark = pytest.mark.slow

StudyFile = Callable[..., Path]


def test_workers_run_exactly_the_asked_number_of_trials(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner.succeed("create", study_file(trials=5, epochs=1), "--data", cache.path)
    done = tuner.run("work", "small", "--workers", 3)
    assert done.returncode == 0 and "5/5 trials" in done.stderr, done.stderr
    assert counts(tuner) == {"complete": 5, "pruned": 0, "fail": 0, "running": 0, "waiting": 0, "silent": 0}
    again = tuner.run("work", "small")
    assert again.returncode == 0 and "all done" in again.stderr
    tuner.succeed("work", "small", "--trials", "+1")
    assert counts(tuner)["complete"] == 6


def test_a_killed_worker_s_trial_is_taken_over_in_place(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner.succeed("create", study_file(trials=1, epochs=40), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (victim,) = workers_of(process.pid)
        victim.kill()
        wait(lambda: any(worker.pid != victim.pid for worker in workers_of(process.pid)))
        assert process.wait(timeout=600) == 0
    status = tuner.status().to_dict()
    assert status["trials"]["complete"] == 1 and status["finished"] == 1
    assert status["best"]["trial"] == 0 and status["best"]["result"]["epochs"] == 40
    assert "goes on after epoch" in logs(tuner), "the trial started anew instead of going on"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_work_hands_back_and_goes_on(
    number: signal.Signals, sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=2, epochs=60), "--data", cache.path)
    with working(tuner, "small", "--workers", 2) as process:
        wait(lambda: len(tuner.status().running) == 2 and epochs(tuner) >= 2)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
    status = tuner.status().to_dict()
    assert (status["trials"]["running"], status["trials"]["waiting"]) == (0, 2) and status["workers"] == []
    before = status["epochs"]
    with working(tuner, "small", "--workers", 2) as process:
        wait(lambda: epochs(tuner) > before)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
    assert logs(tuner).count("goes on after epoch") == 2
    assert counts(tuner)["waiting"] == 2


def test_the_first_signal_waits_for_the_epoch_and_the_second_does_not() -> None:
    shutdown = Shutdown(os.getpid())
    with Watchdog(shutdown.request, lambda: None):
        os.kill(os.getpid(), signal.SIGTERM)
        wait(lambda: shutdown.is_requested, 5)
        assert not shutdown.is_urgent
        os.kill(os.getpid(), signal.SIGINT)
        wait(lambda: shutdown.is_urgent, 5)


def test_a_worker_without_its_parent_asks_itself_to_leave() -> None:
    shutdown = Shutdown(parent=os.getpid())  # this process is not its own parent
    shutdown.notice_parent()
    assert shutdown.is_requested and not shutdown.is_urgent


def test_workers_leave_when_their_parent_is_killed(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=100_0), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 1)
        (worker,) = workers_of(process.pid)
        process.kill()
        worker.wait(timeout=60)
    assert counts(tuner)["waiting"] == 1


def test_a_timeout_prunes_what_runs_and_says_so(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=50, epochs=1000, study='timeout = "3s"'), "--data", cache.path)
    done = tuner.run("work", "small", "--workers", 2)
    assert done.returncode == 0 and "the study's time is over" in done.stderr, done.stderr
    status = tuner.status().to_dict()
    assert status["trials"]["pruned"] == status["finished"] <= 2 and status["trials"]["running"] == 0
    assert status["best"]["reason"] == "the study's time is over"
    assert "time is over" in tuner.run("work", "small").stderr


def test_what_was_left_behind_is_brought_to_its_end_when_time_is_over(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=50, epochs=1000, study='timeout = "12s"'), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert counts(tuner)["waiting"] == 1
    wait(lambda: tuner.status().elapsed_s > 12)
    before = epochs(tuner)
    assert "the study's time is over" in tuner.run("work", "small").stderr
    status = tuner.status().to_dict()
    assert (status["finished"], status["trials"]["pruned"], status["epochs"]) == (1, 1, before)
    assert status["best"]["reason"] == "the study's time is over"


def test_a_trial_of_a_machine_that_is_gone_is_brought_to_its_end_when_time_is_over(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=50, epochs=1000, study='timeout = "1s"'), "--data", cache.path)
    storage = open_storage(tuner.storage)
    study_id = tuner.status().record.study_id
    worker_id = storage.workers.register(study_id, host="gone", pid=1, device="cpu", machine="gone")
    lease = storage.leases.claim(study_id, worker_id)
    assert lease is not None
    storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={"planned": 1000})
    with storage.database.engine.begin() as connection:
        for table in ("tuner_leases", "tuner_workers"):
            connection.execute(text(f"UPDATE {table} SET beat = beat - 3600"))
    storage.close()
    wait(lambda: tuner.status().elapsed_s > 1)
    assert "the study's time is over" in tuner.run("work", "small").stderr
    assert counts(tuner)["pruned"] == 1 and tuner.status().finished


def test_a_worker_that_stands_still_is_replaced(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=300), "--data", cache.path)
    with _soon_replacing(tuner) as process:
        wait(lambda: epochs(tuner) >= 2)
        (victim,) = workers_of(process.pid)
        victim.suspend()
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0 and f"worker {victim.pid} has been stopped" in err, out + err
    assert counts(tuner)["complete"] == 1 and "goes on after epoch" in logs(tuner)


def test_a_third_signal_ends_work_whatever_the_workers_do(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1000), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (worker,) = workers_of(process.pid)
        worker.suspend()
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)  # signals that are still to be delivered count once
        assert process.wait(timeout=20) == 1
    assert not worker.is_running()


@contextmanager
def _soon_replacing(tuner: Tuner) -> Iterator["subprocess.Popen[str]"]:
    """Run `tuner work` with little patience for workers that stand still."""
    program = "import tuner.cli, tuner.work.child; tuner.work.child.STOPPED_S = 4.0; tuner.cli.main()"
    command = [sys.executable, "-c", program, "work", "small"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=tuner.folder, env=tuner.environment, text=True, **pipes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_person_s_own_modules_are_not_taken_for_ours(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1), "--data", cache.path)
    for name in ("models", "tuner", "data_pipeline"):
        (tuner.folder / name).mkdir()
        (tuner.folder / name / "__init__.py").write_text("raise RuntimeError('mine')")
    command = [Path(sys.executable).parent / "tuner", "work", "small"]
    done = subprocess.run(command, cwd=tuner.folder, env=tuner.environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and counts(tuner)["complete"] == 1, done.stderr


def test_a_checkpoint_of_other_settings_is_left_alone(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=300), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    (trial,) = tuner.status().trials
    settings = trial.settings
    other = settings | {"train": settings["train"] | {"lr": settings["train"]["lr"] / 2}}
    storage = open_storage(tuner.storage)
    storage.optuna.set_trial_user_attr(trial.trial_id, "settings", other)
    storage.close()
    with working(tuner, "small") as process:
        wait(lambda: logs(tuner).count("epoch 1/300") == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert "of a training with other settings" in logs(tuner) and "goes on after epoch" not in logs(tuner)


def test_pause_resume_and_stop_are_obeyed(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1000), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 1)
        tuner.succeed("pause", "small")

        def stands_still() -> bool:
            before = epochs(tuner)
            time.sleep(1)
            return epochs(tuner) == before

        wait(stands_still)
        assert len(tuner.status().running) == 1
        before = epochs(tuner)
        tuner.succeed("resume", "small")
        wait(lambda: epochs(tuner) > before)
        tuner.succeed("stop", "small")
        assert process.wait(timeout=60) == 0
    assert counts(tuner)["waiting"] == 1
    assert "tuner resume small" in tuner.run("work", "small").stderr


def test_a_trial_that_diverges_fails_with_its_reason_and_the_worker_goes_on(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    path = study_file(trials=3, epochs=1)
    text = path.read_text().replace('"train.optimizer" = "adamw"', '"train.optimizer" = "sgd"')
    path.write_text(text.replace("[space]", '[space]\n"train.lr" = 10.0\n"train.weight_decay" = 10.0'))
    path.write_text(path.read_text().replace('"train.schedule" = "onecycle"', '"train.schedule" = "constant"'))
    path.write_text(path.read_text().replace('"train.epochs" = 1', '"train.epochs" = 60'))
    tuner.succeed("create", path, "--data", cache.path)
    tuner.succeed("work", "small")
    status = tuner.status().to_dict()
    assert status["finished"] == 3 and status["trials"]["fail"] >= 1
    assert "diverged: the training loss is" in tuner.succeed("status", "small")


def test_a_new_study_of_an_old_name_starts_from_nothing(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=300), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    (tuner.folder / "tuner.db").unlink()  # the checkpoint of trial 0 stays behind
    tuner.succeed("create", study_file(trials=1, epochs=1), "--data", cache.path)
    tuner.succeed("work", "small")
    assert "goes on after epoch" not in logs(tuner)
    assert tuner.json("best", "small")["result"]["epochs"] == 1


def test_a_device_that_is_not_there_costs_no_trial(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    sqlite_tuner.succeed("create", study_file(), "--data", cache.path)
    for device in ("cuda:99", "toaster"):
        assert "not to be had" in sqlite_tuner.fail("work", "small", "--device", device)
    assert counts(sqlite_tuner)["complete"] == 0


def test_work_refuses_changed_data(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile, tmp_path: Path) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(), "--data", cache.path)
    tuner.succeed("data", "prepare", "synthetic:60:2", "--out", tmp_path / "other")
    message = tuner.fail("work", "small", "--data", tmp_path / "other")
    assert "has changed since study small began" in message

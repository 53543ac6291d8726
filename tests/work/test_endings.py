"""Every way a trial or a worker can end, with real processes."""

import itertools
import os
import random
import re
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url
from tuner_command import Tuner
from watching import counts, epochs, logs, wait, workers_of, working

from data_pipeline import Cache, prepare
from data_pipeline.views import CAP_VARIABLE
from tools.line import Line
from tuner.storage import Storage, open_storage
from tuner.study.record import find_study

pytestmark = pytest.mark.slow

StudyFile = Callable[..., Path]

DIVERGING = '"train.lr" = 10.0\n"train.weight_decay" = 10.0'


def _opened(tuner: Tuner) -> tuple[Storage, int]:
    storage = open_storage(tuner.storage)
    study_id = find_study(storage, "small")
    assert study_id is not None
    return storage, study_id


def _scores(tuner: Tuner) -> list[tuple[int, int, float]]:
    storage, study_id = _opened(tuner)
    found = [(row.number, row.epoch, row.score) for row in storage.epochs.of_study(study_id)]
    storage.close()
    return found


def test_trials_of_killed_workers_come_to_the_very_same_scores(
    tuner: Tuner, tmp_path: Path, cache: Cache, study_file: StudyFile
) -> None:
    path = study_file(trials=2, epochs=30)
    unkilled = Tuner(tmp_path / "unkilled", f"sqlite:///{tmp_path / 'unkilled.db'}")
    unkilled.folder.mkdir()
    for each in (unkilled, tuner):
        each.succeed("create", path, "--data", cache.path)
    unkilled.succeed("work", "small", "--workers", 2)  # two workers on two cores, one thread each
    dice = random.Random(1)
    with working(tuner, "small", "--workers", 2) as process:
        for _ in range(4):
            before = epochs(tuner)
            wait(lambda before=before: epochs(tuner) > before and len(workers_of(process.pid)) == 2)
            dice.choice(workers_of(process.pid)).kill()
        assert process.wait(timeout=600) == 0
    assert logs(tuner).count("goes on after epoch") >= 1
    assert list((tuner.folder / "runs").rglob("checkpoints/*")) == [], "nobody needs them any more"
    assert _scores(tuner) == _scores(unkilled)
    assert len(_scores(tuner)) == 60


def test_after_the_last_worker_was_killed_it_is_said_and_the_next_one_goes_on(
    tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner.succeed("create", study_file(trials=1, epochs=60), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        workers = workers_of(process.pid)
        for victim in (process, *workers):
            os.kill(victim.pid, signal.SIGKILL)
        psutil.wait_procs(workers, timeout=30)
    for command in ("status", "compare", "list"):
        done = tuner.run(command, *([] if command == "list" else ["small"]))
        assert done.returncode == 0
        assert re.search(r"trial 0 .*no worker left; `tuner work small` goes on with it", done.stdout + done.stderr)
    assert counts(tuner)["running"] == 0 and counts(tuner)["silent"] == 1
    assert tuner.json("list")[0]["running"] == 0
    before = epochs(tuner)
    tuner.succeed("work", "small")
    assert f"goes on after epoch {before}" in logs(tuner) or f"goes on after epoch {before + 1}" in logs(tuner)
    assert counts(tuner)["complete"] == 1


def test_a_trial_that_takes_down_one_worker_after_another_is_failed_as_poisonous(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=2, epochs=1), "--data", cache.path)
    storage, study_id = _opened(tuner)
    for _ in range(5):
        worker_id = storage.workers.register(study_id, host="elsewhere", pid=1, device="cpu")
        assert storage.leases.claim(study_id, worker_id) is not None
        storage.leases.expire_worker(worker_id)
    storage.close()
    tuner.succeed("work", "small")
    assert counts(tuner)["fail"] == counts(tuner)["complete"] == 1
    assert "poisonous: took 5 workers down" in tuner.succeed("status", "small")


def test_a_trial_whose_input_is_too_large_fails_with_its_reason(
    sqlite_tuner: Tuner, tmp_path: Path, study_file: StudyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuner = sqlite_tuner
    without_views = prepare("synthetic:60:2", tmp_path / "cache")
    tuner.succeed("create", study_file(trials=2, epochs=1), "--data", without_views.path)
    monkeypatch.setenv(CAP_VARIABLE, "0.000001")
    tuner.succeed("work", "small", "--workers", 2)
    assert counts(tuner)["fail"] == 2
    assert f"raise {CAP_VARIABLE}" in tuner.succeed("status", "small")


def test_too_many_failures_in_a_row_stop_the_study(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    path = study_file(trials=9, epochs=60, study="max_failures = 2", space=DIVERGING)
    text = path.read_text().replace('"adamw"', '"sgd"').replace('"onecycle"', '"constant"')
    text = re.sub(r'"stft_crnn\..*\n', "", text).replace('"stft_crnn", ', "")
    path.write_text(text)
    tuner.succeed("create", path, "--data", cache.path)
    message = tuner.fail("work", "small")
    assert "2 trials in a row failed, the last: diverged" in message and "tuner resume small" in message
    assert counts(tuner)["fail"] == 2
    assert "2 trials in a row failed" in tuner.fail("work", "small")
    tuner.succeed("resume", "small")
    tuner.fail("work", "small")
    assert counts(tuner)["fail"] == 4, "who lets it go on gets as many tries again"


def test_one_trial_is_stopped_and_the_others_go_on(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=2, epochs=400), "--data", cache.path)
    assert "does not exist" in tuner.fail("stop", "small", "--trial", 0)
    with working(tuner, "small", "--workers", 2) as process:
        wait(lambda: len({trial.number for trial in tuner.status().running if trial.epoch}) == 2)
        tuner.succeed("stop", "small", "--trial", 0)
        wait(lambda: counts(tuner)["pruned"] == 1)
        assert counts(tuner)["running"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert tuner.status().trials[0].reason == "stopped by hand"
    assert "is finished" in tuner.fail("stop", "small", "--trial", 0)
    tuner.succeed("stop", "small", "--trial", 1)  # handed back: obeyed by whoever has it next
    tuner.succeed("work", "small")
    assert counts(tuner)["pruned"] == 2


@pytest.mark.parametrize(("what", "there"), [("optuna", "4.9.0"), ("results", "0")])
def test_work_refuses_a_study_of_another_version(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile, what: str, there: str
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(), "--data", cache.path)
    storage, study_id = _opened(tuner)
    versions = storage.optuna.get_study_user_attrs(study_id)["versions"]
    storage.optuna.set_study_user_attr(study_id, "versions", versions | {what: there})
    storage.close()
    message = tuner.fail("work", "small")
    assert what in message.lower() and there in message and versions[what] in message
    assert "0/2 trials" in tuner.succeed("status", "small"), "it can still be looked at"


def test_training_goes_on_while_the_database_is_away(
    tmp_path: Path, postgres_url: str, line: Line, cache: Cache, study_file: StudyFile
) -> None:
    here = Tuner(tmp_path, postgres_url)
    far = Tuner(tmp_path, make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False))
    here.succeed("create", study_file(trials=1, epochs=120), "--data", cache.path)
    with working(far, "small") as process:
        wait(lambda: epochs(here) >= 2)
        line.cut()
        wait(lambda: "holds its reports back" in logs(here))
        said, trained = epochs(here), logs(here).count("trial 0 epoch")
        wait(lambda: logs(here).count("trial 0 epoch") >= trained + 2)
        assert epochs(here) == said
        line.mend()
        assert process.wait(timeout=600) == 0
    assert "held-back writes are made" in logs(here)
    storage, study_id = _opened(here)
    rows = storage.epochs.of_study(study_id)
    storage.close()
    assert [(row.epoch, row.attempt) for row in rows] == [(number, 1) for number in range(1, 121)]
    assert logs(here).count("trial 0 epoch") == 120, "an epoch was trained twice"
    assert counts(here)["complete"] == 1


def test_a_line_that_loses_every_third_acknowledgement_changes_nothing(
    tmp_path: Path, postgres_url: str, line: Line, cache: Cache, study_file: StudyFile
) -> None:
    undisturbed = Tuner(tmp_path / "undisturbed", f"sqlite:///{tmp_path / 'undisturbed.db'}")
    undisturbed.folder.mkdir()
    far = Tuner(tmp_path, make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False))
    path = study_file(trials=4, epochs=3)
    for each in (undisturbed, far):
        line.losses = itertools.cycle([False, False, True])
        each.succeed("create", path, "--data", cache.path)
        each.succeed("work", "small", "--workers", 2)
    line.losses = iter(())
    assert line.n_lost > 10
    assert counts(far)["complete"] == 4
    assert sorted(_scores(far)) == sorted(_scores(undisturbed))
    assert "silent" not in logs(far)


def test_a_full_disk_hands_the_trial_back(
    tmp_path: Path, postgres_url: str, cache: Cache, study_file: StudyFile
) -> None:
    tuner = Tuner(tmp_path, postgres_url)
    path = study_file(trials=1, epochs=500)
    path.write_text(path.read_text().replace('"stft_crnn.hidden" = 8', '"stft_crnn.hidden" = 64'))
    tuner.succeed("create", path, "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (worker,) = workers_of(process.pid)
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))  # room for logs, not for a checkpoint
        assert process.wait(timeout=60) == 1
    assert "cannot be written: File too large; free some space" in logs(tuner)
    assert counts(tuner)["waiting"] == 1
    before = epochs(tuner)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) > before)
    assert "goes on after epoch" in logs(tuner)


def test_a_folder_of_pictures_that_cannot_be_written_to_is_one_line(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1), "--data", cache.path)
    pictures = tuner.folder / "runs" / "artifacts"
    pictures.parent.mkdir()
    pictures.touch()  # a folder that cannot be made
    assert f"{pictures}: File exists; see to its folder" in tuner.fail("work", "small")
    assert "Traceback" not in logs(tuner)
    assert counts(tuner)["waiting"] == 1
    pictures.unlink()
    tuner.succeed("work", "small")
    assert counts(tuner)["complete"] == 1

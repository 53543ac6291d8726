"""The trainings of a final step: done by the study's workers wherever they are, whatever becomes of these."""

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
from watching import wait, workers_of, working

from data_pipeline import Cache
from tools.line import Line
from tuner.errors import StudyError, TrialError
from tuner.final.trainings import Trainings
from tuner.storage import open_storage
from tuner.study.opened import OpenStudy, open_study
from tuner.study.trials import TrialRecord

pytestmark = pytest.mark.slow

EPOCHS = 12


@pytest.fixture
def searched(sqlite_tuner: Tuner, cache: Cache, study_file: Callable[..., Path]) -> Tuner:
    """A finished search of two networks."""
    return _searched(sqlite_tuner, cache, study_file)


def _searched(tuner: Tuner, cache: Cache, study_file: Callable[..., Path]) -> Tuner:
    tuner.succeed("create", study_file(trials=2, epochs=EPOCHS), "--data", cache.path)
    tuner.succeed("work", "small", "--workers", 2)
    return tuner


@contextmanager
def finalizing(tuner: Tuner, *options: object) -> "Iterator[subprocess.Popen[str]]":
    """Run `tuner finalize`, and leave no process behind if the test fails."""
    process = tuner.start("finalize", "small", "--budget", "20m", *options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def _elsewhere(tuner: Tuner, name: str) -> Tuner:
    """The same study from another folder, with a home of its own."""
    folder = tuner.folder / name
    folder.mkdir()
    return Tuner(folder, tuner.storage)


def _logs(tuner: Tuner) -> str:
    return "".join(path.read_text() for path in (tuner.folder / "runs" / "small" / "logs").glob("*.log"))


def _best(tuner: Tuner) -> Path:
    return tuner.folder / "runs" / "small" / "best"


def test_workers_of_other_folders_and_homes_do_all_trainings(
    tuner: Tuner, cache: Cache, study_file: Callable[..., Path]
) -> None:
    searched = _searched(tuner, cache, study_file)
    others = [_elsewhere(searched, name) for name in ("one", "other")]
    with finalizing(searched, "--workers", 0) as final:
        wait(lambda: searched.status().is_finalizing)
        with working(others[0], "small") as one, working(others[1], "small") as other:
            wait(lambda: len(searched.status().final) == 2)
            shown = searched.succeed("status", "small")
            assert "trainings done" in shown and "fold" in shown
            _, said = final.communicate(timeout=600)
            assert final.returncode == 0, said
            for process in (one, other):
                _, said = process.communicate(timeout=60)
                assert process.returncode == 0 and "all done" in said, said
    assert (_best(searched) / "predictions.csv").exists() and not _logs(searched).count("fold")
    assert all("fold" in _logs(each) for each in others)
    again = searched.run("finalize", "small", "--budget", "20m", "--out", searched.folder / "again")
    assert again.returncode == 0 and "epoch" not in again.stderr, "results are there, whoever trained"


def test_a_training_of_a_killed_worker_goes_on_in_another_from_its_last_epoch(searched: Tuner) -> None:
    with finalizing(searched, "--workers", 0) as final:
        wait(lambda: searched.status().is_finalizing)
        with working(searched, "small") as first:
            wait(lambda: any(one.epoch >= 2 for one in searched.status().final))
            (worker,) = workers_of(first.pid)
            for process in (first, worker):
                process.kill()
        with working(searched, "small"):
            _, said = final.communicate(timeout=600)
    assert final.returncode == 0, said
    assert "goes on after epoch" in _logs(searched)


def test_a_worker_that_stands_still_is_replaced(searched: Tuner) -> None:
    program = "import tuner.cli, tuner.work.processes; tuner.work.processes.STOPPED_S = 2.0; tuner.cli.main()"
    with _program(searched, program, "--workers", "1") as final:
        wait(lambda: any(one.epoch for one in searched.status().final))
        (worker,) = workers_of(final.pid)
        worker.suspend()
        _, said = final.communicate(timeout=600)
    assert final.returncode == 0 and not worker.is_running(), said
    assert "has been stopped for" in said and "another takes its place" in said
    assert "goes on after epoch" in _logs(searched)


def test_an_outage_of_the_database_does_not_end_it(
    postgres_url: str, line: Line, tmp_path: Path, cache: Cache, study_file: Callable[..., Path]
) -> None:
    searched = _searched(Tuner(tmp_path, postgres_url), cache, study_file)
    head, _, database = postgres_url.rpartition("/")
    through_line = Tuner(tmp_path, f"{head.rpartition(':')[0]}:{line.port}/{database}")
    program = "import tuner.cli, tuner.commands.options as o; o.READ_PATIENCE_S = 1.0; tuner.cli.main()"
    with _program(through_line, program, "--workers", "1") as final:
        wait(lambda: any(one.epoch for one in searched.status().final))
        line.cut()
        began = time.monotonic()
        assert line.refused.wait(60)
        wait(lambda: time.monotonic() - began > 5.0)  # longer than a command that only reads would wait
        line.mend()
        _, said = final.communicate(timeout=600)
    assert final.returncode == 0, said
    assert "waiting for storage" in said and "is back after" in said


@contextmanager
def _program(tuner: Tuner, program: str, *options: str) -> "Iterator[subprocess.Popen[str]]":
    """Run `tuner finalize` with some of its constants changed."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, "finalize", "small", "--budget", "20m", *options],
        cwd=tuner.folder,
        env=tuner.environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def test_a_final_step_is_paused_resumed_and_stopped_as_a_search_is(searched: Tuner) -> None:
    with finalizing(searched, "--workers", 1) as final:
        wait(lambda: any(one.epoch for one in searched.status().final))
        searched.succeed("pause", "small")
        before = _still(searched)
        searched.succeed("resume", "small")
        wait(lambda: searched.status().final_epochs > before)
        searched.succeed("stop", "small")
        _, said = final.communicate(timeout=60)
        assert final.returncode == 1 and "was stopped in its final step: the same command goes on" in said, said
    assert searched.status().final == [] and not searched.status().is_finalizing
    with finalizing(searched) as final:  # a study may be stopped, and its final step done all the same
        assert final.wait(timeout=600) == 0
    assert searched.status().command == "stop"


def _still(tuner: Tuner) -> int:
    """Wait until no more epochs come, and return how many there are."""
    counts = [-1]

    def same() -> bool:
        counts.append(tuner.status().final_epochs)
        return len(counts) > 30 and len(set(counts[-30:])) == 1

    wait(same)
    return counts[-1]


@pytest.fixture
def study(sqlite_tuner: Tuner, cache: Cache, study_file: Callable[..., Path]) -> Iterator[OpenStudy]:
    """A finished search, opened here."""
    sqlite_tuner.succeed("create", study_file(trials=2, epochs=3), "--data", cache.path)
    sqlite_tuner.succeed("work", "small", "--workers", 2)
    opened = open_study(open_storage(sqlite_tuner.storage), "small", sqlite_tuner.folder / "runs")
    yield opened
    opened.storage.close()


def _trials(study: OpenStudy) -> list[TrialRecord]:
    found = study.storage.optuna.get_all_trials(study.study_id, deepcopy=False)
    return sorted((TrialRecord.of(trial) for trial in found), key=lambda trial: trial.number)


def test_a_candidate_that_fails_disturbs_no_other(study: OpenStudy) -> None:
    bad, good = _trials(study)
    assert bad.settings is not None
    wild = {"optimizer": "sgd", "lr": 10.0, "schedule": "constant", "weight_decay": 10.0, "epochs": 50, "batch_size": 4}
    _store_settings(study, bad, {**bad.settings, "train": {**bad.settings["train"], **wild}})
    bad, good = _trials(study)
    with Trainings(study, ["cpu", "cpu"], threads=1) as trainings:
        trainings.begin_folds(bad)
        trainings.begin_folds(good)
        with pytest.raises(TrialError, match=r"trial 0 without fold .: diverged"):
            trainings.of_folds(bad)
        results = trainings.of_folds(good)
        assert [len(result.held_out) for result in results] == [
            int((study.folds == fold).sum()) for fold in range(study.n_folds)
        ]
        states = {row.state for row in study.storage.parts.list(study.study_id)}
        assert states <= {"done", "failed"}, "what is left of the failed one is called off"


def _store_settings(study: OpenStudy, trial: TrialRecord, settings: dict[str, object]) -> None:
    """Change what is stored of a finished trial, which no worker may."""
    import json

    with study.storage.database.engine.begin() as connection:
        changed = text("UPDATE trial_user_attributes SET value_json = :v WHERE trial_id = :t AND key = 'settings'")
        connection.execute(changed, {"v": json.dumps(settings), "t": trial.trial_id})


def test_what_is_no_trial_s_fault_is_said(study: OpenStudy, tmp_path: Path) -> None:
    (trial, _) = _trials(study)
    elsewhere = OpenStudy(study.storage, study.record, study.home, tmp_path / "nothing")
    elsewhere.__dict__["_data"] = study._data  # only the workers look for the data at a wrong place
    with Trainings(elsewhere, ["cpu"], threads=1) as trainings, pytest.raises(StudyError, match="no cache at"):
        trainings.of_folds(trial)


def test_results_of_other_settings_are_not_taken_and_damaged_ones_are_made_again(study: OpenStudy) -> None:
    (trial, _) = _trials(study)
    with Trainings(study, ["cpu"], threads=1) as trainings:
        before = trainings.of_folds(trial)
        with study.storage.database.engine.begin() as connection:
            connection.execute(text("UPDATE tuner_parts SET result = 'torn' WHERE part = 'fold 2'"))
        again = trainings.of_folds(trial)
        assert all((one.held_out == other.held_out).all() for one, other in zip(before, again, strict=True))
    assert trial.settings is not None
    _store_settings(study, trial, {**trial.settings, "train": {**trial.settings["train"], "lr": 1e-3}})
    with Trainings(study, [], threads=1) as trainings:
        trainings.begin_folds(_trials(study)[0])
        assert {row.state for row in study.storage.parts.list(study.study_id)} == {"waiting"}


def test_sigterm_hands_everything_back(searched: Tuner) -> None:
    with finalizing(searched) as final:
        wait(lambda: any(one.epoch for one in searched.status().final))
        final.send_signal(signal.SIGTERM)
        _, said = final.communicate(timeout=60)
    assert "the same command goes on from the last epoch" in said and final.returncode != 0
    assert searched.status().final == [] and not searched.status().is_finalizing

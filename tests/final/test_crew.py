"""Trainings side by side, of which some fail."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import children_of
from watching import wait

from data_pipeline import Cache, make_folds
from models import get_architecture
from tuner.errors import CheckpointError, TrialError, TunerError
from tuner.final.crew import Crew
from tuner.final.jobs import Job
from tuner.final.training import load_result
from tuner.study.settings import Settings, TrainSettings

pytestmark = pytest.mark.slow

DIVERGING = TrainSettings(optimizer="sgd", lr=10.0, schedule="constant", weight_decay=10.0, epochs=50)


@pytest.fixture
def job(cache: Cache, tmp_path: Path) -> Job:
    """Trees that are quickly grown."""
    np.save(tmp_path / "folds.npy", make_folds(cache))
    return Job(
        trial=3,
        settings=_settings("feature_boosting", None, rounds=30, depth=2),
        epochs=2,
        fold=0,
        seed=0,
        data=cache.fingerprint,
        cache=str(cache.path),
        folds=str(tmp_path / "folds.npy"),
        out=str(tmp_path / "3-without-0.safetensors"),
    )


def _settings(architecture: str, train: TrainSettings | None, **own: Any) -> dict[str, Any]:
    return Settings(architecture, train, get_architecture(architecture).config(**own)).to_dict()


def test_the_next_candidate_is_trained_after_one_that_diverged(job: Job, tmp_path: Path, cache: Cache) -> None:
    bad = replace(job, settings=_settings("resnet1d", DIVERGING, width=4, stages=2, rate=50), epochs=50)
    bad_jobs = [replace(bad, fold=fold, out=str(tmp_path / f"bad{fold}")) for fold in range(3)]
    with Crew(["cpu", "cpu"], threads=1) as crew:
        with pytest.raises(TrialError, match="trial 3 without fold .: diverged"):
            crew.start(bad_jobs).wait()
        crew.start([job]).wait()
    n_held_out = int((make_folds(cache) == 0).sum())
    assert load_result(Path(job.out)).held_out.shape == (n_held_out, cache.n_classes)


def test_a_candidate_that_fails_disturbs_no_other(job: Job, tmp_path: Path, cache: Cache) -> None:
    bad = replace(job, settings=_settings("resnet1d", DIVERGING, width=4, stages=2, rate=50), epochs=50)
    good_jobs = [replace(job, fold=fold, out=str(tmp_path / f"good{fold}")) for fold in range(4)]
    with Crew(["cpu", "cpu"], threads=1) as crew:
        failing = crew.start([replace(bad, fold=fold, out=str(tmp_path / f"bad{fold}")) for fold in range(4)])
        others = crew.start(good_jobs)
        with pytest.raises(TrialError, match="diverged"):
            failing.wait()
        others.wait()
    assert all(one.is_done for one in good_jobs)


def test_a_result_of_other_settings_is_not_taken_for_ones_own(job: Job) -> None:
    with Crew(["cpu"], threads=1) as crew:
        crew.start([job]).wait()
    assert job.is_done
    assert not replace(job, epochs=1).is_done and not replace(job, seed=9).is_done
    np.save(job.folds, make_folds(Cache.open(Path(job.cache)), seed=1))
    assert not job.is_done


def test_what_is_no_trial_s_fault_is_said(job: Job, tmp_path: Path) -> None:
    with Crew(["cpu"], threads=1) as crew, pytest.raises(TunerError, match="no cache") as raised:
        crew.start([replace(job, cache=str(tmp_path / "nothing"))]).wait()
    assert not isinstance(raised.value, TrialError)


def test_a_training_that_stands_still_goes_on_in_another_process(
    job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tuner.final.crew.STOPPED_S", 2.0)
    long = replace(job, epochs=80, settings=_settings("feature_boosting", None, rounds=2000, depth=2))
    with Crew(["cpu"], threads=1) as crew:
        trainings = crew.start([long])
        wait(job.checkpoint.exists)
        # Other tests of this process may have left helpers of their own, as multiprocessing's resource tracker is.
        (process,) = children_of(os.getpid(), "tuner.final.training")
        process.suspend()
        trainings.wait()
    assert long.is_done and not process.is_running()
    assert f"process {process.pid} has been stopped" in caplog.text and "goes on from its last epoch" in caplog.text


def test_a_damaged_result_is_trained_again(job: Job) -> None:
    with Crew(["cpu"], threads=1) as crew:
        crew.start([job]).wait()
        before = load_result(Path(job.out)).held_out
        Path(job.out).write_bytes(Path(job.out).read_bytes()[:-9])
        with pytest.raises(CheckpointError):
            load_result(Path(job.out))
        crew.start([job]).wait()
    assert np.array_equal(load_result(Path(job.out)).held_out, before)

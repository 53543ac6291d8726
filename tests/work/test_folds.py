"""Trials of several parts: trained fold after fold, raced in between, killed and gone on with, on both databases."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tuner_command import Tuner
from watching import logs, wait, workers_of, working

from data_pipeline import Cache
from tuner.storage import open_storage

pytestmark = pytest.mark.slow

STUDY = """
[study]
name = "small"
trials = {trials}
folds = 3

[search]
architectures = ["feature_boosting", "resnet1d"]
sampler = {{ kind = "{sampler}" }}
pruner = {{ kind = "none" }}
race = {{ kind = "{race}" }}

[space]
"train.epochs" = {epochs}
"train.schedule" = "onecycle"
"feature_boosting.rounds" = 60
"feature_boosting.depth" = 3
"resnet1d.rate" = 50
"resnet1d.width" = 4
"resnet1d.stages" = 2
"""


@pytest.fixture
def create(tuner: Tuner, cache: Cache, tmp_path: Path) -> Callable[..., None]:
    """Create a study of three folds, of trees and networks."""

    def create(trials: int = 4, race: str = "none", sampler: str = "random", epochs: int = 4) -> None:
        file = tmp_path / "small.toml"
        file.write_text(STUDY.format(trials=trials, race=race, sampler=sampler, epochs=epochs))
        tuner.succeed("create", file, "--data", cache.path)

    return create


def _trials(tuner: Tuner) -> dict[int, dict[str, Any]]:
    status = tuner.status()
    return {trial.number: json.loads(json.dumps(trial.to_dict())) for trial in status.trials}


def _said(tuner: Tuner) -> dict[tuple[int, str], bytes]:
    """Return what each part of each trial says of its fold, by the trial's number."""
    status, storage = tuner.status(), open_storage(tuner.storage)
    try:
        numbers = {trial.trial_id: trial.number for trial in status.trials}
        found = storage.parts.held_out(status.record.study_id, list(numbers))
        return {(numbers[trial_id], part): said for (trial_id, part), said in found.items()}
    finally:
        storage.close()


def test_finalists_are_complete_and_the_final_step_trains_nothing_but_what_pays(
    tuner: Tuner, create: Callable[..., None]
) -> None:
    create()
    tuner.succeed("work", "small", "--workers", 2)
    trials = _trials(tuner)
    assert {trial["state"] for trial in trials.values()} == {"COMPLETE"}
    for trial in trials.values():
        result = trial["result"]
        assert result["parts"] == len(result["losses"]) == len(result["scores"]) == 3
        assert result["low"] <= trial["score"] <= result["high"]
        assert sum(map(sum, result["validation"]["confusion"])) == 60, "each recording is predicted once"
    assert len(_said(tuner)) == 4 * 3
    epochs = tuner.status().epochs
    done = tuner.run("finalize", "small", "--workers", 1)
    assert done.returncode == 0, done.stderr
    status = tuner.status()
    assert status.epochs == epochs, "a part was trained twice"
    manifest = json.loads((tuner.folder / "runs/small/best/model/bundle.json").read_text())
    confirmed = {one["trial"]: one["confirmed"]["value"] for one in manifest["confirmed"]["candidates"]}
    assert confirmed == pytest.approx({number: trial["score"] for number, trial in trials.items()}, abs=1e-9)


def test_a_trial_killed_in_a_later_part_comes_out_as_if_nothing_had_been(
    tuner: Tuner, create: Callable[..., None], cache: Cache, tmp_path: Path
) -> None:
    create(trials=2, epochs=12)
    with working(tuner, "small") as process:
        for fold in (1, 2, 3):
            wait(lambda fold=fold: any(t.fold == fold and t.epoch >= 2 for t in _networks(tuner)), 300)
            (victim,) = workers_of(process.pid)
            victim.kill()
            wait(lambda pid=victim.pid: any(worker.pid != pid for worker in workers_of(process.pid)))
        assert process.wait(timeout=600) == 0
    assert logs(tuner).count("goes on after epoch") >= 3
    undisturbed = Tuner(tmp_path / "undisturbed", f"sqlite:///{tmp_path / 'undisturbed.db'}")
    undisturbed.folder.mkdir()
    undisturbed.succeed("create", tmp_path / "small.toml", "--data", cache.path)
    undisturbed.succeed("work", "small")
    assert _said(tuner) == _said(undisturbed)
    assert {n: t["score"] for n, t in _trials(tuner).items()} == {
        n: t["score"] for n, t in _trials(undisturbed).items()
    }


def _networks(tuner: Tuner) -> list[Any]:
    return [training for training in tuner.status().running if training.architecture == "resnet1d"]


def test_a_trial_that_cannot_win_leaves_and_says_why(tuner: Tuner, create: Callable[..., None]) -> None:
    create(trials=8, race="paired", sampler="tpe")
    tuner.succeed("work", "small")
    trials = _trials(tuner)
    pruned = {number: trial for number, trial in trials.items() if trial["state"] == "PRUNED"}
    assert pruned and not {0, 1} & pruned.keys(), "the defaults of each kind have all parts"
    for trial in pruned.values():
        assert trial["result"]["parts"] < 3
        assert "behind trial" in trial["reason"] and "nats" in trial["reason"]
    assert "folds" in tuner.succeed("status", "small")


def test_what_a_stop_left_is_completed_by_the_final_step(tuner: Tuner, create: Callable[..., None]) -> None:
    create(trials=2, epochs=100)
    with working(tuner, "small") as process:
        wait(lambda: any(training.fold == 2 and training.epoch >= 1 for training in _networks(tuner)), 300)
        _stop_trial(tuner, 1)
        assert process.wait(timeout=120) == 0
    trial = _trials(tuner)[1]
    assert (trial["state"], trial["reason"]) == ("PRUNED", "stopped by hand")
    assert 1 <= trial["result"]["parts"] < 3, "its first fold is whole"
    tuner.succeed("finalize", "small", "--workers", 1, "--budget", "10m")
    assert {part for number, part in _said(tuner) if number == 1} == {"fold 1", "fold 2", "fold 3"}


def _stop_trial(tuner: Tuner, number: int) -> None:
    """Ask for the end of a trial, at once: a command takes as long to start as a fold of so few recordings."""
    storage = open_storage(tuner.storage)
    try:
        storage.leases.stop_trial(tuner.status().record.study_id, number)
    finally:
        storage.close()


def test_settings_are_not_trained_twice(sqlite_tuner: Tuner, cache: Cache, tmp_path: Path) -> None:
    tuner, file = sqlite_tuner, tmp_path / "small.toml"
    text = STUDY.format(trials=3, race="none", sampler="tpe", epochs=1).replace(', "resnet1d"]', "]")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith('"resnet1d'))
    pinned = {"lr": 0.1, "min_child_weight": 1.0, "features": 0.5, "recordings": 0.7, "l2": 1.0, "class_weight": 0.5}
    file.write_text(text + "".join(f'"feature_boosting.{name}" = {value}\n' for name, value in pinned.items()))
    tuner.succeed("create", file, "--data", cache.path)
    tuner.succeed("work", "small")
    trials = _trials(tuner)
    assert [trials[n]["state"] for n in range(3)] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert trials[2]["reason"] == "the same settings as trial 0, which are not trained twice"


def test_what_an_earlier_study_has_proven_is_tried_after_the_defaults(
    tuner: Tuner, create: Callable[..., None], cache: Cache, tmp_path: Path
) -> None:
    create(trials=5, epochs=1)
    tuner.succeed("work", "small", "--workers", 2)
    status = tuner.status()
    best = {kind.architecture: max(kind.trials, key=lambda trial: trial.score or 0.0) for kind in status.kinds}
    storage, elsewhere = tuner.storage, Tuner(tmp_path, f"sqlite:///{tmp_path / 'elsewhere.db'}")
    start = ("--warm-start", "small", "--warm-start-storage", storage)
    elsewhere.succeed("create", tmp_path / "small.toml", "--data", cache.path, *start)
    elsewhere.succeed("work", "small", "--workers", 2)
    trials = _trials(elsewhere)
    for number, architecture in ((2, "feature_boosting"), (3, "resnet1d")):
        assert (
            trials[number]["settings"] == best[architecture].settings or "the same settings" in trials[number]["reason"]
        )
    assert "has no finished trial" in elsewhere.fail(
        "create", _renamed(tmp_path, "crnn1d"), "--data", cache.path, "--warm-start", "small"
    )


def _renamed(folder: Path, architecture: str) -> Path:
    """Write a study of another architecture."""
    (folder / "other.toml").write_text(f'[study]\nname = "other"\n[search]\narchitectures = ["{architecture}"]\n')
    return folder / "other.toml"


def test_a_study_stops_itself_where_nothing_is_to_be_gained(sqlite_tuner: Tuner, cache: Cache, tmp_path: Path) -> None:
    tuner, file = sqlite_tuner, tmp_path / "small.toml"
    text = STUDY.format(trials=40, race="none", sampler="random", epochs=1).replace(', "resnet1d"]', "]")
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith('"resnet1d'))
    text = text.replace("folds = 3", "folds = 3\nstop_below = 0.9").replace("rounds = 60", "rounds = 20")
    file.write_text(text)
    tuner.succeed("create", file, "--data", cache.path)
    tuner.succeed("work", "small")
    status = tuner.status()
    assert status.command == "run" and 8 <= len(status.finished) == status.asked < 12
    assert "more searching will not pay" in (status.reason or "") and "stop_below is 0.9" in (status.reason or "")
    assert "more searching will not pay" in tuner.succeed("status", "small")

"""Studies that are scored by another metric, from the study file to the model card."""

import json
from pathlib import Path

import pandas as pd
import pytest
from sklearn import metrics
from tuner_command import MIXED_STUDY, Tuner

from data_pipeline import Cache, prepare

pytestmark = pytest.mark.slow

TITLES = {"log_loss": "log loss", "mcc": "Matthews correlation"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Sixty synthetic recordings whose test labels nobody else opens."""
    return prepare("synthetic:60:1", tmp_path_factory.mktemp("data") / "cache")


@pytest.fixture(scope="module")
def metric() -> str:
    """The one that is minimised, and the one that needs probabilities."""
    return "log_loss"


def test_scores_below_zero_are_kept_like_any_others(sqlite_tuner: Tuner, cache: Cache) -> None:
    study = MIXED_STUDY.replace("trials = 3", 'trials = 2\nmetric = "mcc"').replace("= 100", "= 25")
    (sqlite_tuner.folder / "small.toml").write_text(study)
    sqlite_tuner.succeed("create", "small.toml", "--data", cache.path)
    sqlite_tuner.succeed("work", "small", "--workers", 2)
    scores = [trial.score for trial in sqlite_tuner.status().finished]
    assert len(scores) == 2 and None not in scores
    best = sqlite_tuner.json("best", "small")
    assert best["score"] == max(scores)
    assert f"validation {TITLES['mcc']} " in sqlite_tuner.succeed("best", "small")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cache: Cache, metric: str) -> Tuner:
    """A finished search by this metric, with its final step done."""
    folder = tmp_path_factory.mktemp("finished")
    tuner = Tuner(folder, f"sqlite:///{folder / 'tuner.db'}")
    (folder / "small.toml").write_text(MIXED_STUDY.replace("trials = 3", f'trials = 4\nmetric = "{metric}"'))
    tuner.succeed("create", folder / "small.toml", "--data", cache.path)
    tuner.succeed("work", "small", "--workers", 2)
    (folder / "said").write_text(tuner.succeed("finalize", "small", "--budget", "20m", "--coverage", "0.8"))
    return tuner


def _model(tuner: Tuner) -> Path:
    return tuner.folder / "runs" / "small" / "best" / "model"


def test_the_best_trial_and_its_best_epoch_are_those_of_the_best_score(finished: Tuner, metric: str) -> None:
    trials, best_of = finished.status().finished, min if metric == "log_loss" else max
    assert all(trial.score is not None for trial in trials) and len(trials) == 4
    best = best_of(trials, key=lambda trial: (trial.score, trial.number if best_of is min else -trial.number))
    said = finished.json("best", "small")
    assert (said["trial"], said["score"]) == (best.number, best.score)
    storage_rows = _epochs(finished)
    for trial in trials:
        scores = storage_rows[storage_rows["number"] == trial.number].set_index("epoch")["score"]
        assert trial.score == best_of(scores) == scores[trial.result.best_epoch]
    compared = [row["score"] for row in finished.json("compare", "small")]
    assert compared == sorted(compared, reverse=best_of is max) and compared[0] == best.score
    assert f"validation {TITLES[metric]} " in finished.succeed("best", "small")
    assert f"best {TITLES[metric]} {best.score:.4f} (trial {best.number})" in finished.succeed("status", "small")


def _epochs(tuner: Tuner) -> pd.DataFrame:
    from tuner.storage import open_storage

    storage = open_storage(tuner.storage)
    rows = storage.epochs.of_study(tuner.status().record.study_id)
    storage.close()
    return pd.DataFrame([{"number": row.number, "epoch": row.epoch, "score": row.score} for row in rows])


def test_what_is_handed_over_has_the_score_of_its_out_of_fold_predictions(
    finished: Tuner, cache: Cache, metric: str
) -> None:
    about = json.loads((_model(finished) / "bundle.json").read_text())
    found = about["confirmed"]
    table = pd.read_csv(_model(finished).parent / "out_of_fold.csv")
    probabilities = table[list(cache.class_names)].to_numpy()
    truth = cache.labels[cache.labelled]
    expected = (
        metrics.log_loss(truth, probabilities / probabilities.sum(1, keepdims=True), labels=range(4))
        if metric == "log_loss"
        else metrics.matthews_corrcoef(truth, probabilities.argmax(1))
    )
    score = found["score"]
    assert score["value"] == pytest.approx(expected, abs=1e-4)
    assert score["low"] < score["value"] < score["high"]
    assert found["objective"] == about["objective"] == TITLES[metric]
    shown = f"{TITLES[metric]} {score['value']:.4g} ({score['low']:.4g} to {score['high']:.4g})"
    assert f"handed over: {shown}" in (finished.folder / "said").read_text()


def test_candidates_are_ordered_by_the_worse_end_and_the_curse_is_what_they_lose(finished: Tuner, metric: str) -> None:
    candidates = json.loads((_model(finished) / "bundle.json").read_text())["confirmed"]["candidates"]
    assert len(candidates) == 4
    sign, end = (-1, "high") if metric == "log_loss" else (1, "low")
    ends = [sign * one["confirmed"][end] for one in candidates]
    assert ends == sorted(ends, reverse=True)
    for one in candidates:
        assert one["curse"] == pytest.approx(sign * (one["search"] - one["confirmed"]["value"]))
    best_first = "the lowest upper end" if metric == "log_loss" else "the highest lower end"
    card = (_model(finished) / "README.md").read_text()
    assert best_first in card and f"| {TITLES[metric]} |" in card and "| accuracy |" in card


def test_test_scores_have_it_too(finished: Tuner, metric: str) -> None:
    scores = finished.json("evaluate", _model(finished), "--unseal")
    assert scores["objective"] == TITLES[metric]
    found = scores["intervals"]["objective"]
    assert found["low"] <= found["value"] <= found["high"]
    shown = f"{TITLES[metric]}: {found['value']:.4g} (95 % interval {found['low']:.4g} to {found['high']:.4g})"
    assert shown in finished.succeed("evaluate", _model(finished), "--unseal")


def test_unconfirmed_and_exported_models_name_it(finished: Tuner, metric: str, tmp_path: Path) -> None:
    best = finished.json("best", "small")
    said = finished.succeed("finalize", "small", "--without", "confirm", "--out", tmp_path / "unconfirmed")
    assert f"validation {TITLES[metric]} {best['score']:.4g}, not confirmed" in said
    finished.succeed("export", "small", "--out", tmp_path / "model")
    for folder in (tmp_path / "unconfirmed" / "model", tmp_path / "model"):
        assert f"| {TITLES[metric]} | {best['score']:.3f} |" in (folder / "README.md").read_text()
    finished.succeed("compare", "small", "--plot", tmp_path / "curves.png")

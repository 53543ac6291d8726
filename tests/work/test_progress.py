"""What a trial keeps of its epochs, and how that comes back from a checkpoint."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from data_pipeline import Cache, make_split
from models import get_architecture
from tuner.errors import CheckpointError
from tuner.statistics.objective import Objective
from tuner.statistics.scores import as_scores
from tuner.study.settings import Settings, TrainSettings
from tuner.training.fit import Epoch, Training
from tuner.training.tensors import load_tensors, save_tensors
from tuner.training.trainers import start_training
from tuner.work.progress import Progress

SCORES = as_scores(0.7, [[3, 1], [2, 4]])


@pytest.fixture
def training(cache: Cache) -> Training:
    """A network that is about to be trained."""
    settings = Settings("resnet1d", TrainSettings(), get_architecture("resnet1d").config(width=4, stages=2))
    labels = cache.labels[make_split(cache).train]
    return start_training(settings, labels, cache.n_classes, 5, torch.device("cpu"))


def _progress(training: Training, metric: str, scores: list[float | None]) -> Progress:
    """Take in epochs with these scores; after each, all weights are the epoch's number."""
    progress = Progress(Objective(metric))
    for number, score in enumerate(scores, start=1):
        for weight in training.model.parameters():
            weight.data.fill_(number)
        progress.add(Epoch(number, len(scores), SCORES, SCORES, score, 0.1, 1.0), training)
    return progress


def _kept(progress: Progress, training: Training) -> set[float]:
    names = dict(training.model.named_parameters())
    return {value for name in names for value in progress.best_weights[name].unique().tolist()}


@pytest.mark.parametrize(
    ("metric", "scores", "best"),
    [
        ("macro_f1", [0.2, 0.5, 0.5, 0.4], 2),
        ("mcc", [-0.4, -0.1, -0.3], 2),
        ("mcc", [-1.0, -1.0], 1),
        ("log_loss", [1.4, 0.9, 1.1, 0.9], 2),
        ("log_loss", [None, 1.4, None], 2),
    ],
)
def test_the_first_of_the_best_is_kept(training: Training, metric: str, scores: list[float | None], best: int) -> None:
    progress = _progress(training, metric, scores)
    assert (progress.best_epoch, progress.best_score) == (best, scores[best - 1])
    assert progress.best.number == best and _kept(progress, training) == {best}


def test_without_any_score_there_is_no_best(training: Training) -> None:
    progress = _progress(training, "kappa", [None, None])
    assert progress.best_score is None and progress.best_weights == {} and len(progress.epochs) == 2


def test_a_checkpoint_brings_everything_back(training: Training, tmp_path: Path) -> None:
    progress = _progress(training, "log_loss", [None, 1.4, 1.5])
    progress.save(tmp_path / "checkpoint", training, {"seed": 1})
    again = Progress(Objective("log_loss")).load(tmp_path / "checkpoint", training, {"seed": 1})
    assert again.epochs == progress.epochs and (again.best_score, again.best_epoch) == (1.4, 2)
    assert _kept(again, training) == {2}
    assert training.epoch == 3


def test_checkpoints_of_earlier_versions_which_stored_no_score_are_read(training: Training, tmp_path: Path) -> None:
    progress = _progress(training, "macro_f1", [SCORES.macro_f1, SCORES.macro_f1])
    progress.save(tmp_path / "checkpoint", training, {})
    tensors, about = load_tensors(tmp_path / "checkpoint")
    for epoch in about["epochs"]:
        del epoch["score"]
    save_tensors(tmp_path / "checkpoint", tensors, about)
    again = Progress(Objective("macro_f1")).load(tmp_path / "checkpoint", training, {})
    assert again.epochs == [replace(epoch, score=SCORES.macro_f1) for epoch in progress.epochs]
    assert (again.best_score, again.best_epoch) == (SCORES.macro_f1, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, about: about.update(epochs=[]),
        lambda tensors, about: about.update(epochs="x"),
        lambda tensors, about: about.pop("best_score"),
        lambda tensors, about: about.update(best_epoch=7),
        lambda tensors, about: about.update(best_epoch="x"),
        lambda tensors, about: about["epochs"][0].update(later=1),
        lambda tensors, about: about["epochs"][0]["train"].pop("loss"),
        lambda tensors, about: about["epochs"][-1].update(number=-1),
        lambda tensors, about: tensors.pop("model.head.bias"),
        lambda tensors, about: tensors.update({"model.head.bias": torch.zeros(99)}),
        lambda tensors, about: tensors.update({"model.later": torch.zeros(1)}),
        lambda tensors, about: tensors.update({"average.head.bias": torch.zeros(1)}),
        lambda tensors, about: tensors.update({"optimizer.0.exp_avg": torch.zeros(1)}),
        lambda tensors, about: tensors.update({"optimizer.99999.step": torch.zeros(())}),
        lambda tensors, about: tensors.update({"optimizer.x.step": torch.zeros(())}),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_and_changes_nothing(
    training: Training, tmp_path: Path, change: Callable[[dict[str, torch.Tensor], dict[str, Any]], object]
) -> None:
    _progress(training, "kappa", [0.1, 0.2]).save(tmp_path / "checkpoint", training, {})
    tensors, about = load_tensors(tmp_path / "checkpoint")
    change(tensors, about)
    save_tensors(tmp_path / "checkpoint", tensors, about)
    before = {name: tensor.clone() for name, tensor in training.state().items()}
    with pytest.raises(CheckpointError) as caught:
        Progress(Objective("kappa")).load(tmp_path / "checkpoint", training, {})
    assert "\n" not in str(caught.value)
    assert training.epoch == 0 and all(torch.equal(tensor, before[name]) for name, tensor in training.state().items())

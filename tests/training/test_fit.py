import itertools
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from data_pipeline import Augmentation, Cache, make_split
from models import architecture_names, get_architecture
from tuner.errors import Diverged
from tuner.statistics.objective import Objective
from tuner.statistics.scores import as_scores, confusion_matrix
from tuner.study.settings import _BOUNDS, OPTIMIZERS, Settings, TrainSettings
from tuner.training.data import augmentation_of, scoring_batches, training_batches
from tuner.training.fit import Epoch, Training, class_weights, fit
from tuner.training.optimization import lr_factor
from tuner.training.tensors import load_tensors, save_tensors
from tuner.training.trainers import start_training

SMALL = {
    "stft_crnn": {"rate": 100, "window": 64, "hop": 64, "channels": 4, "hidden": 8, "dropout": 0.2},
    "resnet1d": {"rate": 50, "width": 4, "stages": 2, "dropout": 0.2},
    "crnn1d": {"rate": 50, "width": 4, "stages": 2, "hidden": 8, "dropout": 0.2, "pooling": "attention"},
    "tcn": {"rate": 50, "width": 4, "layers": 3, "dropout": 0.2},
    "beat_rnn": {"width": 8, "hidden": 8, "dropout": 0.2},
    "feature_boosting": {"rounds": 70, "depth": 2},
}

EVERYTHING = {"resample": 0.3, "burst": 0.5, "wander": 0.3, "hum": 0.1, "noise": 0.1}


def _settings(architecture: str, **train: object) -> Settings:
    common = {"epochs": 3, "batch_size": 16, "gain": 0.2, "polarity": 0.5, "crop_s": 10.0}
    model = get_architecture(architecture).config(**SMALL[architecture])
    return Settings(architecture, TrainSettings(**{**common, **train}), model)


def _training(cache: Cache, settings: Settings) -> Training:
    labels = cache.labels[make_split(cache).train]
    return start_training(settings, labels, cache.n_classes, seed=5, device=torch.device("cpu"))


def _fit(cache: Cache, training: Training, epochs: int | None = None) -> list[Epoch]:
    split = make_split(cache)
    train = training_batches(training.settings, cache, split.train, seed=5)
    validation = scoring_batches(training.settings, cache, split.validation)
    found = []
    for epoch in fit(training, train, validation, lambda: False):
        found.append(replace(epoch, seconds=0.0))
        if len(found) == epochs:
            break
    return found


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_every_architecture_has_a_small_case() -> None:
    assert set(SMALL) == set(architecture_names())


@pytest.mark.parametrize("architecture", sorted(SMALL))
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_resumed_training_is_bit_equal_to_an_uninterrupted_one(
    cache: Cache, tmp_path: Path, architecture: str, optimizer: str
) -> None:
    settings = _settings(architecture, optimizer=optimizer, ema=0.9, focal=1.0, **EVERYTHING)
    whole = _training(cache, settings)
    expected = _fit(cache, whole)

    first = _training(cache, settings)
    epochs = _fit(cache, first, epochs=1)
    save_tensors(tmp_path / "checkpoint", first.state(), {})  # a file keeps no memory layouts
    state, _ = load_tensors(tmp_path / "checkpoint")
    torch.manual_seed(99)  # another process has another state
    second = _training(cache, settings)
    second.restore(state, 1)
    epochs += _fit(cache, second)

    assert epochs == expected
    resumed = second.state()
    assert [name for name, tensor in whole.state().items() if not torch.equal(tensor, resumed[name])] == []


def test_batches_are_augmented_as_the_settings_say(cache: Cache) -> None:
    wanted = {"gain": 0.1, "polarity": 0.2, "crop_s": 9.0, **EVERYTHING}
    batches = training_batches(_settings("resnet1d", **wanted), cache, make_split(cache).train, seed=5)
    assert asdict(batches.augmentation) == wanted


def test_whatever_the_settings_allow_augmentation_allows() -> None:
    settings = {field.name for field in fields(Augmentation)}
    for name, *ends in _BOUNDS:
        for value in ends if name in settings else ():
            assert getattr(augmentation_of(_settings("resnet1d", **{name: value})), name) == value


def test_training_learns(cache: Cache) -> None:
    settings = _settings("resnet1d", epochs=12, lr=0.01, gain=0.0, polarity=0.0, crop_s=0.0, class_weight=0.0)
    epochs = _fit(cache, _training(cache, settings))
    assert epochs[-1].train.loss < 0.8 * epochs[0].train.loss
    assert epochs[-1].train.accuracy > epochs[0].train.accuracy


def test_weights_that_fade_do_not_become_denormal(cache: Cache) -> None:
    """A processor takes ten times as long for numbers so small."""
    torch.set_flush_denormal(False)
    assert (torch.full((64,), 1e-37) * 0.01).count_nonzero() == 64
    _training(cache, _settings("resnet1d"))
    assert (torch.full((64,), 1e-37) * 0.01).count_nonzero() == 0


def test_an_epoch_counts_every_recording_once(cache: Cache) -> None:
    split = make_split(cache)
    (epoch, *_) = _fit(cache, _training(cache, _settings("resnet1d")), epochs=1)
    assert epoch.validation is not None
    assert np.sum(epoch.train.confusion) == len(split.train)
    truth = np.bincount(cache.labels[split.validation], minlength=cache.n_classes)
    assert np.sum(epoch.validation.confusion, axis=1).tolist() == truth.tolist()


@pytest.mark.parametrize("architecture", sorted(SMALL))
def test_the_score_is_that_of_what_the_model_says_of_held_out_recordings(cache: Cache, architecture: str) -> None:
    training, held_out = _training(cache, _settings(architecture)), np.sort(make_split(cache).validation)
    split = make_split(cache)
    train = training_batches(training.settings, cache, split.train, seed=5)
    validation = scoring_batches(training.settings, cache, split.validation)
    scores = {}
    for metric in ("log_loss", "macro_auroc", "macro_f1"):
        (epoch,) = itertools.islice(fit(training, train, validation, lambda: False, Objective(metric)), 1)
        evaluation = training.score(validation, lambda: False)
        assert evaluation is not None and evaluation.scores == epoch.validation
        assert evaluation.labels.tolist() == cache.labels[held_out].tolist()
        assert evaluation.probabilities.dtype == np.float32 and np.allclose(evaluation.probabilities.sum(1), 1)
        confusion = confusion_matrix(evaluation.labels, evaluation.probabilities.argmax(1), 4)
        assert as_scores(evaluation.scores.loss, confusion) == evaluation.scores
        scores[metric] = epoch.score
        if metric == "log_loss":
            assert epoch.score == pytest.approx(log_loss(evaluation.labels, evaluation.probabilities, labels=range(4)))
    assert epoch.validation is not None and scores["macro_f1"] == epoch.validation.macro_f1
    assert 0 < scores["macro_auroc"] < 1


def test_without_an_objective_or_held_out_recordings_epochs_have_no_score(cache: Cache) -> None:
    assert _fit(cache, _training(cache, _settings("resnet1d")), epochs=1)[0].score is None
    training = _training(cache, _settings("resnet1d"))
    train = training_batches(training.settings, cache, make_split(cache).train, seed=5)
    assert next(fit(training, train, None, lambda: False, Objective("log_loss"))).score is None


def test_a_model_that_predicts_no_numbers_has_no_log_loss(cache: Cache) -> None:
    training = _training(cache, _settings("resnet1d"))
    for weight in training.model.parameters():
        weight.data.fill_(float("nan"))
    evaluation = training.score(scoring_batches(training.settings, cache, make_split(cache).validation), lambda: False)
    assert evaluation is not None and evaluation.score(Objective("log_loss")) is None


def test_a_diverged_training_says_so(cache: Cache) -> None:
    settings = _settings("resnet1d", optimizer="sgd", lr=10.0, schedule="constant", weight_decay=10.0, epochs=50)
    with pytest.raises(Diverged, match="in epoch"):
        _fit(cache, _training(cache, settings))


def test_fit_stops_at_the_next_batch_when_asked(cache: Cache) -> None:
    training = _training(cache, _settings("resnet1d"))
    split = make_split(cache)
    batches = training_batches(training.settings, cache, split.train, seed=5)
    asked = iter([False, False, True])
    assert list(fit(training, batches, None, lambda: next(asked))) == []
    assert training.epoch == 0


def test_schedules_warm_up_and_end_near_zero() -> None:
    for schedule in ("cosine", "onecycle"):
        factors = [lr_factor(schedule, step, 100) for step in range(100)]
        assert max(factors) == pytest.approx(1.0, abs=0.01) and factors[0] < 0.1 and factors[-1] < 0.01
    assert {lr_factor("constant", step, 100) for step in range(100)} == {1.0}


def test_class_weights_go_from_none_to_balanced() -> None:
    labels = np.array([0, 0, 0, 1])
    assert class_weights(labels, 2, 0.0).tolist() == [1.0, 1.0]
    assert class_weights(labels, 2, 1.0).tolist() == pytest.approx([4 / 6, 4 / 2])

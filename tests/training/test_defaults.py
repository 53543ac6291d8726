"""Defaults fit the data: they learn where classes are small, and stay as they are where no class is."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from data_pipeline import Cache, prepare
from models import architecture_names
from tuner.study.settings import Settings
from tuner.study.space import NumberRange, Range, default_params, full_space, parse_range
from tuner.study.spec import StudySpec
from tuner.training.data import scoring_batches, training_batches
from tuner.training.defaults import ENOUGH_STEPS, few_steps, fit_space
from tuner.training.fit import fit
from tuner.training.trainers import start_training

ALL = architecture_names()
TREES = ("feature_boosting",)
CINC2017 = np.repeat(np.arange(4), (2842, 415, 1382, 160))


def tones(folder: Path, n_classes: int, per_class: int) -> Cache:
    """Prepare tones of ten seconds that differ in frequency and noise; the recordings of a class follow each other."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(n_classes), per_class)
    times = np.arange(3000) / 300
    frequencies = np.geomspace(0.7, 25, 13)[labels % 13]
    noise = np.array([0.2, 0.5, 1, 3])[labels // 13]
    waves = np.sin(2 * np.pi * (frequencies[:, None] * times + rng.random((len(labels), 1))))
    signals = (300 * (waves + noise[:, None] * rng.standard_normal(waves.shape))).astype(np.int16)
    np.savez(folder / "tones.npz", X=signals, y=labels)
    return prepare(folder / "tones.npz", folder / "cache", rate=300)


def accuracy_of_defaults(cache: Cache, architecture: str, own: dict[str, Range]) -> float:
    """Train the first trial of a study on every other recording, and return its accuracy on the others."""
    torch.set_num_threads(1)
    train, validation = cache.labelled[::2], cache.labelled[1::2]
    fitted = fit_space((architecture,), full_space((architecture,), own), own, cache.labels[train])
    pinned = {name: value for name, value in fitted.ranges.items() if isinstance(value, bool | int | float | str)}
    params = pinned | default_params(architecture, (architecture,), fitted.ranges, fitted.defaults)
    settings = Settings.from_params(params | {"architecture": architecture})
    training = start_training(settings, cache.labels[train], cache.n_classes, 0, torch.device("cpu"))
    batches = training_batches(settings, cache, train, 0), scoring_batches(settings, cache, validation)
    *_, last = fit(training, *batches, lambda: False)
    assert last.validation is not None
    return last.validation.accuracy


# Guessing finds one class in 52, each of which is known from one recording.
@pytest.mark.slow
@pytest.mark.parametrize(("n_classes", "per_class", "floor"), [(10, 8, 0.7), (52, 2, 0.07)])
def test_trees_learn_from_few_recordings_of_each_class(
    tmp_path: Path, n_classes: int, per_class: int, floor: float
) -> None:
    cache = tones(tmp_path, n_classes, per_class)
    assert accuracy_of_defaults(cache, "feature_boosting", {"feature_boosting.rounds": 75}) > floor


@pytest.mark.parametrize("architecture", ALL)
def test_nothing_changes_where_every_class_has_enough(architecture: str) -> None:
    space = full_space(ALL, {})
    fitted = fit_space(ALL, space, {}, CINC2017)
    assert fitted.ranges == space
    usual = default_params(architecture, ALL, space)
    assert default_params(architecture, ALL, fitted.ranges, fitted.defaults) == usual


def test_ranges_of_the_study_file_stay() -> None:
    own = {
        "feature_boosting.min_child_weight": parse_range({"low": 1.0, "high": 2.0}),
        "feature_boosting.l2": 4.0,
        "train.epochs": 3,
        "train.batch_size": parse_range({"choices": [64, 32]}),
    }
    space = full_space(ALL, own)
    fitted = fit_space(ALL, space, own, np.repeat(np.arange(10), 4))
    assert fitted.ranges == space
    assert default_params("feature_boosting", ALL, fitted.ranges, fitted.defaults)[next(iter(own))] == 1.0


@pytest.mark.parametrize(("n_classes", "per_class"), [(10, 5), (52, 1), (2, 3)])
def test_a_leaf_may_weigh_less_than_the_smallest_class(n_classes: int, per_class: int) -> None:
    fitted = fit_space(TREES, full_space(TREES, {}), {}, np.repeat(np.arange(n_classes), per_class))
    name = "feature_boosting.min_child_weight"
    wanted, default = fitted.ranges[name], fitted.defaults[name]
    assert isinstance(wanted, NumberRange) and isinstance(default, float)
    second_derivative = 2 / n_classes * (1 - 1 / n_classes)
    assert wanted.low < default < per_class * second_derivative / 2


@pytest.mark.parametrize("n", [8, 40, 100, 300])
def test_networks_make_enough_steps(n: int) -> None:
    architectures = ("resnet1d",)
    fitted = fit_space(architectures, full_space(architectures, {}), {}, np.arange(n) % 2)
    params = default_params("resnet1d", architectures, fitted.ranges, fitted.defaults)
    epochs, batch_size = fitted.ranges["train.epochs"], params["train.batch_size"]
    assert isinstance(epochs, int) and isinstance(batch_size, int)
    assert epochs * math.ceil(n / batch_size) >= ENOUGH_STEPS


def test_a_rare_class_weighs_more() -> None:
    fitted = fit_space(ALL, full_space(ALL, {}), {}, np.repeat([0, 1], (100, 7)))
    for name in ("train.class_weight", "feature_boosting.class_weight"):
        assert isinstance(fitted.defaults[name], float) and fitted.defaults[name] > 0.5


def test_a_default_batch_is_the_smallest_that_the_study_allows() -> None:
    own: dict[str, Range] = {"train.batch_size": parse_range({"choices": [64, 32]})}
    fitted = fit_space(("resnet1d",), full_space(("resnet1d",), own), own, np.arange(40) % 2)
    assert default_params("resnet1d", ("resnet1d",), fitted.ranges, fitted.defaults)["train.batch_size"] == 32


@pytest.mark.parametrize(("epochs", "is_few"), [(None, False), (16, True), (17, False)])
def test_a_study_file_with_few_steps_is_warned_of(epochs: int | None, is_few: bool) -> None:
    space = {} if epochs is None else {"train.epochs": epochs}
    section = {"name": "small", "trials": 2}
    spec = StudySpec.model_validate({"study": section, "search": {"architectures": ["resnet1d"]}, "space": space})
    line = few_steps(spec, 48)
    assert (line is not None) == is_few
    if line is not None:
        assert "makes 48 steps with 48 recordings" in line and line.endswith("or make it 100")

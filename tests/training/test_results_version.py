"""A small fixed training comes to the recorded losses, or RESULTS_VERSION has been raised."""

import json
import tempfile
from pathlib import Path

import pytest
import torch

from data_pipeline import Cache, make_split, prepare
from models import architecture_names, get_architecture
from tuner.study.settings import Settings, TrainSettings, sections_of
from tuner.study.versions import RESULTS_VERSION
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import fit
from tuner.training.trainers import start_training

RECORDED = Path(__file__).with_name("recorded_losses.json")
"""Losses by architecture and epoch, train and validation, and the version they were recorded under.

To record anew after a change of results: raise RESULTS_VERSION and run
``python -m tests.training.test_results_version``.
"""

SMALL = {
    "stft_crnn": {"rate": 100, "window": 64, "hop": 64, "channels": 4, "hidden": 8},
    "resnet1d": {"rate": 50, "width": 4, "stages": 2},
    "crnn1d": {"rate": 50, "width": 4, "stages": 2, "hidden": 8},
    "tcn": {"rate": 50, "width": 4, "layers": 3},
    "beat_rnn": {"width": 8, "hidden": 8},
    "feature_boosting": {"rounds": 60, "depth": 3},
}


def losses(cache: Cache, architecture: str) -> list[float]:
    torch.set_num_threads(1)
    chosen = get_architecture(architecture)
    shared = TrainSettings(epochs=3, batch_size=16, polarity=0.5, crop_s=10.0)
    train_settings = shared if "train" in sections_of(architecture) else None
    settings = Settings(architecture, train_settings, chosen.config(**SMALL[architecture]))
    split = make_split(cache)
    training = start_training(settings, cache.labels[split.train], cache.n_classes, 5, torch.device("cpu"))
    train = training_batches(settings, cache, split.train, 5)
    validation = scoring_batches(settings, cache, split.validation)
    epochs = list(fit(training, train, validation, lambda: False))
    return [loss for e in epochs if e.validation for loss in (e.train.loss, e.validation.loss)]


@pytest.mark.parametrize("architecture", architecture_names())
def test_results_are_those_of_their_version(cache: Cache, architecture: str) -> None:
    recorded = json.loads(RECORDED.read_text())
    assert recorded["version"] == RESULTS_VERSION, "RESULTS_VERSION was raised: record the losses anew"
    found = losses(cache, architecture)
    # Processors differ in the last digits of a product; three epochs make no more of that than this. A feature that
    # differs so can change which side of a split a recording is on.
    rel = 2e-2 if get_architecture(architecture).trainer == "boosting" else 2e-3
    assert found == pytest.approx(recorded["losses"][architecture], rel=rel), "raise RESULTS_VERSION"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fixed = prepare("synthetic:60:1", Path(folder) / "cache")
        found = {name: [round(loss, 6) for loss in losses(fixed, name)] for name in architecture_names()}
    RECORDED.write_text(json.dumps({"version": RESULTS_VERSION, "losses": found}, indent=1) + "\n")

"""How hard the synthetic data are: `python -m benchmarks.synthetic [--n 2000] [--epochs 20]`.

Trains `resnet1d` at its defaults beside a majority vote and a logistic regression on mean, deviation and length, all on
the default split of `synthetic:N`. Prints a line an epoch and, last, one JSON line of validation macro-F1.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data_pipeline import Cache, Split, make_split, prepare
from models import get_architecture
from tuner.study.settings import Settings, TrainSettings
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import fit
from tuner.training.trainers import start_training


def baselines(cache: Cache, split: Split) -> dict[str, float]:
    """Score what needs no network."""
    truth = cache.labels[split.validation]
    majority = np.full(len(truth), np.bincount(cache.labels[split.train]).argmax())
    rows = [[s.mean(), s.std(), len(s)] for s in map(cache.signal, range(len(cache)))]
    features = np.array(rows)
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    model.fit(features[split.train], cache.labels[split.train])
    predicted = model.predict(features[split.validation])
    return {
        "majority": f1_score(truth, majority, average="macro", zero_division=0),
        "logistic_regression": f1_score(truth, predicted, average="macro", zero_division=0),
    }


def resnet(cache: Cache, split: Split, epochs: int) -> float:
    """Train `resnet1d` at its defaults and return its best score."""
    architecture = get_architecture("resnet1d")
    settings = Settings("resnet1d", replace(TrainSettings(), epochs=epochs), architecture.config())
    training = start_training(settings, cache.labels[split.train], cache.n_classes, 0, torch.device("cpu"))
    train = training_batches(settings, cache, split.train, seed=0)
    best = 0.0
    for epoch in fit(training, train, scoring_batches(settings, cache, split.validation), lambda: False):
        assert epoch.validation is not None
        best = max(best, epoch.validation.macro_f1)
        print(f"epoch {epoch.number}/{epochs}: macro-F1 {epoch.validation.macro_f1:.4f}, {epoch.seconds:.1f} s")
    return best


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=TrainSettings().epochs)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = prepare(f"synthetic:{args.n}", Path(folder) / "cache")
        split = make_split(cache)
        scores = baselines(cache, split) | {"resnet1d": resnet(cache, split, args.epochs)}
    print(json.dumps({name: round(float(score), 4) for name, score in scores.items()}))


if __name__ == "__main__":
    main()

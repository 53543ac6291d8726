"""A bundle of a small network and a few trees, made in a moment, and files changed with fresh checksums."""

from pathlib import Path

import numpy as np
import torch
import xgboost as xgb
from numpy.typing import NDArray

from data_pipeline import Features
from models import get_architecture
from models.feature_boosting import FeatureBoosting, FeatureBoostingConfig
from tuner.bundle import Manifest, ManifestMember, input_of, write_bundle
from tuner.bundle.files import SUMS, write_checksums
from tuner.bundle.manifest import ManifestBlend, ManifestData, ManifestProvenance, ManifestScores
from tuner.statistics.calibration import Calibration
from tuner.study.settings import Settings, TrainSettings

CLASSES = ("N", "A", "O", "~")
RATE = 300
NETWORK, TREES = "trial0.safetensors", "trial1.json"


def write_small(path: Path, key: object = None) -> Path:
    """Write the bundle."""
    torch.manual_seed(0)
    network = Settings("crnn1d", TrainSettings(), get_architecture("crnn1d").config(width=4, stages=2, hidden=4))
    boosting = Settings("feature_boosting", None, FeatureBoostingConfig(rounds=3, depth=3, min_child_weight=0.5))
    models = {
        NETWORK: get_architecture("crnn1d").build(network.model, 4).state_dict(),
        TREES: _grown(boosting.model).state_dict(),
    }
    manifest = Manifest(
        study="small",
        metric="macro_f1",
        class_names=CLASSES,
        rate=RATE,
        unit="mV",
        members=(_member(0, network, NETWORK), _member(1, boosting, TREES)),
        blend=ManifestBlend(pool=(0.6, 0.5)),
        calibration=Calibration(1.3, 0.2, (0.5, 0.2, 0.2, 0.1)),
        unsure_below=0.4,
        confirmed=None,
        data=ManifestData(
            fingerprint="f" * 64, split="s" * 64, class_names=CLASSES, rate=RATE, train=1, validation=1, test=0
        ),
        openings=0,
        versions={},
    )
    write_bundle(path, manifest, models, key=key)  # type: ignore[arg-type]
    return path


def retouch(bundle: Path, file: str, content: bytes | str) -> Path:
    """Change a file and write its checksum anew, as whoever changes a bundle can."""
    (bundle / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    (bundle / SUMS).unlink(missing_ok=True)
    write_checksums(bundle)
    return bundle


def recordings() -> tuple[list[NDArray[np.int16]], NDArray[np.float32]]:
    """Return three recordings, one of which is constant, and their scale."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(-500, 500, n).astype(np.int16) for n in (900, 1500)]
    return [*noise, np.zeros(700, np.int16)], np.full(3, 0.001, np.float32)


def _grown(config: FeatureBoostingConfig) -> FeatureBoosting:
    trees, rng = FeatureBoosting(config, 4), np.random.default_rng(0)
    table = rng.standard_normal((200, len(Features().gain_free))).astype(np.float32)
    matrix = xgb.DMatrix(table, rng.integers(0, 4, 200), missing=np.nan)
    list(trees.grow(matrix, 0, range(config.rounds)))
    return trees


def _member(trial: int, settings: Settings, file: str) -> ManifestMember:
    return ManifestMember(
        trial=trial,
        trial_state="COMPLETE",
        architecture=settings.architecture,
        settings=settings.to_dict(),
        input=input_of(settings),
        models=(file,),
        trained_on="noise",
        epochs=1,
        planned_epochs=1,
        augmented=settings.train is not None,
        validation=ManifestScores(
            loss=1.0,
            macro_f1=0.5,
            accuracy=0.5,
            class_f1=(0.5,) * 4,
            confusion=((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        ),
        provenance=ManifestProvenance(seed=0, fingerprint="f" * 64, split="s" * 64, versions={}, device="cpu"),
    )

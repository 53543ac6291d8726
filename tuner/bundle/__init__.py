"""The model to take home: weights, settings, preprocessing and what is known of them, in one folder, checked when read.

A bundle holds `bundle.json`, the model card `README.md` with its pictures, `SHA256SUMS`, which `sha256sum --check`
reads, and one file a trained model: a network's weights as safetensors, boosted trees as their library's own JSON.
Several models make one prediction: for each fold its members' models are blended and calibrated, and the mean over the
folds is what is said. Loading unpickles nothing.
"""

from tuner.bundle.files import input_of, model_file
from tuner.bundle.manifest import Confirmed, Manifest, ManifestMember
from tuner.bundle.missed import missed_classes
from tuner.bundle.reading import UNSURE, Bundle, answers, combined, load_bundle, predict_recordings
from tuner.bundle.signature import read_private_key, read_public_key
from tuner.bundle.writing import check_place, sign_bundle, write_bundle

__all__ = [
    "UNSURE",
    "Bundle",
    "Confirmed",
    "Manifest",
    "ManifestMember",
    "answers",
    "check_place",
    "combined",
    "input_of",
    "load_bundle",
    "missed_classes",
    "model_file",
    "predict_recordings",
    "read_private_key",
    "read_public_key",
    "sign_bundle",
    "write_bundle",
]

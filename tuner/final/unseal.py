"""The only way to the test labels: each opening is written into the study, and beside them, before they are read."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import torch

from data_pipeline import Cache
from data_pipeline.sealed import note_opening, noted_openings, read_sealed_labels
from tuner.bundle import UNSURE, Bundle, answers, load_bundle, missed_classes
from tuner.errors import BundleError
from tuner.statistics.abstention import answered_by_class
from tuner.statistics.intervals import Interval, class_intervals, interval
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.statistics.scores import as_scores, confusion_matrix
from tuner.storage import Storage
from tuner.study.record import load_study, open_data, study_names

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

logger = logging.getLogger(__name__)

OPENING = "opening of the test labels"


@dataclass(frozen=True)
class SealedIntervals:
    """Test scores with their bootstrap intervals."""

    objective: Interval
    macro_f1: Interval
    accuracy: Interval
    class_f1: tuple[Interval, ...]


@dataclass(frozen=True)
class Answered:
    """What the bundle does not call unsure: its share of all recordings and of each class's, and its objective."""

    share: float
    class_share: tuple[float, ...]
    interval: Interval | None


@dataclass(frozen=True)
class SealedScores:
    """Scores on the sealed test labels.

    `objective` is the name of the study's objective, `recordings` how many recordings the scores rest on, `openings`
    how often the labels have been opened; `answered` is None where the bundle answers every recording;
    `missed` warns of classes that are never found.
    """

    accuracy: float
    macro_f1: float
    class_f1: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    objective: str
    intervals: SealedIntervals
    answered: Answered | None
    recordings: int
    openings: int
    class_names: tuple[str, ...]
    missed: tuple[str, ...]


def evaluate_sealed(
    storage: Storage, path: Path, data: Path | None, device: torch.device, key: Ed25519PublicKey | None = None
) -> SealedScores:
    """Score a bundle on the sealed test labels of its study's data; with a key, only one that the key has signed.

    Raises
    ------
    BundleError
        If the data have no test labels.
    StudyError
        If the bundle's study is not in this storage, where the opening would have to be recorded.
    """
    bundle = load_bundle(path, device, key=key)
    record = load_study(storage, bundle.manifest.study)
    cache, _ = open_data(record, data)
    if bundle.manifest.data.fingerprint != cache.fingerprint:
        raise BundleError(
            f"{path} was trained on other data than study {record.name} has in {storage.shown_url}: name its --storage"
        )
    if bundle.manifest.class_names != cache.class_names:
        raise BundleError(f"{path} has other classes than its data, {cache.path}: it was changed, so do not use it")
    if not cache.has_sealed_labels:
        raise BundleError(f"cache {cache.path} has no test labels: there is nothing to evaluate on")
    signals = [cache.signal(int(i)) for i in cache.test]
    probabilities = bundle.predict(signals, cache.scale[cache.test], cache.rate)
    _record_opening(storage, record.study_id, path, cache)
    labels = read_sealed_labels(cache)
    scores = as_scores(np.nan, confusion_matrix(labels, probabilities.argmax(1), len(bundle.class_names)))
    drawn = (labels, probabilities.astype(np.float64), cache.groups[cache.test])
    objective = record.objective
    return SealedScores(
        accuracy=scores.accuracy,
        macro_f1=scores.macro_f1,
        class_f1=tuple(scores.class_f1),
        confusion=scores.confusion,
        objective=objective.named(bundle.class_names),
        intervals=SealedIntervals(
            objective=interval(*drawn, objective),
            macro_f1=interval(*drawn, Objective("macro_f1")),
            accuracy=interval(*drawn, Objective("accuracy")),
            class_f1=class_intervals(*drawn),
        ),
        answered=_answered(bundle, *drawn, objective),
        recordings=len(labels),
        openings=count_openings(storage, cache),
        class_names=bundle.manifest.class_names,
        missed=tuple(missed_classes(bundle.manifest, scores.confusion, "on the test recordings")),
    )


def count_openings(storage: Storage, cache: Cache) -> int:
    """Return how often the test labels of a cache were opened: for any study of the storage, or noted beside them."""
    ids = [storage.optuna.get_study_id_from_name(name) for name in study_names(storage)]
    studies = [storage.optuna.get_study_user_attrs(study_id) for study_id in ids]
    of_these_data = [attrs for attrs in studies if _fingerprint(attrs) == cache.fingerprint]
    recorded = {name for attrs in of_these_data for name in attrs if name.startswith(OPENING)}
    return len(recorded | noted_openings(cache.path))


def _fingerprint(attrs: dict[str, Any]) -> object:
    """Return the fingerprint of a study's data; None for a damaged study, which must not stop the others."""
    data = attrs.get("data")
    return data.get("fingerprint") if isinstance(data, dict) else None


def _record_opening(storage: Storage, study_id: int, path: Path, cache: Cache) -> None:
    """Write an opening into the study, each under a name of its own so that none hides another.

    It is noted beside the labels, too: studies are deleted, and databases are many.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    name = f"{OPENING} {at} {uuid4().hex[:8]}"
    opening = {"at": at, "by": f"user {os.getuid()} on {socket.gethostname()}", "bundle": str(path)}
    storage.optuna.set_study_user_attr(study_id, name, opening)
    try:
        note_opening(cache.path, name)
    except OSError as error:
        logger.warning("cache %s: %s; the opening is recorded in the study alone", cache.path, error.strerror)


def _answered(
    bundle: Bundle, labels: Integers, probabilities: Probabilities, groups: Integers, objective: Objective
) -> Answered | None:
    """Score what the bundle does not call unsure; None where it is made to answer every recording."""
    if bundle.manifest.unsure_below is None:
        return None
    sure = np.array([answer != UNSURE for answer in answers(bundle.manifest.unsure_below, probabilities)])
    drawn = labels[sure], probabilities[sure], groups[sure]
    return Answered(
        share=float(sure.mean()),
        class_share=answered_by_class(labels, sure, len(bundle.class_names)),
        interval=interval(*drawn, objective.among(labels[sure])) if sure.any() else None,
    )

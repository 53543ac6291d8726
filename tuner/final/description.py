"""What a bundle says of its study and of each member."""

from __future__ import annotations

from typing import Any

from optuna.trial import FrozenTrial
from torch import Tensor

from data_pipeline import Cache
from tuner.bundle import input_of, model_file
from tuner.statistics.blending import only
from tuner.study.record import StudyRecord, versions
from tuner.study.settings import Settings


def describe(record: StudyRecord, cache: Cache, members: list[dict[str, Any]], openings: int) -> dict[str, Any]:
    """Return what a bundle says of itself, with a single unblended member.

    Parameters
    ----------
    record : StudyRecord
        Its study.
    cache : Cache
        Its data.
    members : list of dict
        As `describe_member` returns them.
    openings : int
        How often the test labels had been opened before.
    """
    return {
        "study": record.name,
        "metric": record.spec.study.metric,
        "class_names": list(cache.class_names),
        "rate": cache.rate,
        "unit": cache.unit,
        "members": members,
        "blend": only(0, len(members)).to_dict(),
        "calibration": None,
        "unsure_below": None,
        "confirmed": None,
        "data": {key: value for key, value in record.data.items() if key != "path"},  # it means nothing elsewhere
        "openings": openings,
        "versions": versions(record.spec),
    }


def describe_member(
    trial: FrozenTrial, weights: list[dict[str, Tensor]], trained_on: str, *, epochs: int
) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    """Return what a bundle says of a member, and the files of its models."""
    attrs = trial.user_attrs
    architecture = attrs["settings"]["architecture"]
    endings = [""] if len(weights) == 1 else [f"-{k + 1}" for k in range(len(weights))]
    names = [f"trial{trial.number}{ending}" for ending in endings]
    files = {model_file(architecture, name): state for name, state in zip(names, weights, strict=True)}
    about = {
        "trial": trial.number,
        "trial_state": trial.state.name,
        "architecture": architecture,
        "settings": attrs["settings"],
        "input": input_of(Settings.from_dict(attrs["settings"])),
        "models": list(files),
        "trained_on": trained_on,
        "epochs": epochs,
        "planned_epochs": attrs["result"]["planned"],
        "augmented": False,
        "validation": attrs["result"]["validation"],
        "provenance": attrs["provenance"],
    }
    return about, files

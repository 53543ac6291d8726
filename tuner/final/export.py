"""A trial's weights as they are, as a bundle: a model to try while the search is still on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuner.bundle import Manifest, write_bundle
from tuner.errors import BundleError, StudyError
from tuner.final.manifest import new_manifest, new_member
from tuner.study.opened import OpenStudy
from tuner.study.status import Status
from tuner.study.trust import load_code
from tuner.training.tensors import load_tensors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def export_trial(
    study: OpenStudy,
    status: Status,
    number: int | None,
    out: Path,
    openings: int,
    key: Ed25519PrivateKey | None = None,
) -> Manifest:
    """Write a bundle from a trial's best weights as they are, without retraining.

    Parameters
    ----------
    study : OpenStudy
        The study.
    status : Status
        The study as it stands.
    number : int or None
        Number of the trial; by default the best one.
    out : Path
        The bundle's folder.
    openings : int
        How often the test labels have been opened, for the model card.
    key : Ed25519PrivateKey, optional
        Key that signs the bundle.

    Returns
    -------
    Manifest
        What `bundle.json` says.

    Raises
    ------
    StudyError
        If there is no such trial, or none with a score.
    UntrustedCode
        If the study carries code that nobody has said may run here.
    BundleError
        If its weights are no longer kept, or not to be seen from this machine.
    """
    load_code(study.record)
    trials = {trial.number: trial for trial in status.trials}
    trial = status.best if number is None else trials.get(number)
    if trial is None or trial.result is None:
        which = "no trial" if number is None else f"no trial {number}"
        raise StudyError(f"study {study.name} has {which} with a score: `tuner status` shows its trials")
    path = study.files.weights(trial.number)
    if not path.exists():
        kept = ", ".join(map(str, study.files.kept_weights())) or "none"
        raise BundleError(
            f"{path}: the weights of trial {trial.number} are not here: "
            f"the best few of each architecture are kept, here of the trials: {kept}"
        )
    weights, about = load_tensors(path)
    if about.get("settings") != trial.settings:
        raise BundleError(
            f"{path}: the weights are of another trial {trial.number}, of a database that went back in time since: "
            "name another trial, or train this one here again"
        )
    trained_on = f"the {len(study.split.train)} recordings of the training part"
    member, models = new_member(trial, [weights], trained_on, epochs=trial.result.best_epoch)
    manifest = new_manifest(study.record, study.cache, [member], openings)
    write_bundle(out, manifest, models, key=key)
    return manifest

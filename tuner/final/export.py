"""A trial's weights as they are, as a bundle: a model to try while the search is still on."""

from __future__ import annotations

from pathlib import Path

from tuner.bundle import write_bundle
from tuner.errors import BundleError, StudyError
from tuner.final.description import describe, describe_member
from tuner.study.files import StudyFiles
from tuner.study.record import open_data
from tuner.study.status import Snapshot
from tuner.study.trust import load_code
from tuner.training.tensors import load_tensors


def export_trial(
    snapshot: Snapshot, number: int | None, files: StudyFiles, out: Path, data: Path | None, openings: int
) -> int:
    """Write a bundle from a trial's best weights as they are, without retraining.

    Parameters
    ----------
    snapshot : Snapshot
        The study as it stands.
    number : int or None
        Of the trial; by default the best.
    files : StudyFiles
        Where its weights are kept.
    out : Path
        The bundle's folder.
    data : Path or None
        The cache on this machine; by default where it lay when the study was created.
    openings : int
        How often the test labels have been opened, for the model card.

    Returns
    -------
    int
        Number of the exported trial.

    Raises
    ------
    StudyError
        If there is no such trial, or none with a score.
    UntrustedCode
        If the study carries code that nobody has said may run here.
    BundleError
        If its weights are no longer kept, or not to be seen from this machine.
    """
    trials = {trial.number: trial for trial in snapshot.trials}
    trial = snapshot.best if number is None else trials.get(number)
    if trial is None or "result" not in trial.user_attrs:
        which = "no trial" if number is None else f"no trial {number}"
        raise StudyError(f"study {snapshot.record.name} has {which} with a score: `tuner status` shows its trials")
    load_code(snapshot.record)
    cache, split = open_data(snapshot.record, data)
    path = files.weights(trial.number)
    if not path.exists():
        kept = ", ".join(map(str, files.kept_weights())) or "none"
        raise BundleError(
            f"{path}: the weights of trial {trial.number} are not here: "
            f"the best few of each architecture are kept, here of the trials: {kept}"
        )
    weights, _ = load_tensors(path)
    trained_on = f"the {len(split.train)} recordings of the training part"
    member, models = describe_member(trial, [weights], trained_on, epochs=trial.user_attrs["result"]["best_epoch"])
    write_bundle(out, describe(snapshot.record, cache, [member], openings), models)
    return trial.number

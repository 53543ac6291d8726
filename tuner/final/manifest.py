"""What a bundle's manifest says of the study and of each member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from torch import Tensor

from data_pipeline import Cache
from tuner.bundle import Confirmed, Manifest, ManifestMember, input_of, model_file
from tuner.bundle.manifest import ManifestBlend, ManifestData, ManifestProvenance, ManifestScores
from tuner.statistics.blending import Pool, only
from tuner.statistics.calibration import Calibration
from tuner.study.record import StudyRecord
from tuner.study.settings import Settings
from tuner.study.trials import TrialRecord
from tuner.study.versions import versions

State = dict[str, Tensor]
"""What a model has learnt."""


def new_manifest(
    record: StudyRecord,
    cache: Cache,
    members: Sequence[ManifestMember],
    openings: int,
    *,
    blend: Pool | None = None,
    calibration: Calibration | None = None,
    unsure_below: float | None = None,
    confirmed: Confirmed | None = None,
) -> Manifest:
    """Return what a bundle says of itself; by default it is of a single member that was not confirmed.

    Parameters
    ----------
    record : StudyRecord
        Its study.
    cache : Cache
        Its data.
    members : sequence of ManifestMember
        Its members, as `new_member` returns them.
    openings : int
        How often the test labels had been opened before.
    blend, calibration, unsure_below, confirmed
        As in `Manifest`.
    """
    return Manifest(
        study=record.name,
        metric=record.spec.study.metric,
        objective=record.metric_name,
        class_names=cache.class_names,
        rate=cache.rate,
        unit=cache.unit,
        members=tuple(members),
        blend=ManifestBlend(pool=(blend or only(0, len(members))).weights),
        calibration=calibration,
        unsure_below=unsure_below,
        confirmed=confirmed,
        data=ManifestData.model_validate(asdict(record.data)),
        openings=openings,
        versions=versions(record.spec),
    )


def new_member(
    trial: TrialRecord, weights: Sequence[State], trained_on: str, *, epochs: int, is_augmented: bool = False
) -> tuple[ManifestMember, dict[str, State]]:
    """Return what a manifest says of a member, and the files of its models.

    Parameters
    ----------
    trial : TrialRecord
        The trial that its models were trained as.
    weights : sequence of dict of str to Tensor
        State of each of its models.
    trained_on : str
        What they were trained on, in words.
    epochs : int
        Epochs that they were trained for.
    is_augmented : bool
        Whether they predict with test-time augmentation.
    """
    settings, result, provenance = trial.settings, trial.result, trial.provenance
    assert settings is not None and result is not None and provenance is not None
    architecture = trial.architecture or ""
    endings = [""] if len(weights) == 1 else [f"-{k + 1}" for k in range(len(weights))]
    names = [f"trial{trial.number}{ending}" for ending in endings]
    files = {model_file(architecture, name): state for name, state in zip(names, weights, strict=True)}
    member = ManifestMember(
        trial=trial.number,
        trial_state=trial.state.name,
        score=trial.score,
        architecture=architecture,
        settings=settings,
        input=input_of(Settings.from_dict(settings)),
        models=tuple(files),
        trained_on=trained_on,
        epochs=epochs,
        planned_epochs=result.planned,
        augmented=is_augmented,
        validation=ManifestScores.model_validate(result.validation.to_dict()),
        provenance=ManifestProvenance.model_validate(asdict(provenance)),
    )
    return member, files

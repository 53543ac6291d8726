"""What makes a trial of the search what it is: settings, seed and provenance, drawn once and stored whole."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from optuna.samplers import RandomSampler
from optuna.trial import Trial

from tuner.storage import Lease
from tuner.storage.optuna import drawn_in_memory, forget_cached_trials, knows_as_finished
from tuner.study.settings import Settings, architecture_of
from tuner.study.space import default_params, suggest
from tuner.study.trials import PROVENANCE, SETTINGS, Provenance
from tuner.study.versions import versions
from tuner.study.warm_start import flat
from tuner.training.defaults import fit_space
from tuner.work.faults import own_faults
from tuner.work.proposal import propose
from tuner.work.pruning import make_pruner
from tuner.work.run import Workplace


def draw(place: Workplace, lease: Lease) -> tuple[Trial, Settings]:
    """Read the settings of a leased trial, or draw and store them if no attempt before has done so.

    Returns
    -------
    (Trial, Settings)
        The trial as Optuna has it, to be reported to, and its settings.

    Raises
    ------
    LeaseLost
        If another worker has taken the trial over.
    TrialError, SpecError
        If there can be no such settings.
    """
    if knows_as_finished(place.optuna, lease.trial_id):  # the database went back in time, and uses its id again
        place.look_anew()
    section, study = place.study.record.spec.search, place.optuna
    forget_cached_trials(study)
    stored = place.study.storage.optuna.get_trial(lease.trial_id).user_attrs.get(SETTINGS)
    if stored is None:
        trial, settings = _draw_anew(place, lease)
    else:
        study.sampler = RandomSampler()  # which has nothing to draw
        trial = Trial(study, lease.trial_id)
        with own_faults():
            settings = Settings.from_dict(stored)
    study.pruner = make_pruner(section.pruner, settings.architecture)
    return trial, settings


def _draw_anew(place: Workplace, lease: Lease) -> tuple[Trial, Settings]:
    """Draw the trial's settings.

    The defaults of each architecture, fitted to the data, come first, then what has proven good in an earlier study,
    then what is proposed.

    All of them are drawn before any is stored. A worker that is killed meanwhile leaves none, and the next one draws
    from the same seed.
    """
    record, study = place.study.record, place.optuna
    architectures, given = record.spec.search.architectures, {}
    labels = place.study.cache.labels[place.study.split.train]
    seed = int(np.random.SeedSequence([record.spec.study.seed, lease.number]).generate_state(1)[0])
    with own_faults():
        space = fit_space(architectures, record.spec.full_space(), record.spec.space, labels)
        if lease.number < len(architectures):
            given = default_params(architectures[lease.number], architectures, space.ranges, space.defaults)
        elif (place_in_proven := lease.number - len(architectures)) < len(record.proven):
            proven = record.proven[place_in_proven]
            given = default_params(architecture_of(proven), architectures, space.ranges, flat(proven))
        elif record.spec.search.sampler.kind == "tpe":
            found = place.study.storage.optuna.get_all_trials(place.study.study_id, deepcopy=False)
            given = propose(place.study, found, lease.number, space.ranges, seed)
    study.sampler = RandomSampler(seed=seed)  # of what is not given
    trial = Trial(study, lease.trial_id)
    with own_faults(), drawn_in_memory(trial, given):
        settings = suggest(trial, architectures, space.ranges)
    drawn = {PROVENANCE: asdict(_provenance(place, lease)), SETTINGS: settings.to_dict()}
    place.study.storage.optuna.store_drawn(lease, trial, drawn)
    return trial, settings


def _provenance(place: Workplace, lease: Lease) -> Provenance:
    study = place.study
    return Provenance(
        seed=study.record.spec.study.seed + lease.number if study.record.data.parts == 1 else 0,
        fingerprint=study.cache.fingerprint,
        split=study.split.fingerprint,
        versions=versions(study.record.spec),
        device=str(place.device),
    )

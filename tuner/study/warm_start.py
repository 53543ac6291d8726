"""Settings that have proven good in an earlier study, to be tried first in a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.errors import StudyError
from tuner.statistics.objective import Objective
from tuner.storage.storage import Storage
from tuner.study.record import load_study
from tuner.study.settings import StoredSettings
from tuner.study.space import Scalar
from tuner.study.trials import TrialRecord, by_architecture, ranked

BEST_OF_EACH = 3
"""Trials of each architecture that are tried again."""


def proven_settings(storage: Storage, name: str, architectures: Sequence[str]) -> list[StoredSettings]:
    """Return the settings of a study's best trials, of the architectures that another study has, too.

    They are proposals and nothing more: scores of other data do not count.

    Parameters
    ----------
    storage : Storage
        Database of the earlier study.
    name : str
        Name of the earlier study.
    architectures : sequence of str
        Architectures of the new study.

    Raises
    ------
    StudyError
        If there is no such study, or none of its trials is of use.
    """
    record = load_study(storage, name)
    found = storage.optuna.get_all_trials(record.study_id, deepcopy=False)
    proven = _best([TrialRecord.of(trial) for trial in found], record.objective, architectures)
    if not proven:
        raise StudyError(
            f"study {name} in {storage.shown_url} has no finished trial of {', '.join(architectures)}: leave "
            "--warm-start out"
        )
    return proven


def _best(trials: Sequence[TrialRecord], objective: Objective, architectures: Sequence[str]) -> list[StoredSettings]:
    """Take the best of each architecture, then the second best of each, and so on."""
    own = by_architecture(ranked(trials, objective))
    kinds = [own[name][:BEST_OF_EACH] for name in architectures if name in own]
    in_turn = [kind[rank] for rank in range(BEST_OF_EACH) for kind in kinds if rank < len(kind)]
    return [trial.settings for trial in in_turn if trial.settings is not None]


def flat(settings: StoredSettings) -> Mapping[str, Scalar]:
    """Return stored settings under the names that study files give them, such as `train.lr`."""
    sections = {name: values for name, values in settings.items() if isinstance(values, dict)}
    return {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}

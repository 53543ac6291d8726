"""The studies as Optuna's dashboard sees them: those of this service, and nothing of them can be changed but notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial
from werkzeug.exceptions import NotFound

from tuner.errors import StorageError
from tuner.storage import Storage
from tuner.storage.optuna import OptunaStorage, id_of_study

P = ParamSpec("P")
T = TypeVar("T")

_NOTE = re.compile(r"dashboard:(?:\d+:)?note_(?:ver|str:\d+)")


def check_study(storage: Storage, study_id: int) -> None:
    """Refuse what is asked of a study that is not shown.

    Raises
    ------
    NotFound
        If there is no such study, or another program made it.
    """
    if storage.control.find(study_id) is None:
        raise NotFound("there is no such study, or it was not made by `tuner create`")


def shown_trial(storage: Storage, study_id: int, trial_id: int) -> FrozenTrial:
    """Read a trial of a study that is shown.

    Raises
    ------
    NotFound
        If there is no such trial in that study.
    """
    check_study(storage, study_id)
    try:
        trial = storage.optuna.get_trial(trial_id)
        is_of_study = storage.optuna.get_trial_id_from_study_id_trial_number(study_id, trial.number) == trial_id
    except KeyError:
        is_of_study = False
    if not is_of_study:
        raise NotFound("the study has no such trial")
    return trial


def _read(
    method: Callable[Concatenate[OptunaStorage, P], T],
) -> Callable[Concatenate[ShownStudies, P], T]:
    def read(self: ShownStudies, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self.optuna, *args, **kwargs)

    return read


class ShownStudies(BaseStorage):
    """A second lock behind the list of routes: whatever Optuna's dashboard is asked for, this is all that it can do.

    Parameters
    ----------
    storage : Storage
        The studies.
    """

    def __init__(self, storage: Storage) -> None:
        self._control, self.optuna = storage.control, storage.optuna

    def get_all_studies(self) -> list[Any]:
        """List the studies of this service; a database may hold those of others."""
        studies = [study for study in self.optuna.get_all_studies() if self._control.find(id_of_study(study))]
        return sorted(studies, key=id_of_study)

    get_study_id_from_name = _read(OptunaStorage.get_study_id_from_name)
    get_study_name_from_id = _read(OptunaStorage.get_study_name_from_id)
    get_study_directions = _read(OptunaStorage.get_study_directions)
    get_study_user_attrs = _read(OptunaStorage.get_study_user_attrs)
    get_study_system_attrs = _read(OptunaStorage.get_study_system_attrs)
    get_trial = _read(OptunaStorage.get_trial)
    get_all_trials = _read(OptunaStorage.get_all_trials)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Store a piece of a note.

        Raises
        ------
        StorageError
            If it is anything else.
        """
        if not _NOTE.fullmatch(key):
            raise _refusal(key)
        self.optuna.set_study_system_attr(study_id, key, value)

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise _refusal("a study")

    create_new_study = delete_study = set_study_user_attr = create_new_trial = set_trial_param = _refuse
    set_trial_state_values = set_trial_intermediate_value = set_trial_user_attr = set_trial_system_attr = _refuse


def _refusal(what: str) -> StorageError:
    return StorageError(f"the dashboard may not change {what!r}: `tuner --help` lists the commands that may")

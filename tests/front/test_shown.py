"""The second lock: what Optuna's dashboard could do if a route let it."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from conftest import Shown
from optuna.distributions import FloatDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState

from tuner.errors import StorageError
from tuner.front.shown import ShownStudies
from tuner.storage.optuna import id_of_study

WRITES: dict[str, Callable[[ShownStudies, Shown], Any]] = {
    "create_new_study": lambda storage, _: storage.create_new_study([StudyDirection.MAXIMIZE], "new"),
    "delete_study": lambda storage, shown: storage.delete_study(shown.study_id),
    "set_study_user_attr": lambda storage, shown: storage.set_study_user_attr(shown.study_id, "token", "../.."),
    "create_new_trial": lambda storage, shown: storage.create_new_trial(shown.study_id),
    "set_trial_param": lambda storage, shown: storage.set_trial_param(shown.running, "x", 0.5, FloatDistribution(0, 1)),
    "set_trial_state_values": lambda storage, shown: storage.set_trial_state_values(shown.running, TrialState.FAIL),
    "set_trial_intermediate_value": lambda storage, shown: storage.set_trial_intermediate_value(shown.running, 9, 1.0),
    "set_trial_user_attr": lambda storage, shown: storage.set_trial_user_attr(shown.running, "reason", "x"),
    "set_trial_system_attr": lambda storage, shown: storage.set_trial_system_attr(shown.running, "x", "y"),
    "set_study_system_attr": lambda storage, shown: storage.set_study_system_attr(shown.study_id, "study:x", 1),
}


def test_every_write_of_optuna_is_among_these() -> None:
    writes = {name for name in dir(optuna.storages.BaseStorage) if name.startswith(("set_", "create_", "delete_"))}
    assert writes == WRITES.keys()


@pytest.mark.parametrize("name", WRITES)
def test_it_changes_nothing_but_notes(shown: Shown, name: str) -> None:
    with pytest.raises(StorageError, match="may not change"):
        WRITES[name](ShownStudies(shown.storage), shown)


@pytest.mark.parametrize(
    "key", ["artifacts:x", "dashboard:note_ver:token", "xdashboard:note_ver", "dashboard:x:note_ver"]
)
def test_only_a_note_s_own_keys_are_notes(shown: Shown, key: str) -> None:
    with pytest.raises(StorageError, match="may not change"):
        ShownStudies(shown.storage).set_study_system_attr(shown.study_id, key, 1)


def test_it_shows_our_studies(shown: Shown) -> None:
    assert [id_of_study(study) for study in ShownStudies(shown.storage).get_all_studies()] == [shown.study_id]

"""Trials as the database has them, whoever wrote there."""

from typing import Any

import pytest
from optuna.trial import create_trial

from tuner.errors import StudyError
from tuner.study.trials import TrialRecord

SETTINGS = {"architecture": "mine", "train": {"lr": 0.1, "schedule": "onecycle"}, "mine": {"sizes": [3, 5], "x": None}}


def _read(**stored: Any) -> TrialRecord:
    return TrialRecord.of(create_trial(value=0.5, user_attrs=stored))


def test_settings_are_handed_on_as_they_are_stored() -> None:
    assert _read(settings=SETTINGS).settings == SETTINGS and _read(settings=SETTINGS).architecture == "mine"
    assert _read().settings is None and _read().architecture is None, "a trial of another program"


@pytest.mark.parametrize(
    ("stored", "what"),
    [
        ({"settings": [1]}, "is damaged: settings"),
        ({"settings": {"architecture": 3}}, "is damaged: settings at architecture"),
        ({"settings": {"train": {}}}, "is damaged: settings at architecture"),
        ({"settings": {"architecture": "x", "train": [1]}}, "is damaged: settings at train"),
        ({"settings": SETTINGS, "provenance": {"seed": "x"}}, "is damaged: provenance at seed"),
        ({"settings": SETTINGS, "result": {"epochs": -1}}, "is damaged: result"),
        ({"settings": SETTINGS, "reason": 5}, "is damaged: reason"),
    ],
)
def test_what_is_damaged_is_named_in_one_line(stored: dict[str, Any], what: str) -> None:
    with pytest.raises(StudyError, match=what) as caught:
        _read(**stored)
    assert "\n" not in str(caught.value)

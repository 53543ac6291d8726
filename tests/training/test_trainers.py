"""Which class trains an architecture, and what is loaded for it."""

import subprocess
import sys

import pytest

from models import architecture_names
from models.architecture import TRAINERS
from tuner.study.settings import Settings, sections_of
from tuner.training import trainers
from tuner.training.trainers import trainer_of


def test_every_trainer_s_name_stands_for_a_class() -> None:
    assert set(trainers.TRAINERS) == set(TRAINERS)


@pytest.mark.parametrize(("schedule", "epochs"), [("onecycle", 20), ("cosine", 20), ("constant", 7)])
def test_a_schedule_that_ends_at_zero_is_trained_to_its_end(schedule: str, epochs: int) -> None:
    settings = Settings.from_params({"architecture": "resnet1d", "train.schedule": schedule})
    assert trainer_of("resnet1d").epochs_to_train(settings, 7) == epochs


def test_trees_are_grown_to_their_best_round() -> None:
    settings = Settings.from_params({"architecture": "feature_boosting"})
    assert trainer_of("feature_boosting").epochs_to_train(settings, 7) == 7


@pytest.mark.parametrize("architecture", architecture_names())
def test_settings_have_the_sections_that_they_are_stored_with(architecture: str) -> None:
    stored = Settings.from_params({"architecture": architecture}).to_dict()
    assert tuple(stored) == ("architecture", *sections_of(architecture))


def test_who_trains_networks_does_not_load_the_boosting_library() -> None:
    program = (
        "import sys; from tuner.training.trainers import trainer_of; trainer_of('resnet1d')\n"
        "from tuner.work import trial\nfrom tuner.bundle import reading\nsys.exit('xgboost' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0

import optuna
import pytest

from models import architecture_names, get_architecture
from tuner.study.settings import Settings, TrainSettings
from tuner.study.space import default_params, full_space, parse_range, suggest

ALL = architecture_names()


def _draw(trial: optuna.Trial) -> Settings:
    return suggest(trial, ALL, full_space(ALL, {}))


def _study(seed: int = 0) -> optuna.Study:
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))


@pytest.mark.parametrize("architecture", ALL)
def test_an_architecture_s_first_trial_is_its_defaults(architecture: str) -> None:
    params = default_params(architecture, ALL, full_space(ALL, {}))
    study = _study()
    study.enqueue_trial(params)
    trial = study.ask()
    settings = _draw(trial)
    assert trial.params == params
    assert settings.architecture == architecture
    assert settings.model == type(settings.model)()
    trained = {name.removeprefix("train."): v for name, v in params.items() if name.startswith("train.")}
    is_boosted = get_architecture(architecture).trainer == "boosting"
    assert settings.train == (None if is_boosted else TrainSettings(**trained)) and is_boosted == (not trained)


def test_defaults_move_into_a_narrowed_space() -> None:
    ranges = {
        "train.lr": parse_range({"low": 0.1, "high": 0.2}),
        "train.batch_size": parse_range({"choices": [8, 64]}),
        "train.epochs": parse_range({"low": 3, "high": 9, "step": 4}),
        "train.schedule": "constant",
        "train.class_weight": parse_range({"low": 0, "high": 1}),
    }
    params = default_params("resnet1d", ("resnet1d",), full_space(("resnet1d",), ranges))
    assert (params["train.lr"], params["train.batch_size"], params["train.epochs"]) == (0.1, 8, 7)
    assert params["train.class_weight"] == 0.5  # whole bounds do not make a setting a whole number
    assert "train.schedule" not in params and "architecture" not in params


def test_a_trial_has_only_its_own_architecture_s_parameters() -> None:
    study = _study(3)
    seen = set()
    for _ in range(40):
        trial = study.ask()
        settings = _draw(trial)
        seen.add(settings.architecture)
        sections = {name.split(".")[0] for name in trial.params}
        assert sections <= {"architecture", "train", settings.architecture}
        assert Settings.from_dict(settings.to_dict()) == settings
    assert seen == set(ALL)


def test_a_name_is_a_path_in_the_settings() -> None:
    trial = _study(1).ask()
    nested = _draw(trial).to_dict()
    for name, value in trial.params.items():
        section, _, field = name.partition(".")
        assert (nested[section][field] if field else nested[section]) == value

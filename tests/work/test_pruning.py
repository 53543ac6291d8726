from typing import Literal

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from tuner.study.spec import PrunerSection
from tuner.work.pruning import REPORT_POINTS, is_report_point, make_pruner

KINDS: tuple[Literal["median", "asha", "hyperband"], ...] = ("median", "asha", "hyperband")


def _study_of(scores: dict[str, list[float]], direction: str = "maximize") -> optuna.Study:
    """A study whose finished trials of each architecture kept one score from 10 to 100 percent."""
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.RandomSampler(seed=0))
    for architecture, values in scores.items():
        for value in values:
            steps = range(10, 101, 10)
            study.add_trial(
                create_trial(
                    state=TrialState.COMPLETE,
                    value=value,
                    params={"architecture": architecture},
                    distributions={"architecture": optuna.distributions.CategoricalDistribution(("slow", "fast"))},
                    intermediate_values=dict.fromkeys(steps, value),
                    system_attrs={f"completed_rung_{rung}": value for rung in range(3)},
                )
            )
    return study


def _is_pruned(study: optuna.Study, section: PrunerSection, architecture: str, score: float) -> bool:
    study.pruner = make_pruner(section, architecture)
    study.enqueue_trial({"architecture": architecture})
    trial = study.ask()
    trial.suggest_categorical("architecture", ("slow", "fast"))
    for step in range(10, 101, 10):
        trial.report(score, step)
        if trial.should_prune():
            return True
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_is_compared_with_its_own_architecture_only(kind: Literal["median", "asha", "hyperband"]) -> None:
    section = PrunerSection(kind=kind, startup_trials=2)
    # Hyperband looks at the trials of one bracket, so there must be enough of them in each.
    scores = {"fast": [0.9] * 30, "slow": [0.3] * 30}
    assert not _is_pruned(_study_of(scores), section, "slow", 0.4)
    assert _is_pruned(_study_of(scores), section, "fast", 0.4)


@pytest.mark.parametrize("kind", KINDS)
def test_where_lower_is_better_the_higher_is_pruned(kind: Literal["median", "asha", "hyperband"]) -> None:
    section = PrunerSection(kind=kind, startup_trials=2)
    scores = {"fast": [0.3] * 30, "slow": [0.9] * 30}
    assert not _is_pruned(_study_of(scores, "minimize"), section, "slow", 0.8)
    assert _is_pruned(_study_of(scores, "minimize"), section, "fast", 0.8)


def test_none_never_prunes() -> None:
    assert not _is_pruned(_study_of({"slow": [0.9] * 9}), PrunerSection(kind="none"), "slow", 0.0)


def test_pruning_waits_for_startup_trials_and_warm_up() -> None:
    section = PrunerSection(kind="median", startup_trials=4, warmup_percent=100)
    assert not _is_pruned(_study_of({"slow": [0.9] * 3}), section, "slow", 0.1)
    study = _study_of({"slow": [0.9] * 9})
    study.pruner = make_pruner(section, "slow")
    trial = study.ask({"architecture": optuna.distributions.CategoricalDistribution(("slow", "fast"))})
    trial.report(0.0, 90)
    assert not trial.should_prune()


@pytest.mark.parametrize("planned", [1, 7, 20, 21, 33, 100, 250])
def test_reports_are_few_and_the_last_epoch_is_one(planned: int) -> None:
    points = [number for number in range(1, planned + 1) if is_report_point(number, planned)]
    assert len(points) == min(planned, REPORT_POINTS) and points[-1] == planned

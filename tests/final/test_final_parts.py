"""What the parts of the final step decide from simulated candidates, and what they leave of it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from optuna.trial import create_trial
from simulated import MACRO_F1, draw_labels, five_folds, predict, sharpen

from tuner.errors import OutOfMemory
from tuner.final import parts
from tuner.final.evidence import ConfirmedTrial, Evidence
from tuner.final.part import PartFacts
from tuner.final.recipe import Recipe
from tuner.statistics.intervals import interval
from tuner.study.trials import TrialRecord
from tuner.work.result import PartResult

N, N_TEST = 600, 40
OLD = Path(__file__).parents[1] / "data" / "da733b9" / "bundle" / "bundle.json"
RNG = np.random.default_rng(0)
LABELS, TEST_LABELS = draw_labels(RNG, N), draw_labels(RNG, N_TEST)


def _no_training(trials: Sequence[TrialRecord]) -> list[PartResult]:
    raise AssertionError("nothing should be trained")


def _out_of_memory(trials: Sequence[TrialRecord]) -> list[PartResult]:
    raise OutOfMemory("out of memory")


EVIDENCE = Evidence(
    labels=LABELS,
    groups=np.arange(N),
    folds=five_folds(N),
    objective=MACRO_F1,
    without=frozenset(),
    coverage=None,
    findings=(),
    retrain=_no_training,
)


def _trial() -> TrialRecord:
    return TrialRecord.of(create_trial(value=0.9, user_attrs={"settings": {"architecture": "resnet1d"}}))


def _candidate(separation: float, times: float = 1.0, n_test: int = N_TEST, alike: bool = False) -> ConfirmedTrial:
    probabilities = sharpen(predict(RNG, LABELS, separation), times)
    test = np.array([sharpen(predict(RNG, TEST_LABELS[:n_test], separation), times) for _ in range(5)])
    if alike:
        test[:] = test[0]
    score = interval(LABELS, probabilities, EVIDENCE.groups, MACRO_F1)
    return ConfirmedTrial(_trial(), 1.0, probabilities, test, score, MACRO_F1)


def _decide(
    candidates: Sequence[ConfirmedTrial], evidence: Evidence = EVIDENCE
) -> tuple[Recipe, dict[str, object], list[PartFacts]]:
    recipe, found = parts.decide(candidates, evidence)
    keys = {key: value for facts in found for key, value in facts.model_dump(mode="json").items()}
    json.dumps(keys, allow_nan=False)
    return recipe, keys, found


def test_they_leave_the_keys_of_earlier_bundles() -> None:
    """What old ones have is there under the same keys, down to the last one."""
    confirmed = json.loads(OLD.read_text())["confirmed"]
    _, blended, _ = _decide([_candidate(1.5), _candidate(1.5)])
    _, keys, _ = _decide([_candidate(1.5, times=3.0)], replace(EVIDENCE, coverage=0.8))
    keys["blend"] = blended["blend"]
    kept = {"blend", "calibration", "risk_coverage", "abstention", "handover", "retrained", "fault"}
    assert set(keys) == kept | {"choice", "kinds"}
    for name in ("blend", "calibration", "risk_coverage", "handover"):
        assert _names(keys[name]) == _names(confirmed[name]), name


def _names(data: object) -> object:
    """Return the keys of nested plain data without its values."""
    if isinstance(data, dict):
        return {key: _names(value) for key, value in data.items()}
    return [_names(value) for value in data[:1]] if isinstance(data, list) else None


def test_candidates_that_err_differently_are_blended_and_made_to_mean_what_they_say() -> None:
    recipe, keys, _ = _decide([_candidate(1.2, times=3.0), _candidate(1.2, times=3.0)])
    assert keys["blend"]["kept"] is True and len(recipe.members) == len(recipe.blend.weights) == 2
    assert recipe.calibration is not None or "as low as" in keys["calibration"]["reason"]
    assert recipe.threshold is None and recipe.unsure_below is None
    assert recipe.retrained is None and keys["handover"]["keep_ensemble"] is True
    assert recipe.test.shape == (5, N_TEST, 4)


def test_each_sees_what_those_before_it_made() -> None:
    recipe, keys, _ = _decide([_candidate(1.5, times=3.0)], replace(EVIDENCE, coverage=0.7))
    assert recipe.calibration is not None and recipe.calibration.temperature > 2
    assert recipe.threshold == keys["abstention"]["threshold"] < 0.9, "of calibrated probabilities"
    assert recipe.unsure_below is not None and recipe.unsure_below <= recipe.threshold


def test_all_but_the_frame_can_be_left_out() -> None:
    assert parts.names() == ["confirm", "augment", "blend", "calibrate", "abstain", "choice", "ensemble"]
    retrained = [_result()]
    left_out = replace(EVIDENCE, without=frozenset(parts.names()), coverage=0.7, retrain=lambda trials: retrained)
    recipe, keys, found = _decide([_candidate(1.5), _candidate(1.5)], left_out)
    assert len(recipe.members) == 1 and keys["blend"]["reason"] == "left out as asked"
    assert [keys[name] for name in ("calibration", "risk_coverage", "abstention", "handover")] == [None] * 4
    assert (recipe.calibration, recipe.threshold, recipe.retrained) == (None, None, tuple(retrained))
    assert recipe.test.shape == (1, N_TEST, 4)
    assert keys["retrained"] is True and keys["fault"] is None


def test_models_that_agree_are_replaced_by_one_trained_on_everything_if_it_can_be_trained() -> None:
    candidate = _candidate(1.5, alike=True)
    recipe, keys, _ = _decide([candidate], replace(EVIDENCE, retrain=lambda trials: [_result()]))
    assert recipe.retrained is not None and keys["retrained"] is True
    recipe, keys, found = _decide([candidate], replace(EVIDENCE, retrain=_out_of_memory))
    assert recipe.retrained is None
    assert (keys["retrained"], keys["fault"]) == (False, "out of memory")


def test_where_nothing_is_unlabelled_the_models_of_the_folds_are_kept() -> None:
    recipe, keys, _ = _decide([_candidate(1.5, n_test=0)], replace(EVIDENCE, coverage=0.7))
    assert (keys["handover"], keys["retrained"], keys["fault"]) == (None, False, None)
    assert recipe.unsure_below == recipe.threshold


def _result() -> PartResult:
    test = predict(RNG, TEST_LABELS, 1.5).astype(np.float32)
    return PartResult({}, test[:0], test, None, None, 1.0)


def _fold_results(separation: float | None) -> list[PartResult]:
    """Return results of five folds; with test-time augmentation of this separation."""
    if separation is None:
        return [_result()] * 5
    augmented = predict(RNG, LABELS, separation).astype(np.float32)
    held_out = [augmented[five_folds(N) == fold] for fold in range(5)]
    return [replace(_result(), held_out_augmented=part, test_augmented=_result().test) for part in held_out]


@pytest.mark.parametrize(
    ("separation", "without", "is_tried", "is_kept"),
    [
        (3.0, frozenset(), True, True),
        (0.5, frozenset(), True, False),
        (3.0, {"augment"}, False, False),
        (None, frozenset(), False, False),
    ],
)
def test_test_time_augmentation_is_kept_for_a_candidate_that_it_makes_better(
    separation: float | None, without: frozenset[str], is_tried: bool, is_kept: bool
) -> None:
    candidate = _candidate(1.5)
    judged = parts.judge(candidate, _fold_results(separation), replace(EVIDENCE, without=frozenset(without)))
    (facts,) = judged.facts
    said = facts.model_dump(mode="json")
    assert (said["augmentation"] is not None, said["augmented"], judged.is_augmented) == (is_tried, is_kept, is_kept)
    assert (judged.score.value > candidate.score.value) == is_kept
    assert np.array_equal(judged.test, candidate.test) == (not is_kept)

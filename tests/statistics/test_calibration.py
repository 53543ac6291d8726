import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, five_folds, predict, sharpen

from tuner.statistics.calibration import Calibration, fit_calibration, fit_temperature
from tuner.statistics.calibration_choice import choose_calibration
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.probabilities import log_loss
from tuner.statistics.reliability import reliability

RARE = (0.8, 0.1, 0.06, 0.04)


def test_a_temperature_undoes_a_known_distortion() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 4000)
    true = predict(rng, labels)
    for factor in (0.5, 3.0):
        fitted = fit_temperature(sharpen(true, factor), labels)
        assert fitted.temperature == pytest.approx(factor, rel=0.1)
        assert fitted.apply(sharpen(true, factor)) == pytest.approx(true, abs=0.03)
    choice = choose_calibration(CrossFitted.of(sharpen(true, 3.0), five_folds(4000)), labels, np.arange(4000), MACRO_F1)
    assert choice.calibration is not None
    assert choice.after.calibration_error < choice.before.calibration_error / 3
    assert choice.after.log_loss < choice.before.log_loss
    assert MACRO_F1(labels, choice.crossed.held_out) == MACRO_F1(labels, true)


def test_a_prior_exponent_helps_macro_f1_where_classes_are_rare() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 5000, RARE)
    overconfident = sharpen(predict(rng, labels, 1.5, RARE), 2.0)
    choice = choose_calibration(CrossFitted.of(overconfident, five_folds(5000)), labels, np.arange(5000), MACRO_F1)
    assert choice.calibration is not None
    assert choice.calibration.prior_exponent > 0
    assert choice.prior_gain.beyond_noise
    assert MACRO_F1(labels, choice.crossed.held_out) > MACRO_F1(labels, overconfident) + 0.02
    assert choice.after.log_loss <= choice.before.log_loss


def test_a_prior_exponent_spends_no_log_loss_that_was_not_gained() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 5000, RARE)
    calibrated = predict(rng, labels, 1.5, RARE)
    fitted = fit_calibration(calibrated, labels, MACRO_F1)
    assert log_loss(labels, fitted.apply(calibrated)) <= log_loss(labels, calibrated) + 1e-9


def test_training_with_balanced_classes_is_undone() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 5000, RARE)
    balanced = Calibration(1.0, 1.0, RARE).apply(predict(rng, labels, 1.0, RARE))
    choice = choose_calibration(CrossFitted.of(balanced, five_folds(5000)), labels, np.arange(5000), MACRO_F1)
    assert choice.calibration is not None
    assert choice.calibration.prior_exponent < 0
    assert choice.after.log_loss < choice.before.log_loss


def test_cross_fitting_shows_no_gain_on_noise_where_fitting_in_sample_does() -> None:
    rng = np.random.default_rng(0)
    in_sample, crossed, kept = [], [], 0
    for _ in range(20):
        labels, folds = draw_labels(rng, 200, RARE), five_folds(200)
        noise = Calibration(1.0, 0.5, RARE).apply(predict(rng, draw_labels(rng, 200, RARE), 1.0, RARE))
        fitted = fit_calibration(noise, labels, MACRO_F1).apply(noise)
        in_sample.append(MACRO_F1(labels, fitted) - MACRO_F1(labels, noise))
        choice = choose_calibration(CrossFitted.of(noise, folds), labels, np.arange(200), MACRO_F1)
        crossed.append(choice.prior_gain.value)
        kept += choice.calibration is not None and choice.calibration.prior_exponent != 0
    assert np.mean(in_sample) > 0.004
    assert np.mean(crossed) < 0
    assert kept == 0


def test_what_is_calibrated_stays_as_it_is() -> None:
    rng = np.random.default_rng(1)
    labels = draw_labels(rng, 4000)
    true = predict(rng, labels)
    choice = choose_calibration(CrossFitted.of(true, five_folds(4000)), labels, np.arange(4000), MACRO_F1)
    assert choice.crossed.held_out == pytest.approx(true, abs=0.02)
    assert choice.after.log_loss <= choice.before.log_loss


def test_the_error_of_true_probabilities_is_small_and_that_of_overconfident_ones_is_not() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 20_000)
    true = predict(rng, labels)
    assert reliability(labels, true).calibration_error < 0.012
    over = reliability(labels, sharpen(true, 3.0))
    assert over.calibration_error > 0.05
    assert sum(over.count) == 20_000
    assert over.confidence[-1] > over.accuracy[-1]
    assert over.count[:3] == (0, 0, 0)  # of four classes the predicted one has a quarter at least


@pytest.mark.parametrize("sure", [True, False])
def test_calibration_bears_missing_classes_certainty_and_constant_predictions(sure: bool) -> None:
    labels = np.array([0, 0, 1, 1, 2, 2] * 5)
    folds = np.where(labels == 2, 0, np.arange(30) % 4 + 1)
    probabilities = np.eye(4)[np.roll(labels, 1)] if sure else np.full((30, 4), 0.25)
    choice = choose_calibration(CrossFitted.of(probabilities, folds), labels, np.arange(30), MACRO_F1)
    assert np.isfinite(choice.crossed.held_out).all()
    assert choice.after.log_loss <= choice.before.log_loss
    two = choose_calibration(CrossFitted.of(probabilities[:2], np.array([0, 1])), labels[:2], np.arange(2), MACRO_F1)
    assert np.isfinite(two.crossed.held_out).all()

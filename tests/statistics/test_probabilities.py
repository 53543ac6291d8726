import numpy as np
import pytest
from simulated import draw_labels, predict
from sklearn.metrics import log_loss as sklearn_log_loss

from tuner.statistics.probabilities import FLOOR, brier_score, log_loss


def test_log_loss_is_that_of_scikit_learn_and_finite_for_a_sure_mistake() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200)
    probabilities = predict(rng, labels)
    assert log_loss(labels, probabilities) == pytest.approx(sklearn_log_loss(labels, probabilities))
    assert log_loss(np.array([0]), np.array([[0.0, 1.0]])) == pytest.approx(-np.log(FLOOR))
    assert brier_score(np.array([0]), np.array([[0.0, 1.0]])) == 2.0

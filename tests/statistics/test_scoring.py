import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, predict
from sklearn.metrics import log_loss as sklearn_log_loss

from tuner.statistics.scores import as_scores, confusion_matrix, objective_value
from tuner.statistics.scoring import FLOOR, Objective, brier_score, log_loss


@pytest.mark.parametrize(("metric", "classes"), [("macro_f1", ()), ("macro_f1", (0, 2)), ("accuracy", ())])
def test_the_objective_is_the_studys(metric: str, classes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200)
    probabilities = predict(rng, labels)
    scores = as_scores(0.0, confusion_matrix(labels, probabilities.argmax(1), 4))
    assert Objective(metric, classes)(labels, probabilities) == pytest.approx(objective_value(scores, metric, classes))


def test_log_loss_is_that_of_scikit_learn_and_finite_for_a_sure_mistake() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200)
    probabilities = predict(rng, labels)
    assert log_loss(labels, probabilities) == pytest.approx(sklearn_log_loss(labels, probabilities))
    assert log_loss(np.array([0]), np.array([[0.0, 1.0]])) == pytest.approx(-np.log(FLOOR))
    assert brier_score(np.array([0]), np.array([[0.0, 1.0]])) == 2.0


def test_classes_that_are_not_there_do_not_count_among_a_part() -> None:
    labels, probabilities = np.array([0, 1]), np.eye(4)[[0, 1]]
    assert MACRO_F1(labels, probabilities) == 0.5
    assert MACRO_F1.among(labels)(labels, probabilities) == 1.0
    assert Objective("macro_f1", (1, 3)).among(labels).classes == (1,)
    assert Objective("macro_f1", (3,)).among(labels).classes == (3,)

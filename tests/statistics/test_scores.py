import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from tuner.statistics.scores import as_scores, confusion_matrix


def test_scores_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 4, 200), rng.integers(0, 3, 200)  # class 3 is never predicted
    scores = as_scores(1.0, confusion_matrix(labels, predicted, 4))
    assert scores.accuracy == pytest.approx(accuracy_score(labels, predicted))
    assert scores.class_f1 == pytest.approx(f1_score(labels, predicted, average=None, labels=range(4)))
    assert scores.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))


def test_a_class_neither_there_nor_predicted_scores_zero() -> None:
    assert as_scores(0.0, confusion_matrix([0, 0], [0, 0], 2)).class_f1 == [1.0, 0.0]

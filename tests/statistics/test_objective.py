"""Each metric against scikit-learn, and what happens where a metric is not defined."""

from collections.abc import Callable

import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, predict
from sklearn import metrics

from tuner.statistics.objective import METRICS, Objective
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.statistics.scores import as_scores, confusion_matrix

Reference = Callable[[Integers, Probabilities, list[int]], float]

RARE = (0.6, 0.25, 0.1, 0.05)


def _macro(score: Callable[..., float]) -> Reference:
    return lambda labels, p, chosen: float(np.mean([score(labels == k, p[:, k]) for k in chosen]))


def _of_chosen(score: Callable[[Integers, Integers], float]) -> Reference:
    def reference(labels: Integers, p: Probabilities, chosen: list[int]) -> float:
        kept = np.isin(labels, chosen)
        return score(labels[kept], p[kept].argmax(1))

    return reference


def _f1(labels: Integers, p: Probabilities, chosen: list[int]) -> float:
    return float(metrics.f1_score(labels, p.argmax(1), average="macro", labels=chosen))


def _recall(labels: Integers, p: Probabilities, chosen: list[int]) -> float:
    return float(metrics.recall_score(labels, p.argmax(1), average="macro", labels=chosen))


def _log_loss(labels: Integers, p: Probabilities, chosen: list[int]) -> float:
    kept = np.isin(labels, chosen)
    return float(metrics.log_loss(labels[kept], p[kept], labels=range(p.shape[1])))


REFERENCES: dict[str, Reference] = {
    "macro_f1": _f1,
    "accuracy": _of_chosen(metrics.accuracy_score),
    "balanced_accuracy": _recall,
    "mcc": _of_chosen(metrics.matthews_corrcoef),
    "kappa": _of_chosen(metrics.cohen_kappa_score),
    "macro_auroc": _macro(metrics.roc_auc_score),
    "macro_auprc": _macro(metrics.average_precision_score),
    "log_loss": _log_loss,
}


def _drawn(seed: int, n: int = 300) -> tuple[Integers, Probabilities]:
    """Labels of unequal classes, and probabilities among which there are equal ones."""
    rng = np.random.default_rng(seed)
    labels = draw_labels(rng, n, RARE)
    labels[:4] = range(4)
    probabilities = np.round(predict(rng, labels, 1.0, RARE), 2) + 1e-3
    return labels, probabilities / probabilities.sum(1, keepdims=True)


def test_every_metric_has_its_reference() -> None:
    assert set(REFERENCES) == set(METRICS)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("classes", [(), (0, 2), (3, 1, 0)])
@pytest.mark.parametrize("seed", range(3))
def test_each_metric_is_that_of_scikit_learn(metric: str, classes: tuple[int, ...], seed: int) -> None:
    labels, probabilities = _drawn(seed)
    expected = REFERENCES[metric](labels, probabilities, list(classes or range(4)))
    assert Objective(metric, classes)(labels, probabilities) == pytest.approx(expected, abs=1e-12)


def test_two_classes_are_as_scikit_learn_has_them() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 100, (0.7, 0.3))
    probabilities = predict(rng, labels, 1.0, (0.7, 0.3))
    assert Objective("macro_auroc")(labels, probabilities) == pytest.approx(
        metrics.roc_auc_score(labels, probabilities[:, 1])
    )
    assert Objective("mcc")(labels, probabilities) == pytest.approx(
        metrics.matthews_corrcoef(labels, probabilities.argmax(1))
    )


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].of_confusions is None])
@pytest.mark.parametrize("classes", [(), (0, 2)])
def test_weights_count_recordings_several_times(metric: str, classes: tuple[int, ...]) -> None:
    labels, probabilities = _drawn(0)
    objective = Objective(metric, classes)
    weights = np.random.default_rng(1).integers(0, 4, (5, len(labels)))
    found = objective.of_probabilities(labels, probabilities, weights.astype(np.float64))
    repeated = [np.repeat(np.arange(len(labels)), row) for row in weights]
    assert found == pytest.approx([objective(labels[rows], probabilities[rows]) for rows in repeated])
    weighted = {"macro_auroc": metrics.roc_auc_score, "macro_auprc": metrics.average_precision_score}
    if metric in weighted:
        expected = [
            weighted[metric](labels == k, probabilities[:, k], sample_weight=weights[0]) for k in classes or range(4)
        ]
        assert found[0] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].of_confusions])
@pytest.mark.parametrize("classes", [(), (0, 2)])
def test_many_confusion_matrices_are_scored_as_each_alone(metric: str, classes: tuple[int, ...]) -> None:
    objective = Objective(metric, classes)
    drawn = [_drawn(seed) for seed in range(6)]
    confusions = np.array([confusion_matrix(labels, p.argmax(1), 4) for labels, p in drawn]).reshape(2, 3, 4, 4)
    expected = [objective(labels, p) for labels, p in drawn]
    assert objective.of_confusions(confusions).ravel().tolist() == expected
    scores = as_scores(0.0, confusions[0, 0])
    assert objective.of_scores(scores) == expected[0]


@pytest.mark.parametrize("n_classes", [4, 9])
def test_macro_f1_and_accuracy_are_bit_equal_to_those_of_the_scores(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels, predicted = rng.integers(0, n_classes, 60), rng.integers(0, n_classes - 1, 60)
        scores = as_scores(0.0, confusion_matrix(labels, predicted, n_classes))
        chosen = (0, n_classes - 1)
        assert Objective("macro_f1").of_scores(scores) == scores.macro_f1
        assert Objective("accuracy").of_scores(scores) == scores.accuracy
        assert Objective("macro_f1", chosen).of_scores(scores) == np.mean([scores.class_f1[k] for k in chosen])


def test_only_log_loss_is_the_better_the_lower_and_no_value_is_worse_than_any() -> None:
    assert [name for name in METRICS if Objective(name).is_minimised] == ["log_loss"]
    lower, higher = Objective("log_loss"), Objective("mcc")
    assert lower.gain(0.3) > lower.gain(0.4) > lower.gain(None) == lower.gain(float("nan"))
    assert higher.gain(-0.3) > higher.gain(-0.4) > higher.gain(None) == higher.gain(float("nan"))


def test_classes_that_are_not_there_do_not_count_in_averages_but_for_f1() -> None:
    labels, probabilities = _drawn(0)
    there = labels != 3
    labels, probabilities = labels[there], probabilities[there]
    for metric in ("balanced_accuracy", "macro_auroc", "macro_auprc"):
        expected = REFERENCES[metric](labels, probabilities, [0, 1, 2])
        assert Objective(metric)(labels, probabilities) == pytest.approx(expected)
        assert np.isnan(Objective(metric, (3,))(labels, probabilities))
    assert Objective("macro_f1", (3,))(labels, probabilities) == 0.0


def test_what_is_not_defined_is_no_number() -> None:
    one_class, sure = np.zeros(4, np.int64), np.eye(4)[np.zeros(4, np.int64)]
    assert np.isnan(Objective("kappa")(one_class, sure))
    assert Objective("mcc")(one_class, sure) == 0.0  # as scikit-learn has it
    for metric in ("macro_auroc", "macro_auprc"):
        assert np.isnan(Objective(metric)(one_class, sure))
    for metric in set(METRICS) - {"macro_f1"}:
        assert np.isnan(Objective(metric)(one_class[:0], sure[:0])), metric
        if METRICS[metric].is_class_average:
            continue
        assert np.isnan(Objective(metric, (1, 2))(one_class, sure)), metric
    assert Objective("kappa").of_scores(as_scores(0.0, confusion_matrix(one_class, one_class, 4))) is None


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].of_confusions is None])
def test_probabilities_that_are_no_numbers_have_no_score(metric: str) -> None:
    labels, probabilities = _drawn(0)
    probabilities[5] = np.nan
    assert np.isnan(Objective(metric)(labels, probabilities))


def test_a_part_of_the_data_is_scored_over_the_classes_in_it() -> None:
    labels, probabilities = np.array([0, 1]), np.eye(4)[[0, 1]]
    assert MACRO_F1(labels, probabilities) == 0.5
    assert MACRO_F1.among(labels)(labels, probabilities) == 1.0
    assert Objective("macro_f1", (1, 3)).among(labels).classes == (1,)
    assert Objective("macro_f1", (3,)).among(labels).classes == (3,)
    assert Objective("accuracy", (1, 3)).among(labels).classes == (1,)
    assert Objective("accuracy").among(labels) == Objective("accuracy")


def test_people_read_its_name() -> None:
    names = ["normal", "AF", "other"]
    assert Objective("log_loss").named(names) == "log loss"
    assert Objective("macro_f1", (0, 2)).named(names) == "macro-F1 over normal, other"
    assert Objective("accuracy", (1,)).named(names) == "accuracy of the recordings of AF"
    with pytest.raises(ValueError, match="no metric 'f2'; there are: macro_f1, accuracy"):
        Objective("f2")

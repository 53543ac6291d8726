import json
from dataclasses import asdict

import numpy as np
from simulated import MACRO_F1, draw_labels, predict

from tuner.statistics.terciles import by_tercile


def test_short_recordings_that_are_hard_show_and_missing_values_are_apart() -> None:
    rng = np.random.default_rng(0)
    labels, seconds = draw_labels(rng, 1300), rng.uniform(5, 60, 1300)
    probabilities = np.where(seconds[:, None] < 20, predict(rng, labels, 0.5), predict(rng, labels, 3.0))
    seconds[:100] = np.nan
    parts = by_tercile(seconds, labels, probabilities, np.arange(1300), MACRO_F1)
    assert [part.name for part in parts] == ["lowest third", "middle third", "highest third", "missing"]
    assert [part.count for part in parts] == [400, 400, 400, 100]
    assert parts[0].score.high < parts[1].score.low
    assert parts[0].high is not None and parts[1].low is not None
    assert parts[0].high < parts[1].low
    assert (parts[3].low, parts[3].high) == (None, None)
    json.dumps([asdict(part) for part in parts], allow_nan=False)


def test_equal_values_stay_together() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 90)
    values = np.where(np.arange(90) < 80, 30.0, 60.0)
    parts = by_tercile(values, labels, predict(rng, labels), np.arange(90), MACRO_F1)
    assert [(part.name, part.count) for part in parts] == [("lowest third", 80), ("highest third", 10)]


def test_a_class_that_is_not_in_a_part_does_not_lower_its_score() -> None:
    labels, values = np.array([0, 1] * 10 + [2, 3] * 10), np.repeat([1.0, 2.0], 20)
    parts = by_tercile(values, labels, np.eye(4)[labels], np.arange(40), MACRO_F1)
    assert [(part.classes, part.score.value) for part in parts] == [((0, 1), 1.0), ((2, 3), 1.0)]


def test_without_any_value_there_is_one_part() -> None:
    labels = np.array([0, 1])
    (part,) = by_tercile(np.full(2, np.nan), labels, np.eye(2), np.arange(2), MACRO_F1)
    assert (part.name, part.count) == ("missing", 2)

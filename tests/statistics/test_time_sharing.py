from dataclasses import replace
from itertools import permutations
from math import inf, nan

import pytest

from tuner.statistics.time_sharing import KindTime, next_kind

TREES = KindTime("trees", seconds_spent=500, seconds_per_trial=20, expected_gain=0.0001, is_open=True, n_trials=25)
CRNN = KindTime("crnn", seconds_spent=500, seconds_per_trial=400, expected_gain=0.004, is_open=True, n_trials=2)
RESNET = KindTime("resnet", seconds_spent=500, seconds_per_trial=300, expected_gain=0.001, is_open=True, n_trials=2)


def test_most_gain_per_second_gets_the_next_trial_not_most_gain_nor_the_cheapest() -> None:
    assert next_kind([TREES, CRNN, RESNET]) == "crnn"  # 1e-5 a second against 0.5e-5 and 0.3e-5
    assert next_kind([replace(TREES, expected_gain=0.0004), CRNN, RESNET]) == "trees"
    assert next_kind([TREES, replace(CRNN, expected_gain=inf), RESNET]) == "crnn"


def test_defaults_come_first_the_cheapest_before_the_others() -> None:
    untried = [replace(kind, seconds_spent=0, n_trials=0) for kind in (RESNET, CRNN, TREES)]
    assert next_kind(untried) == "trees"
    assert next_kind([replace(untried[2], seconds_spent=20, n_trials=1), *untried[:2]]) == "resnet"
    assert next_kind([TREES, CRNN, untried[0]]) == "resnet"


def test_an_open_kind_keeps_a_tenth_of_the_time_whatever_it_promises() -> None:
    poor = replace(RESNET, seconds_spent=99, expected_gain=0.0)
    assert next_kind([TREES, CRNN, poor]) == "resnet"
    assert next_kind([TREES, CRNN, replace(poor, seconds_spent=120)]) == "crnn"
    assert next_kind([TREES, CRNN, replace(poor, is_open=False)]) == "crnn"
    assert next_kind([replace(TREES, seconds_spent=50), CRNN, replace(poor, seconds_spent=40)]) == "resnet"


def test_a_search_gives_each_kind_its_tenth_and_the_best_the_rest() -> None:
    kinds = {kind.kind: replace(kind, seconds_spent=0, n_trials=0) for kind in (TREES, CRNN, RESNET)}
    for _ in range(400):
        kind = kinds[next_kind(list(kinds.values())) or ""]
        spent = kind.seconds_spent + kind.seconds_per_trial
        kinds[kind.kind] = replace(kind, seconds_spent=spent, n_trials=kind.n_trials + 1)
    total = sum(kind.seconds_spent for kind in kinds.values())
    shares = {name: kind.seconds_spent / total for name, kind in kinds.items()}
    assert shares == pytest.approx({"trees": 0.1, "crnn": 0.8, "resnet": 0.1}, abs=0.01)


def test_a_closed_kind_gets_nothing_and_without_an_open_one_the_search_is_over() -> None:
    flat = replace(CRNN, is_open=False)
    assert next_kind([TREES, flat]) == "trees"
    assert next_kind([replace(flat, n_trials=0, seconds_spent=0, expected_gain=inf)]) is None
    assert next_kind([flat, replace(TREES, is_open=False)]) is None
    assert next_kind([]) is None


def test_the_answer_depends_on_no_order() -> None:
    alike = [replace(TREES, kind=name) for name in "abc"]
    unknown = [replace(CRNN, kind=name, seconds_spent=spent, expected_gain=inf) for name, spent in (("u", 7), ("v", 6))]
    assert {next_kind(order) for order in permutations(alike)} == {"a"}
    assert {next_kind(order) for order in permutations(unknown)} == {"v"}


def test_a_trial_that_takes_no_time_is_not_worth_everything() -> None:
    instant = replace(TREES, seconds_per_trial=0.0, expected_gain=0.0)
    assert next_kind([instant, CRNN]) == "crnn"
    assert replace(instant, expected_gain=0.001).gain_per_second < inf


def test_numbers_that_cannot_be_ordered_are_refused() -> None:
    for wrong in ({"expected_gain": nan}, {"expected_gain": -0.1}, {"seconds_per_trial": inf}, {"seconds_spent": -1}):
        with pytest.raises(ValueError, match="trees"):
            replace(TREES, **wrong)

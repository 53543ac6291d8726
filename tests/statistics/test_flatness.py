import numpy as np
import pytest

from tuner.statistics.flatness import Floats, flatness

NOISE = 0.0065
"""Standard deviation of a part's score that was measured on 6,000 recordings."""


def _table(rng: np.random.Generator, tau: float, n_settings: int, n_parts: int = 5, noise: float = NOISE) -> Floats:
    truths = rng.normal(0, tau, (n_settings, 1))
    parts = rng.normal(0.35, 0.02, n_parts)
    return truths + parts + rng.normal(0, noise, (n_settings, n_parts))


def _without(rng: np.random.Generator, table: Floats) -> Floats:
    """Leave each setting but the first with one to all of the parts, at random."""
    places = rng.permuted(np.tile(np.arange(table.shape[1]), (len(table), 1)), axis=1)
    left = rng.integers(1, table.shape[1] + 1, (len(table), 1))
    left[0] = table.shape[1]
    return np.where(places < left, table, np.nan)


@pytest.mark.parametrize(
    ("n_settings", "tau", "median_high"),
    [(10, 0.0, 0.0037), (20, 0.0, 0.0028), (10, 0.0024, 0.0053), (20, 0.0024, 0.0042), (20, 0.006, 0.0086)],
)
def test_the_upper_end_is_what_simulations_of_others_gave(n_settings: int, tau: float, median_high: float) -> None:
    rng = np.random.default_rng(0)
    found = [flatness(_table(rng, tau, n_settings)).spread for _ in range(300)]
    assert np.median([one.high for one in found if one]) == pytest.approx(median_high, rel=0.1)


@pytest.mark.parametrize("tau", [0.0024, 0.006, 0.02])
def test_the_truth_lies_in_the_interval_as_often_as_promised_also_where_parts_are_missing(tau: float) -> None:
    rng = np.random.default_rng(0)
    found = [flatness(_without(rng, _table(rng, tau, 15))).spread for _ in range(300)]
    assert 0.85 < np.mean([one.low <= tau <= one.high for one in found if one]) < 0.97
    assert np.mean([one.value**2 for one in found if one]) ** 0.5 == pytest.approx(tau, rel=0.15)
    assert np.mean([one.noise for one in found if one]) ** 0.5 == pytest.approx(NOISE, rel=0.05)


def test_a_flat_kind_is_found_flat_and_one_worth_searching_is_not() -> None:
    rng = np.random.default_rng(0)
    assert np.mean([flatness(_table(rng, 0.0, 20)).is_flat() for _ in range(200)]) > 0.85
    assert np.mean([flatness(_table(rng, 0.006, 20)).is_flat() for _ in range(200)]) < 0.01
    table = _table(rng, 0.006, 20)
    assert flatness(table).is_flat(worth=0.1)
    assert not flatness(_table(rng, 0.0, 7, noise=1e-6)).is_flat()  # seven settings prove nothing


def test_a_part_that_is_hard_for_all_is_no_difference_between_settings() -> None:
    rng = np.random.default_rng(0)
    table = _without(rng, _table(rng, 0.003, 12))
    moved = flatness(table - table[0])  # relative to the default's scores
    plain = flatness(table)
    assert moved.spread is not None and plain.spread is not None
    assert (moved.spread.value, moved.spread.high) == pytest.approx((plain.spread.value, plain.spread.high))
    assert np.ptp(moved.scores - plain.scores) == pytest.approx(0, abs=1e-12)


def test_a_setting_on_an_easy_part_alone_is_not_taken_for_good() -> None:
    parts = np.array([0.0, 0.0, 0.5])
    table = np.array([[0.30], [0.31], [0.32], [0.20]]) + parts + np.random.default_rng(0).normal(0, 0.001, (4, 3))
    table[2, 2] = np.nan  # has only the easy parts, and scores best as they are
    table[3, :2] = np.nan  # has only the hard one, and scores worst
    assert np.argsort(flatness(table).scores).tolist() == [3, 0, 1, 2]


def test_choosing_by_shrunken_scores_is_less_of_a_lottery() -> None:
    """A quiet kind and a noisy one: the noisy one's luckiest setting looks best."""
    rng = np.random.default_rng(0)
    plain, shrunk, promised = [], [], []
    for _ in range(200):
        truths = np.concatenate([rng.normal(0.350, 0.003, 15), rng.normal(0.355, 0.003, 15)])
        tables = [truths[:15, None] + rng.normal(0, 0.004, (15, 5)), truths[15:, None] + rng.normal(0, 0.02, (15, 5))]
        kinds = [flatness(table) for table in tables]
        scores = np.concatenate([kind.scores for kind in kinds])
        shrunken = np.concatenate([kind.shrunken for kind in kinds])
        plain.append(truths[scores.argmin()])
        shrunk.append(truths[shrunken.argmin()])
        promised.append([truths[shrunken.argmin()] - shrunken.min(), truths[scores.argmin()] - scores.min()])
    assert np.mean(shrunk) < np.mean(plain) - 0.001
    surprise = np.mean(promised, axis=0)
    assert abs(surprise[0]) < 0.0015 < 0.006 < surprise[1]


def test_few_parts_are_drawn_further_towards_the_mean_than_many() -> None:
    rng = np.random.default_rng(0)
    table = _table(rng, 0.006, 20)
    table[3, 1:] = np.nan
    found = flatness(table)
    share = (found.shrunken - found.shrunken.mean()) / (found.scores - found.shrunken.mean())
    assert found.reliability(1) < found.reliability(2) < found.reliability(5) < 1
    assert share[3] < 0.75 * share[4]


def test_the_expected_gain_is_what_more_settings_bring() -> None:
    rng = np.random.default_rng(0)
    expected, brought = [], []
    for _ in range(400):
        truths = rng.normal(0, 0.006, (40, 1))
        scores = truths + rng.normal(0, NOISE, (40, 5))
        expected.append(flatness(scores[:20]).expected_gain(20))
        best = [int(scores[:n].mean(1).argmin()) for n in (20, 40)]
        brought.append(float(truths[best[0], 0] - truths[best[1], 0]))
    assert np.mean(expected) == pytest.approx(np.mean(brought), rel=0.25)
    found = flatness(scores[:20])
    assert 0 == found.expected_gain(0) < found.expected_gain(1) < found.expected_gain(20) < found.largest_gain(20)


@pytest.mark.parametrize(
    "table",
    [
        np.array([[0.3], [0.4], [0.2]]),  # one part
        np.array([[0.3, np.nan], [np.nan, 0.4], [0.2, np.nan]]),  # no two with the same two parts
        np.array([[0.3, 0.4, 0.35], [0.2, np.nan, np.nan]]),  # one that left at once
    ],
)
def test_where_noise_cannot_be_told_scores_stand_and_all_differences_may_be_true(table: Floats) -> None:
    found = flatness(table)
    assert found.spread is not None and found.noise is None
    assert found.shrunken == pytest.approx(found.scores)
    assert 0 < found.expected_gain(5) < found.largest_gain(5) < np.inf
    assert not found.is_flat()


def test_a_kind_whose_settings_all_leave_at_once_promises_less_and_less() -> None:
    rng = np.random.default_rng(0)
    table = np.full((40, 5), np.nan)
    table[0] = 0.35
    table[np.arange(1, 40), np.arange(1, 40) % 5] = 0.37 + rng.normal(0, 0.01, 39)
    gains = [flatness(table[:n]).expected_gain(1) for n in (2, 5, 15, 40)]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] < 0.001


@pytest.mark.parametrize("table", [np.array([[0.3, 0.4, 0.35]]), np.array([[0.3, np.nan], [np.nan, 0.4]])])
def test_where_nothing_can_be_compared_a_kind_has_to_be_tried(table: Floats) -> None:
    found = flatness(table)
    assert found.spread is None and found.noise is None
    assert found.shrunken == pytest.approx(found.scores)
    assert found.expected_gain(1) == found.largest_gain(1) == np.inf
    assert not found.is_flat()


def test_a_few_settings_that_happen_to_be_alike_are_no_reason_to_give_up_a_kind() -> None:
    rng = np.random.default_rng(0)
    few = [flatness(_table(rng, 0.006, 3)) for _ in range(200)]
    alike = [one.expected_gain(5) for one in few if one.spread and one.spread.value == 0]
    assert len(alike) > 20  # three settings look alike so often, though the kind is worth searching
    assert np.median(alike) > 0.0005
    assert np.mean([flatness(_table(rng, 0.0, 20)).expected_gain(5) for _ in range(100)]) < 0.0001


def test_settings_without_any_part_are_passed_over() -> None:
    rng = np.random.default_rng(0)
    table = _table(rng, 0.006, 10)
    gaps = np.insert(np.insert(table, 3, np.nan, axis=0), 2, np.nan, axis=1)
    found, whole = flatness(gaps), flatness(table)
    assert np.isnan(found.scores[3]) and np.isnan(found.shrunken[3])
    assert np.delete(found.shrunken, 3) == pytest.approx(whole.shrunken)
    assert found.spread == whole.spread
    assert (found.n_settings, found.n_parts) == (10, 6)  # a part that none has yet belongs to a complete setting
    for nothing in (flatness(np.full((3, 2), np.nan)), flatness(np.empty((0, 5)))):
        assert nothing.n_settings == 0 and nothing.spread is None and np.isnan(nothing.shrunken).all()
        assert nothing.expected_gain(1) == np.inf and not nothing.is_flat()


def test_settings_that_are_all_the_same_are_flat() -> None:
    found = flatness(np.full((8, 5), 0.25))
    assert found.spread is not None and found.spread.high == pytest.approx(0, abs=1e-9)
    assert found.shrunken == pytest.approx(np.full(8, 0.25))
    assert found.is_flat()


def test_two_settings_say_little() -> None:
    found = flatness(_table(np.random.default_rng(0), 0.0, 2))
    assert found.spread is not None and found.spread.high > 3 * NOISE
    assert not found.is_flat()

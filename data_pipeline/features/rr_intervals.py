"""Statistics of RR intervals, the times from beat to beat, and of their differences."""

import numpy as np

from data_pipeline.features.feature import named
from data_pipeline.features.statistics import (
    Floats,
    Values,
    correlation,
    deviation,
    mean,
    median,
    moments,
    quantiles,
    ratio,
    root_mean_square,
)

FEATURES = (
    *named("counting", "1", "n_beats"),
    *named("Task Force 1996", "s", "rr_mean rr_median rr_shortest rr_longest rr_sd rr_rmssd"),
    *named("Task Force 1996", "1", "rr_cv rr_pnn20 rr_pnn50"),
    *named("quantiles over the median", "1", "rr_q05 rr_q10 rr_q25 rr_q75 rr_q90 rr_q95"),
    *named("moments", "1", "rr_skewness rr_kurtosis rr_difference_skewness"),
    *named("Tateno & Glass 2001", "1", "difference_q50 difference_q75 difference_q90"),
    *named("Brennan 2001", "1", "poincare_sd1 poincare_sd2 poincare_ratio poincare_distance"),
    *named("von Neumann 1941", "1", "rr_smoothness rr_bending"),
    *named("autocorrelation", "1", "rr_lag1 rr_lag2 rr_lag3 rr_lag4 difference_lag1 difference_lag2"),
    *named("trend", "1/min", "rr_slope"),
)


def measure(times: Floats) -> Values:
    """Measure the RR intervals of a recording.

    Parameters
    ----------
    times : ndarray of shape (n,), float64
        Times of the beats in seconds, increasing; there may be any number of them.
    """
    intervals: Floats = np.diff(times)
    usual = median(intervals)
    values: Values = {"n_beats": float(len(times))}
    if not len(intervals):
        return values
    relative, differences = intervals / usual, np.diff(intervals)
    values |= _times(intervals) | _relative(intervals, relative, differences)
    values |= _differences(np.diff(relative)) | poincare(relative) | _order(relative)
    values["rr_slope"] = _slope(intervals, relative)
    return values


def rmssd(intervals: Floats) -> float:
    """Return the root mean square of successive differences, in seconds."""
    return root_mean_square(np.diff(intervals))


def pnn(intervals: Floats, limit: float) -> float:
    """Return the share of successive differences that are larger than `limit` seconds."""
    return mean(np.abs(np.diff(intervals)) > limit)


def poincare(relative: Floats) -> Values:
    """Measure the points (interval, next interval): their spread across and along the diagonal, and their mean step."""
    if len(relative) < 3:
        return {}
    before, after = relative[:-1], relative[1:]
    across, along = deviation(after - before) / np.sqrt(2), deviation(after + before) / np.sqrt(2)
    steps = np.hypot(np.diff(before), np.diff(after))
    return {
        "poincare_sd1": float(across),
        "poincare_sd2": float(along),
        "poincare_ratio": ratio(across, along),
        "poincare_distance": mean(steps),
    }


def _times(intervals: Floats) -> Values:
    return {
        "rr_mean": mean(intervals),
        "rr_median": median(intervals),
        "rr_shortest": float(intervals.min()),
        "rr_longest": float(intervals.max()),
        "rr_sd": deviation(intervals),
        "rr_rmssd": rmssd(intervals),
    }


def _relative(intervals: Floats, relative: Floats, differences: Floats) -> Values:
    shares = quantiles(relative, (0.05, 0.1, 0.25, 0.75, 0.9, 0.95))
    values = dict(zip(("rr_q05", "rr_q10", "rr_q25", "rr_q75", "rr_q90", "rr_q95"), shares, strict=True))
    values["rr_cv"] = ratio(deviation(intervals), mean(intervals))
    values |= {f"rr_pnn{limit}": pnn(intervals, limit / 1000) for limit in (20, 50)}
    values["rr_skewness"], values["rr_kurtosis"] = moments(relative)
    values["rr_difference_skewness"] = moments(differences)[0]
    return values


def _differences(differences: Floats) -> Values:
    sizes = np.abs(differences)
    if not len(sizes):
        return {}
    half, three_quarters, most = quantiles(sizes, (0.5, 0.75, 0.9))
    return {
        "difference_q50": half,
        "difference_q75": three_quarters,
        "difference_q90": most,
    }


def _order(relative: Floats) -> Values:
    """Measure how an interval depends on those before it: breathing is smooth, fibrillation is not."""
    differences = np.diff(relative)
    values = {f"rr_lag{lag}": _lagged(relative, lag) for lag in (1, 2, 3, 4)}
    values |= {f"difference_lag{lag}": _lagged(differences, lag) for lag in (1, 2)}
    values["rr_smoothness"] = ratio(root_mean_square(differences), deviation(relative))
    values["rr_bending"] = ratio(root_mean_square(np.diff(differences)), root_mean_square(differences))
    return values


def _slope(intervals: Floats, relative: Floats) -> float:
    """Return the slope of a line through the intervals, as a share of the usual interval per minute."""
    times = np.cumsum(intervals) / 60
    return ratio(correlation(times, relative) * deviation(relative), deviation(times))


def _lagged(values: Floats, lag: int) -> float:
    return correlation(values[:-lag], values[lag:]) if len(values) > lag + 2 else float("nan")

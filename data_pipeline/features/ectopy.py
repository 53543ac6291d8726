"""Early and late beats, the pauses after them, and the rhythm without them."""

import numpy as np

from data_pipeline.features.feature import named
from data_pipeline.features.statistics import (
    Flags,
    Floats,
    Values,
    deviation,
    mean,
    quantile,
    root_mean_square,
)

FEATURES = (
    *named("prematurity against the local median", "1", "early_share early_depth early_earliest"),
    *named("compensatory pauses", "1", "pause_share pause_sum pause_longest isolated_early_share"),
    *named("rhythm without early beats", "1", "sinus_cv sinus_rmssd sinus_max sinus_rmssd_of_all"),
    *named("deviation from the local median", "1", "local_q75"),
    *named("local rate", "1/min", "rate_slowest rate_fastest"),
    *named("tachycardia and bradycardia", "1", "fast_share slow_share"),
)

_EARLY, _LATE = 0.86, 1.12
_AROUND = 4


def measure(intervals: Floats) -> Values:
    """Measure ectopic beats by intervals in seconds, shape (n,); there are no values with fewer than four."""
    if len(intervals) < 4:
        return {}
    local = local_median(intervals)
    relative = intervals / local
    early = relative < _EARLY
    return {
        **_early(relative, early),
        **_pauses(relative, early),
        **_without(relative, early),
        "local_q75": quantile(np.abs(relative - 1), 0.75),
        **_rates(intervals, local),
    }


def local_median(intervals: Floats) -> Floats:
    """Return the median of the nine intervals around each interval, mirrored at the ends; it has the same shape."""
    around = min(_AROUND, len(intervals) - 1)
    padded = np.pad(intervals, around, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1)
    medians: Floats = np.sort(windows, axis=1)[:, around]
    return medians


def _early(relative: Floats, early: Flags) -> Values:
    return {
        "early_share": mean(early),
        "early_depth": 1 - mean(relative[early]),
        "early_earliest": float(relative.min()),
    }


def _pauses(relative: Floats, early: Flags) -> Values:
    """Measure the pauses after early beats, which are longer after ventricular beats than after atrial ones."""
    after = relative[1:][early[:-1]]
    before = relative[:-1][early[:-1]]
    alone = early[1:-1] & ~early[:-2] & ~early[2:]
    return {
        "pause_share": mean(after > _LATE),
        "pause_sum": mean(after + before),
        "pause_longest": float(relative.max()),
        "isolated_early_share": mean(alone),
    }


def _without(relative: Floats, early: Flags) -> Values:
    """Measure the rhythm without early intervals and those after them: sinus rhythm is then regular."""
    after = np.concatenate(([False], early[:-1]))
    kept = ~(early | after)
    pairs = kept[:-1] & kept[1:]
    differences = np.diff(relative)[pairs]
    return {
        "sinus_cv": deviation(relative[kept]),
        "sinus_rmssd": root_mean_square(differences),
        "sinus_max": float(np.abs(differences).max()) if len(differences) else float("nan"),
        "sinus_rmssd_of_all": root_mean_square(differences) / (root_mean_square(np.diff(relative)) + 1e-6),
    }


def _rates(intervals: Floats, local: Floats) -> Values:
    rates = 60 / local
    return {
        "rate_slowest": float(rates.min()),
        "rate_fastest": float(rates.max()),
        "fast_share": mean(intervals < 0.6),
        "slow_share": mean(intervals > 1.1),
    }

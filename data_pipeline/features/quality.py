"""The quality of the recording: second by second and as a whole, with and without regard to its beats."""

import numpy as np
from numpy.typing import NDArray

from data_pipeline.features.beats import Beats, agreement
from data_pipeline.features.feature import Feature, named
from data_pipeline.features.shapes import Shapes
from data_pipeline.features.signals import RATE, Signals, moving_mean
from data_pipeline.features.statistics import NAN, Floats, Values, longest_run, mean, median, ratio, root_mean_square

FEATURES = (
    *named("length", "s", "duration"),
    Feature("quality", "1", "product of detectors' agreement, likeness of beats and share of good seconds"),
    *named("amplitude", "unit", "amplitude_rms amplitude_q99 amplitude_max wander_rms noise_rms second_rms_median"),
    *named("Li 2008, bSQI", "1", "detectors_agree"),
    *named("Li 2008, kSQI", "1", "kurtosis_median"),
    *named("Li 2008, pSQI", "1", "qrs_power_median"),
    *named("Li 2008, basSQI", "1", "wander_share noise_over_beats"),
    *named("second by second", "1", "energy_sd loud_share bad_share"),
    *named("second by second", "1", "flat_share clipped_share flat_run steepest_jump good_stretch"),
)


def measure(signals: Signals, beats: Beats, shapes: Shapes, duration: float) -> Values:
    """Measure the quality of a recording of `duration` seconds; some values need beats."""
    both, either = agreement(beats.places, beats.others)
    agree = both / either if either else NAN
    values = {"duration": duration, "detectors_agree": agree}
    values |= _amplitude(signals) | _limits(signals.counts, duration)
    values |= _seconds(signals)
    if len(shapes):
        height = float(np.median(shapes.rows.max(axis=1) - shapes.rows.min(axis=1)))
        values["noise_over_beats"] = ratio(values["noise_rms"], height)
    values["quality"] = _grade(shapes, agree, values.get("bad_share", 1.0))
    return values


def _grade(shapes: Shapes, agree: float, bad_share: float) -> float:
    """Sum up the quality in one number from 0 to 1."""
    if not len(shapes) or not agree >= 0:
        return 0.0
    return float(agree * shapes.likeness.clip(0, 1).mean() * (1 - bad_share))


def _amplitude(signals: Signals) -> Values:
    wander = signals.raw - moving_mean(signals.raw, RATE)
    sizes = np.abs(signals.clean)
    return {
        "amplitude_rms": root_mean_square(signals.clean),
        "amplitude_q99": float(np.partition(sizes, int(0.99 * (len(sizes) - 1)))[int(0.99 * (len(sizes) - 1))]),
        "amplitude_max": float(np.abs(signals.raw).max()),
        "wander_rms": root_mean_square(signals.raw - wander),
        "noise_rms": _noise(signals),
        "wander_share": ratio(root_mean_square(signals.raw - wander), root_mean_square(signals.raw)),
    }


def _noise(signals: Signals) -> float:
    """Return the median second difference of the signal: QRS complexes are too rare to raise it."""
    if len(signals.raw) < 5:
        return NAN
    bends = np.abs(signals.raw[4:] - 2 * signals.raw[2:-2] + signals.raw[:-4])
    return float(np.median(bends))


def _limits(counts: NDArray[np.generic], duration: float) -> Values:
    """Measure flat stretches and samples at the recorder's limits."""
    samples = np.asarray(counts, np.float64)
    steps = np.diff(samples)
    highest, lowest = samples.max(), samples.min()
    # One sample at the limit is a peak; two successive ones are a clipped peak.
    at_limit = ((samples[1:] >= highest) & (samples[:-1] >= highest)) | (
        (samples[1:] <= lowest) & (samples[:-1] <= lowest)
    )
    edges = np.flatnonzero(np.diff(np.concatenate(([1.0], np.abs(steps), [1.0])) > 0))
    runs = edges[1::2] - edges[::2] if len(edges) else np.zeros(0)
    return {
        "flat_share": mean(steps == 0),
        "clipped_share": mean(at_limit),
        "flat_run": float(runs.max()) / len(samples) * duration if len(runs) else 0.0,
    }


def _seconds(signals: Signals) -> Values:
    """Judge each whole second; there are no values with less than three seconds."""
    n = len(signals.clean) // RATE
    if n < 3 or not signals.clean.any():
        return {}
    clean, steep = (band[: n * RATE].reshape(n, RATE) for band in (signals.clean, signals.steep))
    squares = clean * clean
    energies = squares.mean(axis=1)
    typical = float(np.median(energies))
    logs = 0.5 * np.log10(energies / (typical or 1.0) + 1e-6)
    kurtoses = _kurtoses(clean)
    shares = np.divide((steep * steep).mean(axis=1), energies, out=np.zeros(n), where=energies > 0)
    bad = (np.abs(logs) > 0.35) | (kurtoses < 3.5) | (shares < 0.15)
    return {
        "second_rms_median": float(np.sqrt(typical)),
        "energy_sd": float(logs.std()),
        "loud_share": mean(logs > 0.25),
        "bad_share": mean(bad),
        "good_stretch": float(longest_run(~bad)),
        "steepest_jump": ratio(float(np.abs(np.diff(signals.raw)).max()), float(np.sqrt(typical))),
        "kurtosis_median": median(kurtoses),
        "qrs_power_median": median(shares),
    }


def _kurtoses(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=1, keepdims=True)
    squares = centred * centred
    variances = squares.mean(axis=1)
    fourth = (squares * squares).mean(axis=1)
    kurtoses: Floats = np.divide(fourth, variances**2, out=np.zeros(len(rows)), where=variances > 1e-18)
    return kurtoses

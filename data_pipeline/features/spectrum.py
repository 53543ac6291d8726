"""The power spectrum of the recording, and its periodicity; no beats are needed."""

import numpy as np
import scipy.fft

from data_pipeline.features.feature import Feature, named
from data_pipeline.features.signals import RATE, Signals, moving_mean
from data_pipeline.features.statistics import Floats, Values, entropy, moments, quantiles, ratio
from data_pipeline.hann import hann

_EDGES = (0.0, 0.5, 1.0, 2.0, 4.0, 6.0, 9.0, 13.0, 18.0, 25.0, 35.0, 48.0, 100.0)
_NAMES = tuple(f"power_{low:g}_{high:g}" for low, high in zip(_EDGES[:-1], _EDGES[1:], strict=True))

FEATURES = (
    *(Feature(name, "log10", "band power over the power from 1 to 35 Hz, Welch 1967") for name in _NAMES),
    *named("Welch 1967", "1", "spectral_entropy hum_50 hum_60 power_changes"),
    *named("moments", "1", "sample_skewness"),
    *named("quantiles over the deviation", "1", "sample_q01 sample_q99 sample_zero_crossings"),
    *named("autocorrelation of the beat energy", "1", "pulse_first pulse_best pulse_sharpness"),
    *named("autocorrelation of the beat energy", "s", "pulse_period"),
)

_WINDOW_S = 4
_FLOOR = 1e-6


def measure(signals: Signals) -> Values:
    """Measure the spectrum, the distribution of the samples and the periodicity of a recording."""
    if not signals.clean.any():
        return {}
    return {**_powers(signals.raw), **_samples(signals.clean), **_pulse(signals.steep)}


def power(signal: Floats, seconds: float = _WINDOW_S) -> tuple[Floats, Floats]:
    """Estimate power densities in windows that overlap by half; a shorter recording is one zero-padded window.

    Returns
    -------
    frequencies : ndarray of shape (F,)
        Frequencies in Hz.
    powers : ndarray of shape (n_windows, F)
        Power density of each window at each frequency.
    """
    width = round(seconds * RATE)
    padded = np.pad(signal, (0, max(width - len(signal), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[:: width // 2]
    spectra = scipy.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * hann(width))
    return scipy.fft.rfftfreq(width, 1 / RATE), spectra.real**2 + spectra.imag**2


def _powers(raw: Floats) -> Values:
    frequencies, windows = power(raw)
    powers = windows.mean(axis=0)
    bands = np.add.reduceat(powers, np.searchsorted(frequencies, _EDGES))
    inside = (frequencies >= 1) & (frequencies <= 35)
    whole = float(powers[inside].sum())
    if not whole > 0:
        return {}
    values = {name: float(np.log10(band / whole + _FLOOR)) for name, band in zip(_NAMES, bands, strict=False)}
    each = windows[:, inside].sum(axis=1)
    return values | {
        "spectral_entropy": entropy(powers[inside]),
        "hum_50": _hum(frequencies, powers, 50),
        "hum_60": _hum(frequencies, powers, 60),
        "power_changes": float(np.log10((each + _FLOOR * whole) / whole).std()),
    }


def _hum(frequencies: Floats, powers: Floats, at: float) -> float:
    """Return the power at a mains frequency, as a share of it and that of the frequencies around."""
    distance = np.abs(frequencies - at)
    line, around = powers[distance <= 0.5].mean(), powers[(distance > 1) & (distance < 4)].mean()
    return ratio(float(line), float(line + around))


def _samples(clean: Floats) -> Values:
    spread = float(clean.std())
    if len(clean) < 4 or spread < 1e-12:
        return {}
    lowest, highest = quantiles(clean, (0.01, 0.99))
    return {
        "sample_q01": lowest / spread,
        "sample_q99": highest / spread,
        "sample_skewness": abs(moments(clean)[0]),
        "sample_zero_crossings": float((clean[1:] * clean[:-1] < 0).sum()) / len(clean) * RATE,
    }


def _pulse(steep: Floats) -> Values:
    """Find the period of the energy of QRS complexes: it shows a regular rhythm even where beats are hidden."""
    step = 3
    energy = np.sqrt(moving_mean(steep * steep, 24).clip(0))[::step]
    energy = energy - energy.mean()
    n = scipy.fft.next_fast_len(2 * len(energy), real=True)
    spectrum = scipy.fft.rfft(energy, n)
    likeness = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, n)[: len(energy)]
    shortest, longest = round(0.3 * RATE / step), round(2.0 * RATE / step)
    if len(likeness) < 2 * longest or not likeness[0] > 0:
        return {}
    # Long lags have fewer pairs, so each lag is divided by its number of pairs.
    likeness = likeness / likeness[0] * len(likeness) / (len(likeness) - np.arange(len(likeness)))
    lags = likeness[: 2 * longest]
    inner = (lags[1:-1] > lags[:-2]) & (lags[1:-1] >= lags[2:])
    tops = np.flatnonzero(inner[shortest - 1 : longest - 1]) + shortest
    if not len(tops):
        return {}
    heights = lags[tops]
    best = int(tops[heights.argmax()])
    return {
        "pulse_first": float(heights[0]),
        "pulse_best": float(heights.max()),
        "pulse_sharpness": float(heights.max() - np.median(lags[shortest:longest])),
        "pulse_period": best * step / RATE,
    }

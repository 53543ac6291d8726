"""Front ends: what a recording becomes, whatever its rate, gain, length or padding."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly

from data_pipeline.batches import pad_items
from data_pipeline.errors import DataError
from data_pipeline.front_ends import BeatSequence, FrontEnd, Signal, Spectrogram
from data_pipeline.front_ends.spectrogram import FLOOR, LOG_FACTOR, LOG_SHIFT
from data_pipeline.resampling import SLOWEST

SPECTROGRAMS = [Spectrogram(300, 256, 128), Spectrogram(100, 64, 32), Spectrogram(100, 50, 50), Spectrogram(100, 33, 7)]


def ecg(n: int = 3000, seed: int = 0) -> np.ndarray:
    """Narrow peaks once a second on a noisy wandering line, in counts."""
    rng = np.random.default_rng(seed)
    time = np.arange(n) / 300
    beats = 600 * np.exp(-(((time % 1) - 0.5) ** 2) / 0.0005)
    counts: np.ndarray = np.rint(beats + 60 * np.sin(time) + rng.normal(0, 20, n)).astype(np.int16)
    return counts


def close(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and bool(np.abs(left - right).max() < 1e-5)


@pytest.mark.parametrize("rate", [300, 100, 77])
def test_signal_is_centred_and_bounded_about_unit_spread(rate: int) -> None:
    signal = Signal(rate).of(ecg(), 1.0, 300.0)
    assert signal.dtype == np.float32
    assert np.abs(signal).max() <= 10
    assert abs(np.median(signal)) < 0.05
    assert 0.5 < signal.std() < 2


@pytest.mark.parametrize("front_end", [Signal(100), Signal(300), *SPECTROGRAMS])
def test_gain_and_offset_of_the_recorder_do_not_matter(front_end: FrontEnd) -> None:
    counts = ecg()
    item = front_end.of(counts, 1.0, 300.0)
    assert np.allclose(front_end.of(7 * counts, 1.0, 300.0), item, atol=1e-3)
    assert np.allclose(front_end.of(counts + np.int16(20000), 1.0, 300.0), item, atol=1e-3)
    assert np.array_equal(front_end.of(counts, 0.005, 300.0), item)


def test_turning_the_electrodes_round_only_turns_the_signal_round() -> None:
    assert close(Signal(100).of(-ecg(), 1.0, 300.0), -Signal(100).of(ecg(), 1.0, 300.0))


@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_constant_recording_becomes_zeros(n: int) -> None:
    assert not Signal(100).of(np.full(n, 123, np.int16), 1.0, 300.0).any()


def test_flat_line_with_a_spike_stays_bounded() -> None:
    counts = np.zeros(3000, np.int16)
    counts[1234] = 30000
    signal = Signal(300).of(counts, 1.0, 300.0)
    assert signal.max() == 10
    assert np.count_nonzero(signal) == 1


def test_a_burst_of_noise_hardly_changes_the_scale() -> None:
    counts = ecg(9000)
    burst = counts.copy()
    burst[4000:4050] += np.random.default_rng(1).integers(-20000, 20000, 50).astype(np.int16)
    before, after = (Signal(300).of(x, 1.0, 300.0)[:3000] for x in (counts, burst))
    assert 0.7 < after.std() / before.std() < 1.1


@pytest.mark.parametrize("source_rate", [300.0, 360.0, 257.3, 100.0, 50.0, 20.0, 0.5, 48000.0, 128.0, 1e3 / 3])
@pytest.mark.parametrize("n", [1, 2, 999])
def test_any_rate_and_length_gives_the_announced_shape(source_rate: float, n: int) -> None:
    counts, lengths = ecg(n), np.array([n])
    front_ends: list[FrontEnd] = [Signal(100), Spectrogram(100, 64, 32), BeatSequence(300)]
    for front_end in front_ends:
        n_steps = front_end.n_steps(front_end.source().n_samples(lengths, source_rate))
        item = front_end.of(counts, 1.0, source_rate)
        assert item.shape == ((n_steps[0], front_end.n_features) if front_end.n_features else (n_steps[0],))
        assert item.dtype == np.float32
        assert np.isfinite(item).all()
    expected = n * 100 / source_rate if source_rate >= SLOWEST else n
    assert Signal(100).n_samples(lengths, source_rate)[0] == pytest.approx(expected, abs=1, rel=1e-4)


def test_resampling_keeps_frequencies() -> None:
    counts = np.rint(1000 * np.sin(2 * np.pi * 5 * np.arange(3600) / 360)).astype(np.int16)
    signal = Signal(100).of(counts, 1.0, 360.0)
    expected = np.sin(2 * np.pi * 5 * np.arange(1000) / 100)
    assert np.corrcoef(signal, expected)[0, 1] > 0.999


@pytest.mark.parametrize("source_rate", [300.0, 360.0, 50.0, 257.3])
def test_resampling_is_the_polyphase_one(source_rate: float) -> None:
    ratio = Fraction(100) / Fraction(str(source_rate))
    counts = ecg()
    centred = counts.astype(np.float32) - np.float32(np.median(counts))
    expected = resample_poly(centred, ratio.numerator, ratio.denominator)
    signal = Signal(100).of(counts, 1.0, source_rate)
    assert np.corrcoef(signal, expected)[0, 1] > 0.9999


@pytest.mark.parametrize("front_end", SPECTROGRAMS)
def test_spectrogram_is_the_textbook_transform(front_end: Spectrogram) -> None:
    signal = Signal(front_end.rate).of(ecg(), 1.0, 300.0)
    window = torch.hann_window(front_end.window, dtype=torch.float64)
    transform = torch.stft(
        torch.from_numpy(signal).double(),
        front_end.window,
        front_end.hop,
        window=window / window.square().sum().sqrt(),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    expected = ((transform.abs() + FLOOR).log2() + LOG_SHIFT) * LOG_FACTOR
    item = front_end.from_signal(signal)
    assert item.shape == (len(signal) // front_end.hop + 1, front_end.window // 2 + 1)
    n_frames = expected.shape[1]  # torch leaves out the last frame of some odd windows
    assert len(item) - n_frames <= front_end.window % 2
    assert np.abs(item[:n_frames] - expected.T.numpy()).max() < 1e-3


@pytest.mark.parametrize("front_end", SPECTROGRAMS)
@pytest.mark.parametrize("n", [1, 127, 128, 999])
def test_padding_changes_no_frame(front_end: Spectrogram, n: int) -> None:
    signal = Signal(front_end.rate).of(ecg(n), 1.0, float(front_end.rate))
    alone = front_end.from_signal(signal)
    for n_zeros in (1, 31, 500):
        padded = front_end.from_signal(np.pad(signal, (0, n_zeros)))
        assert close(padded[: len(alone)], alone)


def test_spectrogram_values_suit_a_network() -> None:
    for front_end in (Spectrogram(300, 256, 128), Spectrogram(100, 64, 32)):
        item = front_end.of(ecg(), 1.0, 300.0)
        assert abs(item.mean()) < 1
        assert 0.3 < item.std() < 2


def test_bad_settings_and_rates_are_named_in_one_line() -> None:
    for make in (
        lambda: Signal(0),
        lambda: Spectrogram(300, 64, 65),
        lambda: Spectrogram(300, 64, 0),
        lambda: Signal(100).of(ecg(), 1.0, 0.0),
        lambda: Signal(100).of(ecg(), 1.0, float("nan")),
    ):
        with pytest.raises(DataError, match="rate|hop") as raised:
            make()
        assert "\n" not in str(raised.value)


def test_front_ends_are_values() -> None:
    assert len({Signal(100), Signal(100), Signal(300), Spectrogram(100, 64, 32), Spectrogram(100, 64, 32)}) == 3


@pytest.mark.parametrize("front_end", [Signal(100), *SPECTROGRAMS, BeatSequence(300), BeatSequence(128)])
def test_a_batch_of_signals_becomes_what_each_of_them_does(front_end: FrontEnd) -> None:
    signals = [front_end.source().of(ecg(n, seed=n), 1.0, 300.0) for n in (1, 50, 999, 3000)]
    batch, lengths = pad_items(signals)
    items = front_end.from_signals(batch, lengths).numpy()
    assert items.shape[1] == front_end.n_steps(lengths.numpy()).max()
    for item, signal in zip(items, signals, strict=True):
        alone = front_end.from_signal(signal)
        assert np.abs(item[: len(alone)] - alone).max() < 1e-3
        assert not item[len(alone) :].any()

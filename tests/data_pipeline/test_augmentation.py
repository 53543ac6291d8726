"""Augmentation of one recording: every setting does what it says, and only the recording's own numbers decide."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data_pipeline.augmentation import Augmentation
from data_pipeline.errors import DataError

Floats = NDArray[np.float32]

MANY = range(200)
STRONGEST = Augmentation(gain=0.9, polarity=1.0, crop_s=1e-3, resample=1.0, burst=1.0, wander=9.0, hum=9.0, noise=9.0)
USUAL = Augmentation(gain=0.2, polarity=0.5, crop_s=8.0, resample=0.3, burst=0.5, wander=0.3, hum=0.1, noise=0.1)


def sine(hz: float, *, seconds: float = 30, rate: int = 100) -> Floats:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def flat(value: float, *, seconds: float = 30, rate: int = 100) -> Floats:
    return np.full(round(seconds * rate), value, np.float32)


def changed(augmentation: Augmentation, signal: Floats, recording: int = 0, rate: int = 100, **numbers: int) -> Floats:
    numbers = {"seed": 1, "epoch": 2} | numbers
    return augmentation.of(signal, rate, recording=recording, **numbers)


def spectrum(signal: Floats, rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies and power, a hundredth of a hertz apart."""
    windowed, n = signal * np.hanning(len(signal)), 100 * rate
    return np.fft.rfftfreq(n, 1 / rate), np.abs(np.fft.rfft(windowed, n)) ** 2


def peak(signal: Floats, rate: int = 100) -> float:
    frequencies, power = spectrum(signal, rate)
    return float(frequencies[power.argmax()])


def n_stretches(is_in: NDArray[np.bool_]) -> int:
    return int(is_in[0]) + int(np.sum(is_in[1:] & ~is_in[:-1]))


def test_the_same_numbers_give_the_same_and_any_other_give_another() -> None:
    signal = sine(1.3)
    signal.flags.writeable = False
    found = changed(USUAL, signal, 3)
    assert np.array_equal(found, changed(USUAL, signal, 3))
    others = [changed(USUAL, signal, 4), changed(USUAL, signal, 3, seed=2), changed(USUAL, signal, 3, epoch=3)]
    assert not any(np.array_equal(found, other) for other in others)


def test_a_recording_s_chances_are_those_of_the_whole_epoch() -> None:
    epoch = USUAL.draw(50, seed=5, epoch=7)
    assert all(np.array_equal(USUAL.draw(1, seed=5, epoch=7, first=i), epoch[i : i + 1]) for i in range(50))


def test_off_is_unchanged() -> None:
    signal = sine(1.3)
    assert np.array_equal(changed(Augmentation(), signal), signal)


@pytest.mark.parametrize("resample", [0.1, 0.3, 1.0])
def test_resampling_plays_the_recording_slower_or_faster(resample: float) -> None:
    augmentation, signal, stretches = Augmentation(resample=resample), sine(2.0), []
    for recording in MANY:
        ramp = changed(augmentation, np.arange(3000, dtype=np.float32), recording)
        stretch = (len(ramp) - 1) / float(ramp[-1] - ramp[0])
        assert len(ramp) == pytest.approx(3000 * stretch, abs=2)
        assert np.abs(np.diff(ramp) - 1 / stretch).max() < 1e-3
        found = changed(augmentation, signal, recording)
        assert peak(found) == pytest.approx(2 / stretch, abs=0.02)
        assert np.abs(found - np.sin(2 * np.pi * 2.0 * ramp / 100)).max() < 0.01
        stretches.append(stretch)
    assert 1 / (1 + resample) - 1e-3 < min(stretches) < 1 / (1 + 0.9 * resample)
    assert 1 + 0.9 * resample < max(stretches) < 1 + resample + 1e-3
    assert abs(np.mean(np.log(stretches))) < 0.15 * resample, "slower is as likely as faster"


def test_what_is_left_after_resampling_is_no_longer_than_the_crop() -> None:
    augmentation = Augmentation(resample=1.0, crop_s=5.0)
    for recording in MANY:
        assert len(changed(augmentation, sine(1.0), recording)) == 500
        assert 1 <= len(changed(augmentation, sine(1.0, seconds=3), recording)) <= 500
    # A ramp shows what was taken: five seconds' worth of slower or faster signal, from anywhere.
    ramps = [changed(augmentation, np.arange(3000, dtype=np.float32), recording) for recording in MANY]
    covered = [ramp[-1] - ramp[0] for ramp in ramps]
    assert min(covered) < 300 and max(covered) > 850
    assert min(ramp[0] for ramp in ramps) < 100 and max(ramp[-1] for ramp in ramps) > 2900


def test_wander_is_slow_and_of_the_amplitude_asked_for() -> None:
    found = [changed(Augmentation(wander=0.3), flat(0.0), recording) for recording in MANY]
    for wander in found:
        frequencies, power = spectrum(wander, 100)
        assert power[frequencies > 0.7].sum() < 0.01 * power.sum()
    heights = [np.abs(wander).max() for wander in found]
    assert min(heights) < 0.03 and 0.27 < max(heights) <= 0.3


def test_hum_is_that_of_mains() -> None:
    found = [changed(Augmentation(hum=0.1), flat(0.0, rate=300), recording, rate=300) for recording in MANY]
    peaks = [round(peak(hum, 300), 1) for hum in found]
    assert set(peaks) == {50.0, 60.0} and 0.3 < np.mean(np.equal(peaks, 50.0)) < 0.7
    heights = [np.abs(hum).max() for hum in found]
    assert min(heights) < 0.01 and 0.09 < max(heights) <= 0.1


def test_hum_that_a_recorder_would_have_filtered_out_is_not_there() -> None:
    assert not any(changed(Augmentation(hum=0.1), flat(0.0), recording, rate=100).any() for recording in MANY)
    found = [changed(Augmentation(hum=0.1), flat(0.0), recording, rate=110) for recording in MANY]
    assert {round(peak(hum, 110)) for hum in found if hum.any()} == {50}
    assert 0.3 < np.mean([hum.any() for hum in found]) < 0.7


def test_hum_of_an_hour_keeps_its_frequency() -> None:
    hum = changed(Augmentation(hum=1.0), flat(0.0, seconds=3600, rate=300), rate=300)
    assert np.abs(hum[-300:] - hum[:300]).max() < 1e-3 * np.abs(hum).max()


def test_noise_is_white_and_of_the_deviation_asked_for() -> None:
    found = [changed(Augmentation(noise=0.1), flat(0.0), recording) for recording in MANY]
    deviations = [noise.std() for noise in found]
    assert min(deviations) < 0.01 and 0.09 < max(deviations) < 0.105
    for noise in found:
        assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.1
        assert abs(noise.mean()) < 0.1 * noise.std()


def test_bursts_are_one_to_three_stretches_of_zeros() -> None:
    counts = []
    for recording in MANY:
        found = changed(Augmentation(burst=1.0), flat(2.0), recording)
        assert set(np.unique(found)) == {0.0, 2.0}
        counts.append(n_stretches(found == 0))
        assert 0.2 <= np.sum(found == 0) / 100 <= 3 * 1.5
    assert set(counts) == {1, 2, 3}


@pytest.mark.parametrize("burst", [0.0, 0.3, 1.0])
def test_bursts_come_with_their_probability(burst: float) -> None:
    augmentation = Augmentation(burst=burst)
    had = [(changed(augmentation, flat(2.0), recording) == 0).any() for recording in range(1000)]
    assert np.mean(had) == pytest.approx(burst, abs=0.05)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 100, 300])
def test_bursts_leave_half_of_the_shortest_recording(n: int) -> None:
    for recording in MANY:
        found = changed(Augmentation(burst=1.0), np.ones(n, np.float32), recording)
        assert np.sum(found == 0) <= n / 2


def test_bursts_come_last_and_amplitudes_are_not_scaled_by_the_gain() -> None:
    found = changed(Augmentation(burst=1.0, wander=0.3, noise=0.1), sine(1.3))
    assert np.sum(found == 0) >= 20
    loud, plain = Augmentation(gain=0.9, polarity=1.0, noise=0.1, wander=0.3), Augmentation(noise=0.1, wander=0.3)
    assert np.array_equal(changed(loud, flat(0.0)), changed(plain, flat(0.0)))


def test_one_setting_does_not_change_what_another_does() -> None:
    signal = sine(1.3, rate=300)
    together = changed(Augmentation(wander=0.3, hum=0.1, noise=0.1), signal, rate=300) - signal
    alone = [Augmentation(wander=0.3), Augmentation(hum=0.1), Augmentation(noise=0.1)]
    summed = np.sum([changed(augmentation, signal, rate=300) - signal for augmentation in alone], axis=0)
    assert np.abs(together - summed).max() < 1e-5


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("rate", [1, 100, 1000])
def test_the_shortest_recordings_survive_the_strongest_augmentation(n: int, rate: int) -> None:
    for augmentation in (STRONGEST, Augmentation(resample=1.0), Augmentation(resample=1.0, crop_s=2 / rate)):
        for recording in MANY:
            found = changed(augmentation, np.ones(n, np.float32), recording, rate)
            assert found.dtype == np.float32 and np.isfinite(found).all()
            assert 1 <= len(found) <= 2 * n


def test_the_length_left_is_the_one_announced() -> None:
    for augmentation in (STRONGEST, USUAL, Augmentation(resample=1.0)):
        for n in (1, 2, 799, 800, 801, 3000):
            draws = augmentation.draw(len(MANY), seed=1, epoch=2)
            announced = augmentation.n_left(np.full(len(MANY), n), draws, 100)
            signal = np.ones(n, np.float32)
            assert [len(changed(augmentation, signal, i)) for i in MANY] == announced.tolist()


@pytest.mark.parametrize(
    "settings",
    [{"gain": 1.0}, {"gain": -0.1}, {"polarity": 1.5}, {"crop_s": -1.0}]
    + [{"resample": 1.1}, {"resample": -0.1}, {"burst": 1.1}, {"burst": -0.1}]
    + [{name: value} for name in ("wander", "hum", "noise") for value in (-0.1, float("nan"), float("inf"))],
)
def test_senseless_augmentation_is_refused_in_one_line(settings: dict[str, float]) -> None:
    with pytest.raises(DataError, match="needs") as caught:
        Augmentation(**settings)
    assert next(iter(settings)) in str(caught.value) and "\n" not in str(caught.value)

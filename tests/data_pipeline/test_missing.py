"""Missing samples and odd amplitudes of every format: bridged, trimmed, counted, named, and never taken for values."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from source_files import write_npy, write_packed, write_wfdb

from data_pipeline import BadRecording, Cache, CacheStale, Recordings, describe, open_source, prepare
from data_pipeline.amplitudes import store
from data_pipeline.front_ends import Signal

WAVE = np.round(1000 * np.sin(np.arange(900) / 9)).astype(np.int16)


def amplitudes(read: Recordings | Cache, i: int) -> NDArray[np.float64]:
    samples = read.signals[i] if isinstance(read, Recordings) else read.signal(i)
    return samples * np.float64(read.scale[i]) + read.offset[i]


def gappy(start: int, n: int) -> NDArray[np.int16]:
    signal = WAVE.copy()
    signal[start : start + n] = -32768
    return signal


def test_the_mark_of_wfdb_is_no_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write_wfdb(tmp_path / "w", [WAVE, gappy(300, 40), gappy(860, 40)], ["N", "N", "A"])
    (folder / "REFERENCE.csv").write_text("A00000,N\nA00001,N\n")
    with caplog.at_level(logging.INFO):
        cache = prepare(folder, tmp_path / "cache")
    assert cache.signal(0).dtype == np.int16 and cache.lengths.tolist() == [900, 900, 860]
    bridged = cache.signal(1)
    np.testing.assert_array_equal(np.delete(bridged, np.s_[300:340]), np.delete(WAVE, np.s_[300:340]))
    ends = sorted((WAVE[299], WAVE[340]))
    assert ends[0] <= bridged[300:340].min() and bridged[300:340].max() <= ends[1]
    assert dict(cache.odd) == {"with missing samples bridged": ["A00001"]}
    assert (
        "1 with missing samples bridged: A00001" in caplog.text and "40 missing samples before or after" in caplog.text
    )
    facts = json.loads(json.dumps(describe(cache)))
    assert facts["missing"] == {"bridged": 40, "trimmed": 40} and facts["odd"] == dict(cache.odd)
    again = open_source(cache.path)
    assert again.odd() == dict(cache.odd) and again.missing == facts["missing"]
    # What a network sees is as large as without the gap, which once made it thirty times as small.
    whole, filled = (Signal(300).of(cache.signal(i), 1.0, 300.0) for i in (0, 1))
    assert filled.std() == pytest.approx(whole.std(), rel=0.1)


def test_nan_is_bridged_and_padding_cut_off(tmp_path: Path) -> None:
    padded = np.concatenate([[np.nan] * 3, WAVE / 7, [np.nan] * 500])
    padded[10:12] = np.nan
    read = open_source(write_npy(tmp_path / "n", [padded, WAVE / 7]), rate=100)
    assert [len(signal) for signal in read.signals] == [900, 900]
    assert read.missing == {"bridged": 2, "trimmed": 503} and read.odd() == {"with missing samples bridged": ["r0"]}
    expected = WAVE / 7
    expected[7:9] = np.interp([7, 8], [6, 9], expected[[6, 9]])
    np.testing.assert_allclose(amplitudes(read, 0), expected, rtol=1e-6, atol=1e-6)


def test_what_lacks_too_much_is_refused(tmp_path: Path) -> None:
    folder = write_wfdb(tmp_path / "w", [gappy(100, 91), gappy(0, 900), WAVE, gappy(100, 90)], ["N"] * 4)
    with pytest.raises(
        BadRecording, match="2 of 4 .* A00000 lacks 91 of 900 .*more than 10%.* A00001 has missing .* only"
    ):
        open_source(folder)


def test_counts_without_a_mark_stay_as_they_are(tmp_path: Path) -> None:
    signals = [gappy(300, 40), np.full(900, -32768, np.int16)]
    for read in (
        open_source(write_packed(tmp_path / "new.bin", signals)),
        open_source(write_npy(tmp_path / "n", signals), rate=100),
    ):
        assert all(map(np.array_equal, read.signals, signals)) and not any(read.missing.values())


SINE = np.sin(np.arange(900) / 9)
AMPLITUDES = {
    "as it is": SINE,
    "one stray value": np.append(SINE, -999999.0),
    "many stray values": np.where(np.arange(900) % 20 == 0, 1e7, SINE),
    "air pressure": SINE + 101325,
    "float32 air pressure": (SINE + 101325).astype(np.float32),
    "24 bits on an electrode's offset": np.round(4e6 + 4000 * SINE).astype(np.int32),
    "large offset": SINE + 1.7e9,
    "huge offset": np.round(1e18 + 3000 * SINE).astype(np.int64),
    "unsigned": (np.round(4000 * SINE) + 2**63 + 5000).astype(np.uint64),
    "tesla": SINE * 1e-13,
    "large": SINE * 1e20,
    "half precision": SINE.astype(np.float16),
    "small bytes": np.round(100 * SINE).astype(np.int8),
}


@pytest.mark.parametrize("values", AMPLITUDES.values(), ids=list(AMPLITUDES))
def test_every_level_is_kept(values: NDArray[np.generic]) -> None:
    kept = store(values, "r0")
    assert len(np.unique(kept.samples)) == len(np.unique(values)) and not kept.is_coarse
    back = kept.samples * np.longdouble(np.float32(kept.scale)) + kept.offset
    size = np.ptp(SINE * 4000 if values.dtype.kind in "iu" else values[:900:7].astype(np.float64))
    np.testing.assert_allclose(
        (back - values).astype(float), 0, atol=max(size, 1e-30) * 1e-6 + abs(kept.offset) * 1e-15
    )
    signal = Signal(100).of(kept.samples, 1.0, 100.0)
    assert np.isfinite(signal).all() and signal.std() > 0.1


def test_values_that_fit_float32_come_back_as_they_are() -> None:
    for values in (SINE.astype(np.float32), (SINE + 1e4).astype(np.float32), np.arange(-(2**23), 2**23, 9973)):
        kept = store(values, "r0")
        np.testing.assert_array_equal(kept.samples * kept.scale, values)
        assert kept.offset == 0.0 and np.log2(kept.scale).is_integer()


def test_what_loses_its_small_steps_is_named(tmp_path: Path) -> None:
    coarse = np.where(np.arange(900) < 450, SINE, 1e12 + SINE)
    read = open_source(write_npy(tmp_path / "n", [SINE, coarse]), rate=100)
    assert read.odd() == {"with steps too small to keep": ["r1"]}
    cache = prepare(tmp_path / "n", tmp_path / "cache", rate=100)
    assert dict(cache.odd) == read.odd()


@pytest.mark.parametrize("values", [[0.0] * 700 + [1e-30], [1e15] * 700 + [1e15 + 1], [5.0, 5.0 + 1e-15]])
def test_only_a_constant_recording_is_called_constant(tmp_path: Path, values: list[float]) -> None:
    read = open_source(write_npy(tmp_path / "n", [np.array(values), np.full(700, 0.3)]), rate=1)
    assert read.odd()["constant"] == ["r1"]


def test_float_recordings_are_prepared_as_float32(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "n", [SINE + 101325, SINE, SINE], ["r0.npy,x,", "r1.npy,x,"])
    cache = prepare(folder, tmp_path / "cache", rate=100)
    assert cache.signal(0).dtype == np.float32 and not cache.signal(0).flags.writeable
    np.testing.assert_allclose(amplitudes(cache, 0), SINE + 101325, atol=1e-6)
    np.testing.assert_allclose(amplitudes(cache, 1), SINE, atol=1e-6)
    assert cache.groups.tolist() == [0, 1, 1]
    cache.verify()
    assert describe(cache)["classes"][0]["deviation"] == pytest.approx(SINE.std(), rel=1e-4)
    second = prepare(cache.path, tmp_path / "second")
    assert second.fingerprint == cache.fingerprint and second.offset.tolist() == cache.offset.tolist()
    assert json.loads((cache.path / "meta.json").read_text())["format"] == 2


def test_a_damaged_offset_is_noticed(tmp_path: Path) -> None:
    cache = prepare(write_npy(tmp_path / "n", [SINE + 1e9, SINE]), tmp_path / "cache", rate=100)
    np.save(cache.path / "offset.npy", np.zeros(2))
    for look in (Cache.check, Cache.verify):
        with pytest.raises(CacheStale, match="prepare it again"):
            look(Cache.open(cache.path))

"""WFDB records as they lie on PhysioNet: formats of samples, several signals, nested folders."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import wfdb
from numpy.typing import NDArray
from source_files import random_signals, write_wfdb

from data_pipeline import BadRecording, DataError, open_source
from data_pipeline.readers.wfdb_samples import MISSING

BITS = {"80": 8, "212": 12, "310": 10, "311": 10, "24": 24, "32": 32, "508": 8, "524": 24}
N = 1500


def _pack_310(samples: NDArray[np.int64]) -> bytes:
    first, second, third = (samples.reshape(-1, 3).T & 0x3FF).astype(np.uint16)
    words = (first << 1 | (third & 0x1F) << 11, second << 1 | third >> 5 << 11)
    return np.column_stack(words).astype("<u2").tobytes()


def _pack_311(samples: NDArray[np.int64]) -> bytes:
    first, second, third = (samples.reshape(-1, 3).T & 0x3FF).astype(np.uint32)
    return (first | second << 10 | third << 20).astype("<u4").tobytes()


PACKED = {
    "61": lambda samples: samples.astype(">i2").tobytes(),
    "160": lambda samples: (samples + 2**15).astype("<u2").tobytes(),
    "310": _pack_310,
    "311": _pack_311,
}


def write_dat(
    folder: Path, name: str, form: str, signals: NDArray[np.int64], names: Sequence[str] = ("MLII", "V5"), **how: object
) -> None:
    n = signals.shape[1]
    settings = {"fs": 360, "units": ["mV"] * n, "sig_name": list(names[:n]), "fmt": [form] * n, "adc_gain": [200.0] * n}
    folder.mkdir(parents=True, exist_ok=True)
    wfdb.wrsamp(name, d_signal=signals, write_dir=str(folder), baseline=[12] * n, **settings, **how)


def counts(form: str, n_signals: int = 2, seed: int = 0) -> NDArray[np.int64]:
    top = 2 ** (BITS.get(form, 16) - 1) - 1
    step = min(top // 4, 1000)
    steps = np.random.default_rng(seed).integers(-step, step + 1, (N, n_signals))
    return np.clip(np.cumsum(steps, axis=0), -top, top).astype(np.int64)


@pytest.mark.parametrize("form", ["16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524"])
def test_every_common_format_comes_back_with_its_missing_samples(tmp_path: Path, form: str) -> None:
    signals = counts(form)
    mark = MISSING[form]
    assert mark is not None
    signals[700:720, 1] = mark
    if form in PACKED:  # which the library reads, and does not write
        write_dat(tmp_path / "w", "100", "16", signals)
        path = tmp_path / "w" / "100.hea"
        path.write_text(path.read_text().replace(" 16 200", f" {form} 200"))
        path.with_suffix(".dat").write_bytes(PACKED[form](signals.reshape(-1)))
    else:
        write_dat(tmp_path / "w", "100", form, signals)
    read = open_source(tmp_path / "w", signal="V5")
    assert read.rate == 360 and read.unit == "mV" and read.ids == ["100"]
    assert read.missing == {"bridged": 20, "trimmed": 0}
    measured = np.delete(np.arange(N), np.s_[700:720])
    back = read.signals[0] * np.float64(read.scale[0]) + read.offset[0]
    np.testing.assert_allclose(back[measured], (signals[measured, 1] - 12) / 200, rtol=1e-6, atol=1e-7)
    theirs = wfdb.rdrecord(str(tmp_path / "w" / "100")).p_signal[:, 1]
    np.testing.assert_allclose(back[measured], theirs[measured], rtol=1e-6, atol=1e-7)
    assert np.isnan(theirs[700:720]).all() and np.ptp(back) <= np.ptp(back[measured])


@pytest.mark.parametrize("wanted", [0, 1])
def test_first_differences_are_added_up_from_the_first_value_in_the_header(tmp_path: Path, wanted: int) -> None:
    """Format 8: the library reads it, and does not write it. It has no mark for missing samples."""
    differences = np.random.default_rng(5).integers(-128, 128, (N, 2))
    first = np.array([-900, 37_000])
    differences[0] = [5, -128]  # the first one is a difference, too
    (tmp_path / "100.dat").write_bytes(differences.astype(np.int8).tobytes())
    lines = [f"100.dat 8 200(12)/mV 16 0 {value} 0 0 {name}" for value, name in zip(first, ("I", "II"), strict=True)]
    (tmp_path / "100.hea").write_text("\n".join([f"100 2 360 {N}", *lines]) + "\n")
    signals = first + np.cumsum(differences, axis=0)
    read = open_source(tmp_path, signal=str(wanted))
    assert read.missing == {"bridged": 0, "trimmed": 0} and len(read.signals[0]) == N
    back = read.signals[0] * np.float64(read.scale[0]) + read.offset[0]
    np.testing.assert_allclose(back, (signals[:, wanted] - 12) / 200, rtol=1e-6)


@pytest.mark.parametrize("wanted", ["V5", "v5", "1"])
def test_a_signal_is_chosen_by_name_or_number(tmp_path: Path, wanted: str) -> None:
    signals = counts("212")
    write_dat(tmp_path / "w", "100", "212", signals)
    read = open_source(tmp_path / "w", signal=wanted)
    np.testing.assert_array_equal(read.signals[0], signals[:, 1])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [(None, r"100.hea has 2 signals \(0 MLII, 1 V5\): choose one with --signal"), ("II", "no signal 'II', but 0 MLII")],
)
def test_a_signal_has_to_be_chosen(tmp_path: Path, wanted: str | None, message: str) -> None:
    write_dat(tmp_path / "w", "100", "212", counts("212"))
    with pytest.raises(BadRecording, match=message):
        open_source(tmp_path / "w", signal=wanted)


def test_a_number_that_means_several_leads_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_dat(tmp_path / "w", "100", "212", counts("212"))
    write_dat(tmp_path / "w", "114", "212", counts("212", seed=1), ("V5", "MLII"))
    with caplog.at_level(logging.WARNING):
        by_name = open_source(tmp_path / "w", signal="MLII")
        assert not caplog.records
        open_source(tmp_path / "w", signal="0")
    np.testing.assert_array_equal(by_name.signals[1], counts("212", seed=1)[:, 1])
    assert "MLII in 100; V5 in 114" in caplog.text


def test_records_in_folders_are_listed(tmp_path: Path) -> None:
    top = tmp_path / "w"
    for place, name in (("p1", "a"), ("p1", "b"), ("p2/deep", "a")):
        write_dat(top / place, name, "16", counts("16", 1, seed=len(place)), ("I",))
    (top / "RECORDS").write_text("p1/a\np1/b\np2/\n")
    (top / "p2" / "RECORDS").write_text("deep/a\n")
    (top / "REFERENCE.csv").write_text("p1/a,N\nb,A\np2/deep/a,A\n")
    read = open_source(top)
    assert read.ids == ["p1/a", "p1/b", "p2/deep/a"] and read.labels == ["N", "A", "A"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n", "does not list b: add them"),
        ("a\nb\nc\n", "line 3: record 'c' has no c.hea"),
        ("a\nb\n../w/a\n", "line 3: '../w/a' leads out of the folder"),
        ("a\nb\na\n", "lists a more than once"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    for name in "ab":
        write_dat(tmp_path / "w", name, "16", counts("16", 1), ("I",))
    (tmp_path / "w" / "RECORDS").write_text(text)
    with pytest.raises(DataError, match=message):
        open_source(tmp_path / "w")


def test_leads_of_a_matrix_are_chosen_too(tmp_path: Path) -> None:
    from scipy.io import savemat

    folder = write_wfdb(tmp_path / "w", random_signals(1), ["N"])
    matrix = np.stack(random_signals(12, shortest=1000, longest=1001))
    leads = "".join(f"A00000.mat 16+24 1000/mV 16 0 0 0 0 L{i}\n" for i in range(12))
    (folder / "A00000.hea").write_text(f"A00000 12 500 1000\n{leads}# Dx: 1234\n")
    savemat(folder / "A00000.mat", {"val": matrix}, format="4")
    np.testing.assert_array_equal(open_source(folder, signal="L7").signals[0], matrix[7])


def cut(folder: Path) -> None:
    path = folder / "100.dat"
    path.write_bytes(path.read_bytes()[:-300])


def no_samples(folder: Path) -> None:
    (folder / "100.dat").unlink()


def huge(folder: Path) -> None:
    path = folder / "100.hea"
    path.write_text(path.read_text().replace(f" {N}\n", " 99999999999\n"))


def other_format(folder: Path) -> None:
    path = folder / "100.hea"
    path.write_text(path.read_text().replace(" 212 ", " 999 "))


def segments(folder: Path) -> None:
    (folder / "100.hea").write_text("100/2 2 360 1500\n100a 700\n100b 800\n")


def bare(folder: Path) -> None:
    (folder / "101.dat").write_bytes(b"1234")


def headless(folder: Path) -> None:
    (folder / "100.hea").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cut, "100.dat has room for 1400 samples, but its header says 1500: copy both again"),
        (no_samples, "100.hea names 100.dat, which is not beside it: put it there"),
        (huge, "100.dat has room for 1500 samples, but its header says 99999999999"),
        (other_format, "format 999 is none of"),
        (segments, "several segments: write the record as one"),
        (bare, "101.dat has no 101.hea beside it"),
        (headless, "100.dat has no 100.hea beside it, nor has any other"),
    ],
)
def test_names_what_is_wrong_with_a_record(tmp_path: Path, spoil: object, message: str) -> None:
    write_dat(tmp_path / "w", "100", "212", counts("212"))
    (tmp_path / "w" / "RECORDS").unlink(missing_ok=True)
    spoil(tmp_path / "w")  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        open_source(tmp_path / "w", signal="0")


def test_a_compressed_file_that_is_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    write_dat(tmp_path / "w", "100", "516", counts("16"))
    path = tmp_path / "w" / "100.hea"
    path.write_text(path.read_text().replace(f" {N}\n", " 20\n"))
    with pytest.raises(BadRecording, match="100.dat has 1500 samples, but 100.hea says 20"):
        open_source(tmp_path / "w", signal="0")


def test_signals_of_a_higher_rate_keep_it(tmp_path: Path) -> None:
    fast, slow = counts("16", 1)[:, 0], counts("16", 1, seed=1)[: N // 4, 0]
    frames = np.column_stack([fast.reshape(-1, 4), slow]).astype("<i2")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "r.dat").write_bytes(frames.tobytes())
    line = "r.dat 16{} 200(0)/mV 16 0 0 0 0 {}\n"
    (tmp_path / "w" / "r.hea").write_text(f"r 2 100 {N // 4}\n{line.format('x4', 'ecg')}{line.format('', 'resp')}")
    for name, signal, rate in (("ecg", fast, 400), ("resp", slow, 100)):
        read = open_source(tmp_path / "w", signal=name)
        assert read.rate == rate
        np.testing.assert_array_equal(read.signals[0], signal)

"""Every accepted form of source read back, and every bad input named in one line."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat
from source_files import (
    random_signals,
    write_exercise,
    write_npy,
    write_packed,
    write_record,
    write_wfdb,
)

from data_pipeline import BadRecording, DataError, UnknownFormat, open_source, prepare

SIGNALS = random_signals(8)
NUMBERS = [0, 0, 0, 1, 1, 1, 1, 0]
LETTERS = ["N", "N", "A", "A", "O", "O", "~", "~"]


def same(ours: list[NDArray[np.int16]], theirs: list[NDArray[np.int16]]) -> bool:
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


@pytest.mark.parametrize("form", ["bin", "zip"])
def test_reads_the_exercises_folder(tmp_path: Path, form: str) -> None:
    test = random_signals(3, seed=1)
    folder = write_exercise(tmp_path / "ecg", SIGNALS, NUMBERS, test, form)
    np.save(folder / "train_idx.npy", np.array([0, 1, 2, 3, 4]))
    np.save(folder / "val_idx.npy", np.array([7, 6, 5]))
    (folder / "y_test.csv").write_text("1\n0\n1\n")
    (folder / "groups.csv").write_text("a\nb\n\nc\nd\ne\nf\n\n")
    read = open_source(folder)
    assert same(read.signals, [*SIGNALS, *test])
    assert read.labels == [str(label) for label in NUMBERS] + [None] * 3
    assert read.groups == ["a", "b", None, "c", "d", "e", "f", None, None, None, None]
    assert (read.rate, read.unit, read.class_names) == (300.0, "count", ("0", "1"))
    assert read.ids[0] == "X_train-0" and read.ids[-1] == "X_test-2"
    assert read.given_split is not None and read.given_split[1].tolist() == [5, 6, 7]
    assert read.sealed_labels is not None and read.sealed_labels() == ["1", "0", "1"]
    assert read.for_prediction.tolist() == [8, 9, 10]
    assert open_source(folder, rate=250).rate == 250


@pytest.mark.parametrize("name", ["new.bin", "new.zip"])
def test_reads_a_bare_packed_file(tmp_path: Path, name: str) -> None:
    read = open_source(write_packed(tmp_path / name, SIGNALS))
    assert same(read.signals, SIGNALS)
    assert read.class_names == () and read.ids[1] == "new-1"
    assert len(read.unlabelled) == len(read.for_prediction) == 8


def test_reads_a_folder_with_the_test_part_only(tmp_path: Path) -> None:
    write_packed(tmp_path / "X_test.zip", SIGNALS)
    assert len(open_source(tmp_path).unlabelled) == 8


@pytest.mark.parametrize("header", ["", "record,label\n", "Recording,Class\n"])
def test_reads_wfdb_records(tmp_path: Path, header: str) -> None:
    folder = write_wfdb(tmp_path / "w", [*SIGNALS, SIGNALS[0]], LETTERS, header)
    (folder / "groups.csv").write_text("record,group\nA00000,p1\nA00008,p1\n")
    read = open_source(folder)
    assert same(read.signals, [*SIGNALS, SIGNALS[0]])
    assert read.labels == [*LETTERS, None]
    assert read.class_names == ("N", "A", "O", "~")
    assert (read.rate, read.unit) == (300.0, "mV")
    assert read.scale.dtype == np.float32 and read.scale[0] == np.float32(0.001)
    assert [read.groups[0], read.groups[1], read.groups[8]] == ["p1", None, "p1"]


@pytest.mark.parametrize(
    ("gain", "unit", "scale"),
    [
        ("1000/mV", "mV", 0.001),
        ("200(12)/mV", "mV", 0.005),
        ("2/uV", "mV", 0.0005),
        ("0", "count", 1.0),
        ("400", "mV", 0.0025),
    ],
)
def test_takes_gain_and_unit_from_the_header(tmp_path: Path, gain: str, unit: str, scale: float) -> None:
    write_record(tmp_path, "r1", SIGNALS[0], gain=gain, rate="128/64(0)")
    read = open_source(tmp_path)
    assert (read.rate, read.unit) == (128.0, unit)
    assert read.scale[0] == pytest.approx(scale)


def test_other_labels_are_sorted(tmp_path: Path) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS, ["z", "b", "z", "b", "a", "a", "b", "z"])
    assert open_source(folder).class_names == ("a", "b", "z")


def test_reads_integer_arrays_as_they_are(tmp_path: Path) -> None:
    arrays = [SIGNALS[0], SIGNALS[1].astype(np.int64)[None], (SIGNALS[2] // 2).astype(np.int32)]
    folder = write_npy(tmp_path / "n", arrays, ["r0.npy,x,p1", "r1.npy,y,", "r2.npy,,p1"])
    read = open_source(folder, rate=128)
    assert same(read.signals, [SIGNALS[0], SIGNALS[1], SIGNALS[2] // 2])
    assert (read.rate, read.unit, read.scale.tolist()) == (128.0, "count", [1.0, 1.0, 1.0])
    assert read.labels == ["x", "y", None] and read.groups == ["p1", None, "p1"]


def test_labels_csv_may_lack_the_group_column_or_be_absent(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "n", SIGNALS[:2])
    assert open_source(folder, rate=128).labels == [None, None]
    (folder / "labels.csv").write_text("file,label\nr1.npy,x\n")
    assert open_source(folder, rate=128).labels == [None, "x"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_physical_amplitude_survives(tmp_path: Path, dtype: type[np.generic]) -> None:
    rng = np.random.default_rng(0)
    arrays = [(rng.standard_normal(900) * size).astype(dtype) for size in (1e5, 2e5)]
    read = open_source(write_npy(tmp_path / "n", arrays), rate=100)
    assert read.unit == ("count" if dtype is np.int32 else "mV")
    for array, signal, scale in zip(arrays, read.signals, read.scale, strict=True):
        assert np.abs(signal * np.float64(scale) - array.astype(np.float64)).max() <= 0.51 * scale


def test_reads_synthetic_and_a_cache(tmp_path: Path) -> None:
    made = open_source("synthetic:12:3")
    again = open_source(prepare("synthetic:12:3", tmp_path / "cache").path)
    assert same(again.signals, made.signals)
    assert (again.ids, again.labels, again.class_names) == (made.ids, made.labels, made.class_names)
    assert made.sealed_labels is not None and again.sealed_labels is not None
    assert made.sealed_labels() == again.sealed_labels()


def test_real_records_are_the_packed_ones() -> None:
    data = os.environ.get("TUNER_TEST_DATA")
    if not data:
        pytest.skip("TUNER_TEST_DATA is not set: no real recordings to read")
    sample, packed = open_source(Path(data) / "cinc2017_wfdb_sample"), open_source(Path(data) / "cinc2017")
    numbers = {signal.tobytes(): label for signal, label in zip(packed.signals, packed.labels, strict=True)}
    assert len(sample) == 40
    for signal, label in zip(sample.signals, sample.labels, strict=True):
        assert label is not None and numbers[signal.tobytes()] == str("NAO~".index(label))


# Bad input. Each case makes a source in the folder it gets, and returns it.


def exercise(folder: Path) -> Path:
    return write_exercise(folder, SIGNALS, NUMBERS, random_signals(2, 5))


def with_file(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        exercise(folder)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


def without(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (exercise(folder) / name).unlink()
        return folder

    return make


def with_split(train: object, validation: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        exercise(folder)
        np.save(folder / "train_idx.npy", np.array(train))
        np.save(folder / "val_idx.npy", np.array(validation))
        return folder

    return make


def sealed_alone(folder: Path) -> Path:
    write_exercise(folder, SIGNALS, NUMBERS)
    (folder / "y_test.csv").write_text("0\n1\n")
    return folder


def half_split(folder: Path) -> Path:
    np.save(exercise(folder) / "val_idx.npy", np.array([1]))
    return folder


def pickled_split(folder: Path) -> Path:
    with_split([1], [2])(folder)
    np.save(folder / "val_idx.npy", np.array([{}], dtype=object), allow_pickle=True)
    return folder


EXERCISE = {
    "no labels": (without("y_train.csv"), DataError, "y_train.csv is missing"),
    "no recordings": (without("X_train.zip"), DataError, "neither X_train.bin nor X_train.zip"),
    "labels empty": (with_file("y_train.csv", ""), DataError, "y_train.csv is empty"),
    "too few labels": (with_file("y_train.csv", "0\n1\n"), DataError, "has 2 classes, but .* holds 8"),
    "label unreadable": (with_file("y_train.csv", "0\n" * 7 + "x\n"), DataError, "line 8: 'x' is no class number"),
    "label header": (with_file("y_train.csv", "y\n" + "0\n" * 7), DataError, "line 1: 'y'"),
    "label missing": (with_file("y_train.csv", "0\n\n" + "0\n" * 6), DataError, "line 2: ''"),
    "label broken": (with_file("y_train.csv", "0\n1.5\n" + "0\n" * 6), DataError, "line 2: '1.5'"),
    "label of two fields": (with_file("y_train.csv", "0,1\n" * 8), DataError, "'0,1' has 2 fields: one class a line"),
    "label none": (with_file("y_train.csv", "a\nnan\n" + "b\n" * 6), DataError, "line 2: label 'nan' is how programs"),
    "labels alike": (
        with_file("y_train.csv", "AF\naf\n" + "N\n" * 6),
        DataError,
        "line 2: label 'af' is 'AF' of line 1",
    ),
    "labels not UTF-8": (with_file("y_train.csv", b"0\n\xff\n"), DataError, "not UTF-8"),
    "class of one": (with_file("y_train.csv", "0\n" * 7 + "1\n"), DataError, "class '1' has one recording"),
    "groups too few": (with_file("groups.csv", "a\nb\n"), DataError, "has 2 groups, but .* holds 8"),
    "sealed too few": (with_file("y_test.csv", "0\n"), DataError, "y_test.csv has 1 classes, but .* holds 2"),
    "sealed of nothing": (sealed_alone, DataError, "y_test.csv has 2 classes, but the file of their recordings"),
    "sealed unknown": (with_file("y_test.csv", "0\n7\n"), DataError, "y_test.csv has class 7"),
    "zip damaged": (with_file("X_train.zip", b"PK"), DataError, "no whole zip"),
    "one part only": (half_split, DataError, "train_idx.npy is missing"),
    "split pickled": (pickled_split, DataError, "val_idx.npy is no plain .npy"),
    "split out of range": (with_split([0, 1], [2, 8]), DataError, "val_idx.npy has position 8, outside the 8"),
    "split negative": (with_split([0, -1], [2, 3]), DataError, "train_idx.npy has position -1, outside"),
    "split overlapping": (with_split([0, 1, 2], [2, 3]), DataError, "position 2, which is in train_idx.npy too"),
    "split repeated": (with_split([0, 0], [2, 3]), DataError, "position 0 more than once"),
    "split empty": (with_split([0, 1], np.array([], dtype=np.int64)), DataError, "at least one position"),
    "split of floats": (with_split([0.0, 1.0], [2]), DataError, "one-dimensional integer"),
    "split of two dimensions": (with_split([[0, 1]], [2]), DataError, "one-dimensional integer"),
}


def empty_recordings(folder: Path) -> Path:
    nothing = np.empty(0, np.int16)
    return write_exercise(folder, [*SIGNALS[:6], nothing, nothing], NUMBERS)


def wfdb(folder: Path) -> Path:
    return write_wfdb(folder, SIGNALS, LETTERS)


def wfdb_with(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (wfdb(folder) / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


def wfdb_without(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (wfdb(folder) / name).unlink()
        return folder

    return make


def wfdb_record(**how: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_record(wfdb(folder), "A00003", SIGNALS[3], **how)  # type: ignore[arg-type]
        return folder

    return make


def wfdb_values(name: str, values: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        savemat(wfdb(folder) / "A00003.mat", {name: values}, format="4")
        return folder

    return make


def only_reference(folder: Path) -> Path:
    folder.mkdir()
    (folder / "REFERENCE.csv").write_text("A1,N\n")
    return folder


WFDB = {
    "absent record": (wfdb_with("REFERENCE.csv", "A00000,N\nB1,N\n"), DataError, "line 2: label for record 'B1'"),
    "absent first": (wfdb_with("REFERENCE.csv", "B1,N\nA00000,N\n"), DataError, "line 1: label for record 'B1'"),
    "row twice": (wfdb_with("REFERENCE.csv", "A00000,N\nA00000,A\n"), DataError, "'A00000' is there twice"),
    "one column": (wfdb_with("REFERENCE.csv", "A00000\n"), DataError, "line 1: 'A00000' has 1 field and no header"),
    "table not UTF-8": (wfdb_with("REFERENCE.csv", b"A00000,\xe9\n"), DataError, "not UTF-8"),
    "separators only": (wfdb_with("REFERENCE.csv", ",\n"), DataError, "REFERENCE.csv holds separators only"),
    "table empty": (wfdb_with("REFERENCE.csv", "\n"), DataError, "REFERENCE.csv is empty"),
    "group of none": (wfdb_with("groups.csv", "A9,p\nA00000,p\n"), DataError, "group for record 'A9'"),
    "header alone": (wfdb_without("A00002.mat"), BadRecording, "A00002.hea names A00002.mat, which is not beside it"),
    "samples alone": (wfdb_without("A00002.hea"), BadRecording, "A00002.mat has no A00002.hea"),
    "no records": (only_reference, DataError, "no .hea and .mat records"),
    "header empty": (wfdb_with("A00002.hea", ""), DataError, "A00002.hea is empty"),
    "header short": (wfdb_with("A00002.hea", "A00002 1 300 9\n"), BadRecording, "no record line and signal line"),
    "two leads": (wfdb_with("A00002.hea", "A00002 2 300 9\na 16\nb 16\n"), BadRecording, "2 signals .*--signal"),
    "rate unreadable": (wfdb_record(rate="fast"), BadRecording, "sampling rate 'fast'"),
    "rate zero": (lambda folder: _all_zero(folder), DataError, "rate 0 Hz"),
    "rates differ": (wfdb_record(rate="250"), DataError, "A00003 has 250 Hz, but A00000 has 300 Hz"),
    "units differ": (wfdb_record(gain="0"), DataError, "A00003 is in count, but A00000 in mV"),
    "gain unreadable": (wfdb_record(gain="big/mV"), BadRecording, "gain 'big/mV'"),
    "other unit": (wfdb_record(gain="2/mmHg"), DataError, "A00003 is in mmHg, but A00000 in mV"),
    "length differs": (wfdb_record(n=5), BadRecording, "but its header says 5"),
    "mat damaged": (wfdb_with("A00002.mat", b"\0\1\2"), BadRecording, "A00002.mat is no readable .mat"),
    "mat garbage": (wfdb_with("A00002.mat", b"x" * 4000), BadRecording, "A00002.mat is no readable .mat"),
    "mat without val": (wfdb_values("other", SIGNALS[3][None]), BadRecording, "'val' must be an array"),
    "mat of two leads": (wfdb_values("val", np.ones((2, 9), np.int16)), BadRecording, r"not \(2, 9\)"),
    "mat of floats": (wfdb_values("val", np.array([[0.5, np.nan]])), BadRecording, "16-bit integers, not float64"),
    "class of one": (wfdb_with("REFERENCE.csv", "A00000,N\nA00001,N\nA00002,A\n"), DataError, "class 'A' has one"),
}


def _all_zero(folder: Path) -> Path:
    folder.mkdir()
    write_record(folder, "r1", SIGNALS[0], rate="0")
    return folder


def npy(rows: list[str], *arrays: NDArray[np.generic]) -> Callable[[Path], Path]:
    return lambda folder: write_npy(folder, arrays or SIGNALS[:4], rows)


def npy_file(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (write_npy(folder, SIGNALS[:2]) / "r1.npy").write_bytes(content)
        return folder

    return make


def npy_pickled(folder: Path) -> Path:
    np.save(write_npy(folder, SIGNALS[:2]) / "r1.npy", np.array([{}], dtype=object), allow_pickle=True)
    return folder


def npy_archive(folder: Path) -> Path:
    with (write_npy(folder, SIGNALS[:2]) / "r1.npy").open("wb") as stream:
        np.savez(stream, SIGNALS[0])
    return folder


def npy_cut_header(folder: Path) -> Path:
    path = write_npy(folder, SIGNALS[:2]) / "r1.npy"
    path.write_bytes(path.read_bytes().replace(b"}", b" ").replace(b")", b" "))
    return folder


def npy_groups(folder: Path) -> Path:
    (write_npy(folder, SIGNALS[:2], ["r0.npy,x,p"]) / "groups.csv").write_text("r0,p\n")
    return folder


def npy_table(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (write_npy(folder, SIGNALS[:2]) / "labels.csv").write_bytes(content)
        return folder

    return make


def floats(*values: float) -> NDArray[np.float64]:
    return np.array([*np.linspace(-1, 1, 700), *values])


NPY = {
    "not there": (npy(["r9.npy,x,"]), DataError, "line 2: label for record 'r9.npy', which is no .npy file"),
    "outside": (npy(["../r0.npy,x,"]), DataError, "which is no .npy file"),
    "twice": (npy(["r0.npy,x,", "r0.npy,y,"]), DataError, "line 3: 'r0.npy' is there twice"),
    "no label column": (npy_table(b"file,rate\nr0.npy,x\n"), DataError, "header 'file,rate': it must be file,label"),
    "no file column": (npy_table(b"name,label\nr0.npy,x\n"), DataError, "header 'name,label': it must be file,label"),
    "unknown column": (npy_table(b"file,label,patient\nr0.npy,x,p\n"), DataError, "must be file,label,group"),
    "column twice": (npy_table(b"file,label,label\nr0.npy,x,y\n"), DataError, "must be file,label,group"),
    "separators only": (npy_table(b",,\n"), DataError, "labels.csv holds separators only"),
    "groups twice": (npy_groups, DataError, "groups.csv is there, but .*labels.csv has groups, too"),
    "too few fields": (npy_table(b"file,label\nr0.npy\n"), DataError, "line 2: 'r0.npy' has too few fields"),
    "not UTF-8": (npy_table(b"file,label\nr0.npy,\xe9\n"), DataError, "not UTF-8"),
    "empty table": (npy_table(b""), DataError, "labels.csv is empty"),
    "broken quotes": (npy_table(b'file,label\nr0.npy,"x\n'), DataError, "cannot be read"),
    "missing too often": (npy([], floats(), floats(*[np.nan] * 99, 0)), BadRecording, "r1 lacks 99 of 800 samples"),
    "missing only": (npy([], floats(), np.full(9, np.nan)), BadRecording, "r1 has missing samples only"),
    "infinite": (
        npy([], floats(np.inf), floats(-np.inf)),
        BadRecording,
        r"2 of 2 .* \(1\) r0 has infinite .* \(2\) r1 has",
    ),
    "empty array": (npy([], floats(), np.empty(0)), BadRecording, "1 of 2 recordings .* have no samples: r1"),
    "two leads": (npy([], np.ones((2, 900))), BadRecording, r"r0.npy has shape \(2, 900\)"),
    "a column": (npy([], np.ones((900, 1))), BadRecording, r"shape \(900, 1\)"),
    "a number": (npy([], np.array(3)), BadRecording, r"shape \(\)"),
    "complex": (npy([], np.ones(900, complex)), BadRecording, "holds complex128"),
    "true and false": (npy([], np.ones(900, bool)), BadRecording, "holds bool"),
    "text": (npy([], np.array(["a"] * 900)), BadRecording, "holds <U1"),
    "too large": (npy([], floats(1e300)), BadRecording, "beyond the range"),
    "counts and mV": (npy([], floats(), SIGNALS[0]), DataError, "save all in one unit"),
    "pickled": (npy_pickled, BadRecording, "r1.npy is no plain .npy"),
    "archive": (npy_archive, BadRecording, "r1.npy is no plain .npy"),
    "archive cut": (npy_file(b"PK\x03\x04" + bytes(60)), BadRecording, "r1.npy is no plain .npy"),
    "header cut": (npy_cut_header, BadRecording, "r1.npy is no plain .npy"),
    "no array": (npy_file(b"hello"), BadRecording, "r1.npy is no plain .npy"),
    "empty file": (npy_file(b""), BadRecording, "r1.npy is no plain .npy"),
}


def other_files(folder: Path) -> Path:
    folder.mkdir()
    for name in ("a.xyz", "b.xyz", "c.txt"):
        (folder / name).touch()
    return folder


def one_file(folder: Path) -> Path:
    path = folder.with_suffix(".xyz")
    path.touch()
    return path


def bare_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


OTHER = {
    "unknown folder": (other_files, UnknownFormat, "holds 2 .xyz files, 1 .txt file: give a folder"),
    "unknown file": (one_file, UnknownFormat, "is a .xyz file: give a folder"),
    "empty folder": (bare_folder, UnknownFormat, "holds nothing: give"),
    "missing": (lambda folder: folder, DataError, "does not exist: give"),
    "empty recordings": (empty_recordings, BadRecording, "2 of 8 .* have no samples: X_train-6, X_train-7"),
}

CASES = [
    pytest.param(*case, rate, id=f"{form}: {name}")
    for form, cases, rate in (
        ("exercise", EXERCISE, None),
        ("wfdb", WFDB, None),
        ("npy", NPY, 128),
        ("other", OTHER, None),
    )
    for name, case in cases.items()
]


@pytest.mark.parametrize(("make", "error", "message", "rate"), CASES)
def test_names_what_is_wrong(
    tmp_path: Path, make: Callable[[Path], Path], error: type[DataError], message: str, rate: float | None
) -> None:
    source = make(tmp_path / "source")
    with pytest.raises(error, match=message) as caught:
        prepare(source, tmp_path / "cache", rate=rate)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("source", "rate", "message"),
    [
        ("npy", None, "give it with --rate"),
        ("npy", -1, "rate -1 Hz"),
        ("npy", float("nan"), "rate nan Hz"),
        ("exercise", 0, "rate 0 Hz"),
        ("wfdb", 250, "headers say 300 Hz, not 250 Hz"),
        ("synthetic:8", 250, "made at 300 Hz, not 250 Hz"),
        ("synthetic:7", None, "asks for 7 recordings"),
        ("synthetic:", None, "is not synthetic:N"),
        ("synthetic:many", None, "is not synthetic:N"),
        ("synthetic:8:1:2", None, "is not synthetic:N"),
        ("synthetic:-8", None, "is not synthetic:N"),
    ],
)
def test_names_a_bad_rate_or_text(tmp_path: Path, source: str, rate: float | None, message: str) -> None:
    made = {"npy": npy([]), "exercise": exercise, "wfdb": wfdb}.get(source)
    with pytest.raises(DataError, match=message):
        open_source(made(tmp_path / "source") if made else source, rate=rate)


def test_a_cache_keeps_its_rate(tmp_path: Path) -> None:
    cache = prepare("synthetic:8", tmp_path / "cache")
    assert open_source(cache.path, rate=300).rate == 300
    with pytest.raises(DataError, match="at 300 Hz, not 200 Hz"):
        open_source(cache.path, rate=200)

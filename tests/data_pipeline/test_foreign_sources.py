"""Sources that somebody else has made: they are read, or refused in one line, in bounded time and memory."""

import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from source_files import random_signals, write_exercise, write_npy, write_record, write_wfdb

from data_pipeline import Cache, CacheStale, DataError, open_source, prepare
from data_pipeline.regular_files import read_regular
from data_pipeline.sealed import note_opening
from data_pipeline.strict_json import parse_strictly

HERE = Path(__file__).parent
SIGNALS = random_signals(8, shortest=50, longest=90)
LABELS = [0, 0, 0, 1, 1, 1, 1, 0]


def _refused(source: Path, rate: float | None = None) -> str:
    with pytest.raises(DataError) as caught:
        open_source(source, rate=rate)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _bomb(path: Path, recording: bytes, compression: int = zipfile.ZIP_DEFLATED, n: int = 3_000_000) -> Path:
    """Millions of recordings, which take a few kilobytes."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(f"{path.stem}.bin", recording * n)
    return path


@pytest.mark.parametrize("recording", [b"\0" * 4, struct.pack("<ih", 1, 0)], ids=["empty", "of one sample"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_small_archive_makes_no_millions_of_recordings(tmp_path: Path, recording: bytes, compression: int) -> None:
    path = _bomb(tmp_path / "X.zip", recording, compression)
    assert path.stat().st_size < 60_000
    assert "3,000,000 recordings in" in _refused(path) or "cannot have" in _refused(path)


def test_neither_do_arrays_of_single_samples(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", X=np.zeros((3_000_000, 1), np.int8))
    assert "recordings in" in _refused(tmp_path / "x.npz", 300)


@pytest.mark.slow
def test_an_archive_that_unfolds_to_more_than_it_says_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "X.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive, archive.open("X.bin", "w") as stream:
        for _ in range(512):
            stream.write(bytes(2**20))
    content = bytearray(path.read_bytes())
    for start, at in ((content.index(b"PK\x03\x04"), 22), (content.rindex(b"PK\x01\x02"), 24)):
        content[start + at : start + at + 4] = struct.pack("<I", 100)
    path.write_bytes(content)
    # Not by getrusage, which counts the memory of the process that started this one, too.
    program = (
        "import re, sys; from pathlib import Path; from data_pipeline import DataError, read_zip_binary\n"
        "try: read_zip_binary(sys.argv[1])\nexcept DataError as error: print(error)\n"
        r"print(int(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    said, megabytes = done.stdout.splitlines()
    assert "no whole zip" in said and int(megabytes) < 450


def _npy(shape: str, kind: str = "<i2", n_bytes: int = 8, version: bytes = b"\x01\x00") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + bytes(n_bytes)


@pytest.mark.parametrize(
    "content",
    [
        _npy("(1000000000000,)"),
        _npy("(9223372036854775808,)"),
        _npy("(-1,)"),
        _npy("(-4, -1)"),
        _npy("(4294967296, 4294967296)"),
        _npy("(1000000000000000000,)", "|V0"),
        _npy("(1000000000000000000,)", "<U0"),
        _npy("(4,)", "|O"),
        _npy("(4,)", version=b"\x09\x00"),
        _npy("(" * 5000),
    ],
)
def test_an_array_that_promises_more_than_its_file_has_is_refused(tmp_path: Path, content: bytes) -> None:
    write_npy(tmp_path / "n", SIGNALS[:2])
    (tmp_path / "n" / "r1.npy").write_bytes(content)
    assert "r1.npy is no plain .npy" in _refused(tmp_path / "n", 300)


def _element(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)


def _matrix(kind: int, name: bytes, body: bytes) -> bytes:
    flags, shape = _element(6, struct.pack("<II", kind, 0)), _element(5, struct.pack("<ii", 1, 1))
    return _element(14, flags + shape + _element(1, name) + body)


@pytest.mark.parametrize("depth", [1, 30_000])
def test_cells_inside_cells_of_a_matrix_file_are_not_followed(tmp_path: Path, depth: int) -> None:
    inner = _matrix(6, b"", _element(9, struct.pack("<d", 1.0)))
    for level in range(depth):
        inner = _matrix(1, b"val" if level == depth - 1 else b"", inner)
    header = b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + struct.pack("<H", 0x100) + b"IM"
    write_record(tmp_path, "A1", SIGNALS[0])
    (tmp_path / "A1.mat").write_bytes(header + inner)
    assert "'val' is cell" in _refused(tmp_path)


def test_a_list_of_records_that_lists_itself_is_refused(tmp_path: Path) -> None:
    write_record(tmp_path, "A1", SIGNALS[0])
    (tmp_path / "RECORDS").write_text("./\n")
    assert "lists itself" in _refused(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "RECORDS").write_text("again/\nagain/\n")
    assert "lists itself" in _refused(tmp_path)


def _pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def _zero(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def _exercise(folder: Path) -> Path:
    write_exercise(folder, SIGNALS, LABELS, SIGNALS[:2])
    np.save(folder / "train_idx.npy", np.arange(4))
    np.save(folder / "val_idx.npy", np.arange(4, 8))
    for name in ("y_test.csv", "groups.csv"):
        (folder / name).write_text("0\n" * (2 if name == "y_test.csv" else 8))
    return folder


def _wfdb(folder: Path) -> Path:
    return write_wfdb(folder, SIGNALS[:4], ["N", "N", "A", "A"])


def _arrays(folder: Path) -> Path:
    return write_npy(folder, SIGNALS[:2], ["r0.npy,x,", "r1.npy,y,"])


@pytest.mark.parametrize("put", [_pipe, _zero])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        *((_exercise, name) for name in ("y_train.csv", "y_test.csv", "groups.csv", "train_idx.npy", "X_train.zip")),
        *((_wfdb, name) for name in ("REFERENCE.csv", "A00001.hea", "A00001.mat")),
        *((_arrays, name) for name in ("labels.csv", "r1.npy", "r2.npz", "r2.edf", "r2.csv")),
    ],
)
def test_a_pipe_or_a_device_instead_of_a_file_never_waits(
    tmp_path: Path, make: Callable[[Path], Path], name: str, put: Callable[[Path], None]
) -> None:
    folder = make(tmp_path / "source")
    put(folder / name)
    with pytest.raises(DataError) as caught:
        prepare(folder, tmp_path / "cache", rate=None if make is _wfdb else 300)
    assert "\n" not in str(caught.value)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    return prepare("synthetic:8:3", tmp_path / "cache").path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n": 10**18}, "lengths.npy is int64"),
        ({"n": -1}, "wrong n"),
        ({"n": "8"}, "wrong n"),
        ({"rate": 1e300}, "wrong rate"),
        ({"rate": True}, "wrong rate"),
        ({"class_names": "NAO~"}, "wrong class_names"),
        ({"class_names": ["N"]}, "labels.npy has"),
        ({"class_names": ["x" * 10_000]}, "wrong class_names"),
        ({"odd": 3}, "wrong odd"),
        ({"format": [1]}, "format"),
        ({"format": 10**6}, "format"),
        ({"fingerprint": "../../x"}, "wrong fingerprint"),
        ({"checksum": -1}, "wrong checksum"),
        ({"given_split": "yes"}, "wrong given_split"),
    ],
)
def test_what_a_cache_says_of_itself_is_bounded(prepared: Path, change: dict[str, object], said: str) -> None:
    meta = json.loads((prepared / "meta.json").read_text())
    (prepared / "meta.json").write_text(json.dumps(meta | change))
    with pytest.raises(CacheStale, match=said):
        Cache.open(prepared)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("lengths", lambda values: np.concatenate([[2**62] * 4, values[4:-1], [values.sum() - values[4:-1].sum()]])),
        ("lengths", lambda values: np.concatenate([[-1, values[0] + values[1] + 1], values[2:]])),
        ("lengths", lambda values: np.concatenate([[0, values[0] + values[1]], values[2:]])),
        ("labels", lambda values: values + 10**6),
        ("labels", lambda values: values - 5),
        ("groups", lambda values: values - 10**6),
        ("scale", lambda values: values * np.float32(np.nan)),
        ("ids", lambda values: np.array(["\ud800"] * len(values))),
        ("ids", lambda values: np.arange(len(values))),
    ],
)
def test_arrays_of_a_cache_hold_what_recordings_can_have(
    prepared: Path,
    name: str,
    change: Callable[[np.ndarray], np.ndarray],  # type: ignore[type-arg]
) -> None:
    path = prepared / f"{name}.npy"
    np.save(path, change(np.load(path)))
    with pytest.raises(CacheStale, match="prepare it again"):
        Cache.open(prepared)


@pytest.mark.parametrize("put", [_pipe, _zero])
@pytest.mark.parametrize("name", ["meta.json", "lengths.npy", "ids.npy", "samples.bin"])
def test_a_cache_of_pipes_or_devices_never_waits(prepared: Path, name: str, put: Callable[[Path], None]) -> None:
    put(prepared / name)
    with pytest.raises(DataError):
        Cache.open(prepared)


def test_an_opening_is_noted_in_no_pipe_and_no_file_elsewhere(prepared: Path, tmp_path: Path) -> None:
    _pipe(prepared / "openings.txt")
    with pytest.raises(OSError, match="No such device"):
        note_opening(prepared, "first")
    (prepared / "openings.txt").unlink()
    (tmp_path / "precious").write_text("mine\n")
    (prepared / "openings.txt").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        note_opening(prepared, "first")
    assert (tmp_path / "precious").read_text() == "mine\n"


def test_a_file_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(11))
    assert read_regular(tmp_path / "x", 11) == bytes(11)
    with pytest.raises(OSError, match="11 bytes, and 10 are the most"):
        read_regular(tmp_path / "x", 10)
    with pytest.raises(OSError, match="said to have"):
        read_regular(Path("/proc/self/status"), 10**6)  # which says that it has no bytes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is there twice"),
        ("[NaN]", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("[1e999]", "too large"),
        ("[-1e999]", "too large"),
        ("[" + "9" * 5000 + "]", "too large"),
        ("[" * 100_000 + "]" * 100_000, "brackets"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "brackets"),
        (b"\xff\xfe\xff", "utf-16|codec"),
    ],
)
def test_json_that_says_several_things_is_refused(text: str | bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_strictly(text)


def test_json_as_it_should_be_is_read_as_ever() -> None:
    text = '{"a": [1, -2.5, 1e-300, true, null, "x", {}], "b": 9223372036854775807}'
    assert parse_strictly(text) == json.loads(text)


@pytest.mark.slow
def test_mutants_of_every_source_are_read_or_refused(tmp_path: Path) -> None:
    """In a process of its own, whose crash or endless wait is a failure, too."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])}
    command = [sys.executable, str(HERE / "mutants.py"), str(tmp_path), "0", "400"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=500)
    assert done.returncode == 0, f"seed {done.stdout.splitlines()[-1:]}: {done.stderr[-2000:]}"
    assert "'refused'" in done.stdout and "'read'" in done.stdout

"""Every reader on files that were spoilt at random: one line, soon, in little memory, and nothing written; and what is
accepted comes back sample by sample.

`TUNER_FUZZ_EXAMPLES` says how many files are tried a reader; `make fuzz` tries many.
"""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import edfio
import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from source_files import write_packed, write_record

from data_pipeline import DataError, open_source, prepare

EXAMPLES = int(os.environ.get("TUNER_FUZZ_EXAMPLES", 25))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 1000,  # the same examples in every run of all tests
    suppress_health_check=list(HealthCheck),
)
MOST_SECONDS, MOST_BYTES = 5.0, 400e6
WAVE = np.round(1000 * np.sin(np.arange(120) / 5)).astype(np.int16)


def make_zip(folder: Path) -> Path:
    return write_packed(folder / "new.zip", [WAVE, WAVE[:50]])


def make_bin(folder: Path) -> Path:
    return write_packed(folder / "new.bin", [WAVE, WAVE[:50]])


def make_npy(folder: Path) -> Path:
    np.save(folder / "new.npy", np.stack([WAVE / 7, WAVE / 9]))
    return folder / "new.npy"


def make_npz(folder: Path) -> Path:
    np.savez(folder / "new.npz", X_train=np.stack([WAVE] * 4), y_train=[1, 2, 1, 2], groups=["a", "b", "", "c"])
    return folder / "new.npz"


def make_packed_npz(folder: Path) -> Path:
    np.savez_compressed(folder / "new.npz", X=np.stack([WAVE / 7] * 4))
    return folder / "new.npz"


def make_matrix(folder: Path) -> Path:
    write_record(folder, "r", WAVE)
    return folder / "r.mat"


def make_header(folder: Path) -> Path:
    write_record(folder, "r", WAVE)
    return folder / "r.hea"


def make_dat(form: str, spoilt: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        how: dict[str, Any] = {"fs": 100, "units": ["mV"], "sig_name": ["I"], "fmt": [form], "adc_gain": [200.0]}
        wfdb.wrsamp("r", d_signal=WAVE[:, None].astype(np.int64), write_dir=str(folder), baseline=[0], **how)
        return folder / f"r.{spoilt}"

    return make


def make_edf(folder: Path) -> Path:
    signal = edfio.EdfSignal(WAVE[:100] / 7, 100, label="ECG", physical_dimension="uV")
    edfio.Edf([signal], annotations=[edfio.EdfAnnotation(0, None, "x")]).write(folder / "r.edf")
    return folder / "r.edf"


def make_text(name: str, text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return make


def make_table(name: str, text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for i in range(4):
            np.save(folder / f"r{i}.npy", WAVE)
        (folder / name).write_text(text)
        return folder / name

    return make


COLUMNS = "time;ecg\n" + "".join(f"{i / 100};{value / 7}\n" for i, value in enumerate(WAVE))
ROWS = "record,label,group,0,1,2,3,4\na,x,p,1,2,3,4,5\nb,y,p,1,2,3,4,\nc,,q,1,2.5,3e1,,\n"
TS = (
    "#x\n@timeStamps false\n@univariate true\n@classLabel true x y\n@data\n"
    + "1,2,3,4,5,6:x\n2,?,4,5,6,7,8,9,9,9:y\n" * 3
)
LABELS = "file,label,group\nr0.npy,x,a\nr1.npy,y,a\nr2.npy,x,\nr3.npy,,\n"
MAKERS: dict[str, Callable[[Path], Path]] = {
    "zip": make_zip,
    "bin": make_bin,
    "npy": make_npy,
    "npz": make_npz,
    "packed npz": make_packed_npz,
    "mat": make_matrix,
    "hea": make_header,
    "dat 16": make_dat("16", "dat"),
    "dat 212": make_dat("212", "hea"),
    "dat 516": make_dat("516", "dat"),
    "flac": make_dat("516", "hea"),
    "edf": make_edf,
    "csv a recording": make_text("r.csv", COLUMNS),
    "csv a row": make_text("all.csv", ROWS),
    "ts": make_text("S_TRAIN.ts", TS),
    "tsv": make_text("S_TRAIN.tsv", "1\t0.5\t0.25\tNaN\n2\t1e3\t-1\t0\n" * 3),
    "labels": make_table("labels.csv", LABELS),
    "reference": make_table("REFERENCE.csv", "r0,x\nr1,y\nr2,x\n"),
    "groups": make_table("groups.csv", "r0,x\nr1,y\nr2,x\n"),
}
FILES = {"zip", "bin", "npy", "npz", "packed npz", "csv a row", "ts", "tsv"}
"""What is a source itself, and not a file of a folder."""

WORDS = [
    b"",
    b"nan",
    b"inf",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b'"',
    b"\0",
    b"\xff\xfe",
    b"../../x",
    b"\n",
    b",",
    b"x",
]

spots = st.integers(0, 2**20)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("set"), spots, st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("put"), spots, st.one_of(st.sampled_from(WORDS), st.binary(max_size=8))),
        st.tuples(st.just("cut"), spots, st.integers(1, 400)),
        st.tuples(st.just("end"), spots, st.none()),
        st.tuples(st.just("word"), spots, st.sampled_from(WORDS)),
    ),
    min_size=1,
    max_size=4,
)


def spoil(content: bytes, changes: list[tuple[str, int, Any]]) -> bytes:
    for kind, spot, what in changes:
        at = spot % (len(content) + 1)
        if kind == "set":
            content = content[:at] + what + content[at + len(what) :]
        elif kind == "put":
            content = content[:at] + what + content[at:]
        elif kind == "cut":
            content = content[:at] + content[at + what :]
        elif kind == "end":
            content = content[:at]
        elif words := content.split():
            chosen = words[spot % len(words)]
            content = content.replace(chosen, what, 1)
    return content


def listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path.relative_to(folder)), path.stat().st_size) for path in folder.rglob("*"))


@pytest.mark.filterwarnings("ignore")  # of libraries, on what they read
@pytest.mark.parametrize("name", MAKERS)
def test_a_spoilt_file_is_refused_in_one_line_or_read(name: str) -> None:
    with TemporaryDirectory() as outer:
        folder = Path(outer) / "source"
        folder.mkdir()
        path = MAKERS[name](folder)
        well = path.read_bytes()
        source, rate = (path, 100.0) if name in FILES else (folder, None)
        rate = 100.0 if path.suffix == ".csv" else rate
        assert len(open_source(source, rate=rate))
        open_source(source, rate=rate)  # what is loaded once is loaded

        @SETTINGS
        @given(edits)
        def try_one(changes: list[tuple[str, int, Any]]) -> None:
            path.write_bytes(spoil(well, changes))
            before, began, memory = listing(Path(outer)), time.monotonic(), _memory()
            try:
                open_source(source, rate=rate)
            except DataError as error:
                assert "\n" not in str(error)
            assert time.monotonic() - began < MOST_SECONDS
            assert _memory() - memory < MOST_BYTES
            assert listing(Path(outer)) == before

        try_one()


def _memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


finite = st.floats(-1e30, 1e30, allow_nan=False, allow_subnormal=False)
any_array = st.one_of(
    arrays(np.int16, st.integers(1, 40)),
    arrays(np.int32, st.integers(1, 40)),
    arrays(np.int64, st.integers(1, 40), elements=st.integers(-(2**52), 2**52)),
    arrays(np.float32, st.integers(1, 40), elements=st.floats(-(2.0**90), 2.0**90, width=32, allow_subnormal=False)),
    arrays(np.float64, st.integers(1, 40), elements=finite),
)


@settings(SETTINGS, max_examples=max(EXAMPLES // 4, 10))  # each waits for the disk
@given(any_array)
def test_what_is_accepted_comes_back_sample_by_sample(values: np.ndarray[Any, Any]) -> None:
    with TemporaryDirectory() as outer:
        folder = Path(outer) / "n"
        folder.mkdir()
        np.save(folder / "r0.npy", values)
        try:
            cache = prepare(folder, Path(outer) / "cache", rate=100)
        except DataError as error:
            assert "beyond the range of an amplitude" in str(error)
            return
        back = cache.signal(0) * np.float64(cache.scale[0]) + cache.offset[0]
        exact = values.astype(np.float64)
        # A float32 has 24 bits of each value, measured from the offset where one was taken off.
        bound = np.abs(exact - cache.offset[0]) * 2.0**-23 + np.abs(cache.offset[0]) * 2.0**-52
        assert (np.abs(back - exact) <= bound + np.abs(exact).max() * 1e-38).all()

import hashlib
import json
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tuner.errors import CheckpointError
from tuner.training.tensors import forms_of, load_tensors, pack_tensors, save_tensors, unpack_tensors

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.zeros(0)}


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    save_tensors(tmp_path / "deep" / "x", TENSORS, {"epoch": 3})
    tensors, about = load_tensors(tmp_path / "deep" / "x")
    assert about == {"epoch": 3} and tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x"]


def test_the_same_tensors_come_to_the_same_bytes() -> None:
    assert len({pack_tensors(TENSORS, {"class": "ß", "epoch": 3}) for _ in range(50)}) == 1


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9, -1])
def test_a_changed_byte_is_noticed(tmp_path: Path, at: float) -> None:
    path = tmp_path / "x"
    save_tensors(path, TENSORS, {"epoch": 3})
    data = bytearray(path.read_bytes())
    data[int(at * len(data)) if at >= 0 else -1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError):
        load_tensors(path)


def test_a_cut_or_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    save_tensors(path, TENSORS, {})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_tensors(path)
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_tensors(tmp_path / "y")


def _save_for_ever(path: Path) -> None:
    big = {"big": torch.zeros(2_000_000)}
    while True:
        save_tensors(path, big, {})


def test_a_kill_in_mid_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    process = multiprocessing.get_context("spawn").Process(target=_save_for_ever, args=(path,))
    process.start()
    deadline = time.monotonic() + 60
    while not (path.exists() and list(tmp_path.glob(".x.*.tmp"))):  # in the middle of a later write
        assert time.monotonic() < deadline
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    tensors, _ = load_tensors(path)
    assert tensors["big"].shape == (2_000_000,)


def _save_on_a_full_disk(path: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with pytest.raises(CheckpointError, match="cannot be written"):
        save_tensors(path, {"big": torch.zeros(10_000)}, {})


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    save_tensors(path, TENSORS, {"epoch": 1})
    process = multiprocessing.get_context("spawn").Process(target=_save_on_a_full_disk, args=(path,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert load_tensors(path)[1] == {"epoch": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def _packed(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 100,
        (2**63).to_bytes(8, "little") + b"{}",
        _packed(b"{}"),
        _packed(b"[" * 100_000),
        _packed(b'{"__metadata__":' * 50_000),
        _packed(b'{"__metadata__":{"about":"{}","sha256":""},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'),
        _packed(b'{"__metadata__":{"about":"{}","sha256":""},"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,0]}}'),
        _packed(
            b'{"__metadata__":{"about":"{}","sha256":""},"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}', b"12"
        ),
        _packed(b'{"__metadata__":{"about":"{}","sha256":""},"a":{"dtype":"F32","shape":"x","data_offsets":[0,0]}}'),
        _packed(b'{"__metadata__":{"about":7,"sha256":[]}}'),
        _packed(b'{"__metadata__":7,"a":7}'),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="x: not a readable checkpoint") as caught:
        unpack_tensors(data, "x")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_data_about_tensors_nest_only_so_deep() -> None:
    text = "[" * 100_000
    header = json.dumps({"__metadata__": {"about": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}})
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        unpack_tensors(_packed(header.encode()), "x")


def test_other_tensors_than_expected_are_refused_and_named() -> None:
    packed = pack_tensors(TENSORS, {})
    forms = forms_of(TENSORS)
    assert unpack_tensors(packed, "x", forms)[0].keys() == TENSORS.keys()
    for name, form in (("a", (torch.float32, (3, 2))), ("b", (torch.int32, ())), ("later", (torch.float32, (1,)))):
        with pytest.raises(CheckpointError, match=f"tensor '{name}' is"):
            unpack_tensors(packed, "x", forms | {name: form})


@pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, put: Callable[[Path], None]) -> None:
    put(tmp_path / "x")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_tensors(tmp_path / "x")

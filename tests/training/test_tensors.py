import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

import pytest
import torch

from tuner.errors import CheckpointError
from tuner.training.tensors import load_tensors, save_tensors

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.zeros(0)}


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    save_tensors(tmp_path / "deep" / "x", TENSORS, {"epoch": 3})
    tensors, about = load_tensors(tmp_path / "deep" / "x")
    assert about == {"epoch": 3} and tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x"]


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

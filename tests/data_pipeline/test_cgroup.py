"""What a container or a batch system allows, as its kernel says it in files."""

import resource
from pathlib import Path

import pytest

from data_pipeline import cgroup
from data_pipeline.cores import count_cores
from data_pipeline.errors import DataError
from data_pipeline.memory import count_memory
from data_pipeline.readers.binary import read_zip_binary


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Groups of which this process is in `batch/job`."""
    (tmp_path / "groups" / "batch" / "job").mkdir(parents=True)
    (tmp_path / "own").write_text("1:cpu:/old\n0::/batch/job\n")
    monkeypatch.setattr(cgroup, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cgroup, "OWN_GROUP", tmp_path / "own")
    return tmp_path / "groups"


@pytest.mark.parametrize("group", ["batch/job", "batch", "."])
def test_the_limit_of_every_group_around_counts(groups: Path, group: str) -> None:
    for folder in (groups, groups / "batch", groups / "batch" / "job"):
        (folder / "memory.max").write_text("max\n")
        (folder / "cpu.max").write_text("max 100000\n")
    without = count_memory(), count_cores()
    (groups / group / "memory.max").write_text("123456789\n")
    (groups / group / "cpu.max").write_text("100000 100000\n")
    assert (count_memory(), count_cores()) == (123456789, 1)
    assert without[0] > 123456789 and without[1] >= 1


def test_a_path_that_the_group_has_outside_of_its_container_is_passed_over(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "own").write_text("0::/docker/0123\n")
    (groups / "memory.max").write_text("123456789\n")
    assert count_memory() == 123456789


def test_a_limit_of_the_process_counts() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**40, hard))
    try:
        assert count_memory() <= 2**40
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(groups: Path, tmp_path: Path) -> None:
    (groups / "memory.max").write_text("4096\n")
    (tmp_path / "X.bin").write_bytes(bytes(4100))
    with pytest.raises(DataError, match="larger than the memory it may use"):
        read_zip_binary(tmp_path / "X.bin")

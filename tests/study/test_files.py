"""The files of a home: its identity."""

import resource
from pathlib import Path

import pytest

from tuner.errors import StudyError
from tuner.study.files import home_id


def test_a_home_has_one_id_and_no_other_home_has_it(tmp_path: Path) -> None:
    homes = [tmp_path / "a" / "runs", tmp_path / "b"]
    ids = [home_id(home) for home in homes]
    assert len(set(ids)) == 2
    assert [home_id(home) for home in homes] == ids


@pytest.mark.parametrize(
    "content", [b"", b"0123", b"\xff\x00", b"0" * 31 + b"\n", b"not an id but longer than one is ever"]
)
def test_what_is_no_id_is_replaced_by_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".id").write_bytes(content)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".id").write_bytes(content)
    found = home_id(tmp_path / "a")
    assert len(found) == 32 and found == home_id(tmp_path / "a") != home_id(tmp_path / "b")


def test_a_full_disk_leaves_no_id_and_says_so(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))  # no file may grow further, as on a full disk
    try:
        with pytest.raises(StudyError, match="home .*: File too large; free some space there, or set --home"):
            home_id(tmp_path / "runs")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "runs" / ".id").exists()
    assert len(home_id(tmp_path / "runs")) == 32

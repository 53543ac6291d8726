"""Files that are whole or not there, what to do where they cannot be written, and for whom they are."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from data_pipeline.disk import UMASK_VARIABLE, remedy, write_atomically
from data_pipeline.mapped import checksum, map_file, written_to


def test_what_is_written_replaces_the_old_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    for content in (b"old", b"new"):
        write_atomically(path, content)
        assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.ENOMEM, "more memory"),
        (errno.EACCES, "accessible"),
        (errno.EROFS, "writable"),
        (errno.EMFILE, "open files"),
        (errno.EIO, "see to the disk"),
        (errno.ESTALE, "see to the mount"),
        (errno.ENOENT, "see to its folder"),
    ],
)
def test_each_fault_has_its_own_remedy(number: int, expected: str) -> None:
    assert expected in remedy(OSError(number, os.strerror(number)))


WRITE = """
import sys
from pathlib import Path
from data_pipeline.disk import keep_private, write_atomically
keep_private()
write_atomically(Path(sys.argv[1]) / "folder" / "file", b"")
"""


@pytest.mark.parametrize(
    ("told", "of_folder", "of_file"), [(None, 0o700, 0o600), ("", 0o700, 0o600), ("007", 0o770, 0o660)]
)
def test_files_are_private_unless_told_otherwise(
    tmp_path: Path, told: str | None, of_folder: int, of_file: int
) -> None:
    environment = {**os.environ, UMASK_VARIABLE: told} if told is not None else dict(os.environ)
    subprocess.run([sys.executable, "-c", WRITE, tmp_path], env=environment, check=True)
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == of_folder
    assert stat.S_IMODE((tmp_path / "folder" / "file").stat().st_mode) == of_file


@pytest.mark.parametrize("told", ["777", "0o77", "all", "7", "-1"])
def test_a_umask_that_is_none_is_refused(tmp_path: Path, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuner.cli", "models"],
        env={**os.environ, UMASK_VARIABLE: told},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.startswith(f"error: {UMASK_VARIABLE}={told!r}: set it to 077")


def test_a_file_that_is_written_to_while_it_is_mapped_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    mapped = map_file(path, 4)
    assert mapped is not None and written_to() is None
    replaced = tmp_path / "replaced"
    replaced.write_bytes(b"5678")
    os.replace(replaced, path)
    assert bytes(mapped[0]) == b"1234" and written_to() is None, "who has it mapped keeps what it was"
    again = map_file(path, 4)
    assert again is not None
    with path.open("r+b") as file:
        file.write(b"0")
    os.utime(path, ns=(0, 0))
    assert written_to() == path
    del again
    assert written_to() is None, "nobody has it mapped any more"


def test_a_checksum_goes_on_where_another_ended() -> None:
    assert checksum(b"some", b"thing") == checksum(b"thing", start=checksum(b"some")) == checksum(b"something")

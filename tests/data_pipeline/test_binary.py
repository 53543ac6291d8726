"""Packed recordings: the same samples back, and every kind of damage named."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from source_files import pack, random_signals, write_packed

from data_pipeline import BadRecording, DataError, read_zip_binary


@pytest.mark.parametrize("name", ["X.bin", "X.zip"])
@pytest.mark.parametrize("seed", range(5))
def test_reads_back_what_was_packed(tmp_path: Path, name: str, seed: int) -> None:
    signals = random_signals(20, seed, shortest=1, longest=300)
    read = read_zip_binary(write_packed(tmp_path / name, signals))
    assert len(read) == 20
    for ours, theirs in zip(read, signals, strict=True):
        assert ours.dtype == np.int16
        np.testing.assert_array_equal(ours, theirs)


def test_recordings_cannot_be_written_to(tmp_path: Path) -> None:
    (signal,) = read_zip_binary(write_packed(tmp_path / "X.bin", random_signals(1)))
    with pytest.raises(ValueError, match="read-only"):
        signal[0] = 1


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_reads_any_compression_and_a_renamed_zip(tmp_path: Path, compression: int) -> None:
    signals = random_signals(3)
    with zipfile.ZipFile(tmp_path / "renamed.zip", "w", compression) as archive:
        archive.writestr("__MACOSX/X_train.bin", b"junk")
        archive.writestr("inside/X_train.bin", pack(signals))
    for ours, theirs in zip(read_zip_binary(tmp_path / "renamed.zip"), signals, strict=True):
        np.testing.assert_array_equal(ours, theirs)


GOOD = pack(random_signals(3))

DAMAGED = {
    "empty": (b"", DataError, "is empty"),
    "truncated": (GOOD[:-3], BadRecording, "recording 2 at byte offset .* has length"),
    "negative": (GOOD + struct.pack("<i", -5), BadRecording, "recording 3 at byte offset .* has length -5"),
    "absurd": (struct.pack("<i", 2**31 - 1) + GOOD, BadRecording, "recording 0 at byte offset 0 has length 2147483647"),
    "trailing": (GOOD + b"\0\0", BadRecording, "2 bytes left over at offset .*, after recording 2"),
    "text": (b"0.1,0.2,0.3\n", BadRecording, "recording 0"),
}


@pytest.mark.parametrize("form", ["bin", "zip"])
@pytest.mark.parametrize(("content", "error", "message"), DAMAGED.values(), ids=DAMAGED)
def test_names_damage(tmp_path: Path, form: str, content: bytes, error: type[DataError], message: str) -> None:
    path = tmp_path / f"X.{form}"
    if form == "bin":
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("X.bin", content)
    with pytest.raises(error, match=message) as caught:
        read_zip_binary(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def _not_a_zip(path: Path) -> None:
    path.write_bytes(b"no zip at all")


def _cut_short(path: Path) -> None:
    write_packed(path, random_signals(3))
    path.write_bytes(path.read_bytes()[:-40])


def _changed_inside(path: Path) -> None:
    write_packed(path, random_signals(3))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def _without_bin(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")


def _two_others(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("A.bin", GOOD)
        archive.writestr("B.bin", GOOD)


def _two_of_one_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.bin", GOOD)
        archive.writestr("backup/X.bin", GOOD)


def _longer_than_it_says(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.bin", bytes(2**20))
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 100)
    path.write_bytes(content)


def _damaged_lzma(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("X.bin", GOOD)
    content = bytearray(path.read_bytes())
    content[60 : len(content) // 2] = bytes(b"\xff" * len(content[60 : len(content) // 2]))
    path.write_bytes(content)


def _absurd_size(path: Path) -> None:
    write_packed(path, random_signals(1))
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_not_a_zip, "no whole zip"),
        (_cut_short, "no whole zip"),
        (_changed_inside, "no whole zip"),
        (_without_bin, "holds 0 .bin files"),
        (_two_others, "holds 2 .bin files, none of them X.bin"),
        (_two_of_one_name, "holds 2 .bin files, 2 of them X.bin"),
        (_longer_than_it_says, "wrong checksum"),
        (_damaged_lzma, "no whole zip"),
        (_absurd_size, "cannot have 4294967280 bytes"),
    ],
)
def test_names_a_bad_zip(tmp_path: Path, damage: object, message: str) -> None:
    assert callable(damage)
    damage(tmp_path / "X.zip")
    with pytest.raises(DataError, match=message):
        read_zip_binary(tmp_path / "X.zip")


@pytest.mark.parametrize("name", ["X.bin", "X.zip"])
def test_names_a_missing_file_and_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is missing"):
        read_zip_binary(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        read_zip_binary(tmp_path / name)

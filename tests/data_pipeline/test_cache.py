"""The cache: content in, content out, one fingerprint for one content, and nothing half written."""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from source_files import random_signals, write_exercise, write_npy, write_packed, write_wfdb

from data_pipeline import Cache, CacheMissing, CacheStale, DataError, prepare, read_sealed_labels
from data_pipeline.sealed import note_opening, noted_openings

SIGNALS = random_signals(8)
NUMBERS = [0, 0, 0, 1, 1, 1, 1, 0]


def exercise(folder: Path, test: int = 2) -> Path:
    return write_exercise(folder, SIGNALS, NUMBERS, random_signals(test, seed=9))


def make_exercise(folder: Path) -> Path:
    return exercise(folder)


def make_wfdb(folder: Path) -> Path:
    return write_wfdb(folder, SIGNALS, ["N", "A", "N", "A", "O", "O", "N"])


def make_npy(folder: Path) -> Path:
    rows = [f"r{i}.npy,{'xy'[i % 2]},p{i // 4}" for i in range(7)]
    return write_npy(folder, [signal / 1000 for signal in SIGNALS], rows)


def make_packed(folder: Path) -> Path:
    return write_packed(folder.with_suffix(".zip"), SIGNALS)


@pytest.mark.parametrize("make", [make_exercise, make_wfdb, make_npy, make_packed])
def test_gives_back_every_recording(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    rate = 128 if make is make_npy else None
    cache = prepare(make(tmp_path / "source"), tmp_path / "cache", rate=rate)
    assert len(cache) == len(cache.ids) == len(cache.lengths)
    for i, signal in enumerate(SIGNALS):
        if make is make_npy:
            np.testing.assert_allclose(cache.signal(i) * cache.scale[i], signal / 1000, atol=0.51 * cache.scale[i])
        else:
            np.testing.assert_array_equal(cache.signal(i), signal)
    assert (
        cache.signal(0).dtype == (np.float32 if make is make_npy else np.int16) and not cache.signal(0).flags.writeable
    )
    assert type(cache.signal(0)) is np.ndarray
    for array in (cache.lengths, cache.labels, cache.groups, cache.labelled, cache.test):
        assert array.dtype == np.int64
    assert cache.scale.dtype == np.float32
    assert sorted([*cache.labelled, *cache.test]) == list(range(len(cache)))


def test_cache_of_a_cache_is_the_same(tmp_path: Path) -> None:
    folder = exercise(tmp_path / "ecg")
    (folder / "y_test.csv").write_text("1\n0\n")
    (folder / "groups.csv").write_text("a\nb\na\nc\nd\ne\nf\ng\n")
    np.save(folder / "train_idx.npy", np.array([0, 1, 2, 3, 4, 5]))
    np.save(folder / "val_idx.npy", np.array([6, 7]))
    first = prepare(folder, tmp_path / "first")
    second = prepare(first.path, tmp_path / "second")
    assert second.fingerprint == first.fingerprint
    assert read_sealed_labels(second).tolist() == read_sealed_labels(first).tolist() == [1, 0]
    assert second.given_split is not None and second.given_split[1].tolist() == [6, 7]


def test_prepared_onto_itself_stays(tmp_path: Path) -> None:
    cache = prepare(exercise(tmp_path / "ecg"), tmp_path / "cache")
    assert prepare(cache.path, cache.path).fingerprint == cache.fingerprint


def test_labels_classes_and_test_part(tmp_path: Path) -> None:
    cache = prepare(exercise(tmp_path / "ecg"), tmp_path / "cache")
    assert cache.labels.tolist() == [*NUMBERS, -1, -1]
    assert cache.class_names == ("0", "1") and cache.n_classes == 2
    assert cache.test.tolist() == [8, 9]
    assert not cache.has_sealed_labels
    with pytest.raises(DataError, match="no sealed test labels"):
        read_sealed_labels(cache)


def test_unlabelled_recordings_make_a_cache_too(tmp_path: Path) -> None:
    cache = prepare(make_packed(tmp_path / "new"), tmp_path / "cache")
    assert cache.n_classes == 0 and len(cache.labelled) == 0 and len(cache.test) == 8


def test_twins_and_groups_are_merged(tmp_path: Path) -> None:
    signals = [*SIGNALS[:5], SIGNALS[0], SIGNALS[6], SIGNALS[1]]
    folder = write_exercise(tmp_path / "ecg", signals, NUMBERS, [SIGNALS[4]])
    (folder / "groups.csv").write_text("a\nb\n\n\n\nb\na\n\n")
    groups = prepare(folder, tmp_path / "cache").groups
    # 0 and 5 are twins, 5 and 1 of group b, 1 and 7 twins, 0 and 6 of group a; 4 and 8 are twins
    assert groups.tolist() == [0, 0, 1, 2, 3, 0, 0, 0, 3]


def change_sample(folder: Path) -> None:
    changed = [signal.copy() for signal in SIGNALS]
    changed[3][5] ^= 1
    write_packed(folder / "X_train.zip", changed)


def change_label(folder: Path) -> None:
    (folder / "y_train.csv").write_text("1\n0\n0\n1\n1\n1\n1\n0\n")


def change_groups(folder: Path) -> None:
    (folder / "groups.csv").write_text("a\na\nb\nc\nd\ne\nf\ng\n")


def change_split(folder: Path) -> None:
    np.save(folder / "train_idx.npy", np.array([0, 1, 2, 3, 4, 5]))
    np.save(folder / "val_idx.npy", np.array([6, 7]))


@pytest.mark.parametrize("change", [change_sample, change_label, change_groups, change_split])
def test_fingerprint_is_of_the_content(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = exercise(tmp_path / "ecg")
    first = prepare(folder, tmp_path / "first")
    same = prepare(write_exercise(tmp_path / "copy", SIGNALS, NUMBERS, random_signals(2, 9), "bin"), tmp_path / "same")
    assert same.fingerprint == first.fingerprint and len(first.fingerprint) == 64
    assert prepare(folder, tmp_path / "rate", rate=250).fingerprint != first.fingerprint
    change(folder)
    assert prepare(folder, tmp_path / "changed").fingerprint != first.fingerprint


def test_sealed_labels_are_no_part_of_it(tmp_path: Path) -> None:
    folder = exercise(tmp_path / "ecg")
    cache = prepare(folder, tmp_path / "cache")
    (cache.path / "views").mkdir()
    (folder / "y_test.csv").write_text("1\n1\n")
    again = prepare(folder, tmp_path / "cache")
    assert again.fingerprint == cache.fingerprint
    assert again.has_sealed_labels and read_sealed_labels(again).tolist() == [1, 1]
    assert (cache.path / "views").is_dir(), "an equal cache keeps its views"
    others = (path for path in cache.path.iterdir() if path.is_file() and path.name != "sealed_test_labels.csv")
    assert {path.name for path in others} == {
        "meta.json",
        "samples.bin",
        "lengths.npy",
        "labels.npy",
        "groups.npy",
        "scale.npy",
        "ids.npy",
    }


def test_a_cache_of_other_recordings_is_left_alone(tmp_path: Path) -> None:
    folder = exercise(tmp_path / "ecg")
    old = prepare(folder, tmp_path / "cache")
    (old.path / "views").mkdir()
    change_sample(folder)
    with pytest.raises(DataError, match="holds other recordings"):
        prepare(folder, tmp_path / "cache")
    assert Cache.open(old.path).fingerprint == old.fingerprint and (old.path / "views").exists()


DAMAGES = ["samples.bin", "lengths.npy", "labels.npy", "groups.npy", "scale.npy", "ids.npy"]


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_cache_is_noticed_and_replaced(tmp_path: Path, name: str) -> None:
    folder = exercise(tmp_path / "ecg")
    cache = prepare(folder, tmp_path / "cache")
    cache.verify()
    path = cache.path / name
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    for is_noticed_by in (Cache.verify, Cache.check):
        with pytest.raises(CacheStale, match="prepare it again"):
            is_noticed_by(Cache.open(cache.path))
    again = prepare(folder, tmp_path / "cache")
    again.verify()
    assert again.fingerprint == cache.fingerprint
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_cache_of_an_earlier_version_is_checked_by_its_fingerprint(tmp_path: Path) -> None:
    cache = prepare(exercise(tmp_path / "ecg"), tmp_path / "cache")
    meta = json.loads((cache.path / "meta.json").read_text())
    del meta["checksum"]
    (cache.path / "meta.json").write_text(json.dumps(meta))
    Cache.open(cache.path).check()
    labels = np.load(cache.path / "labels.npy")
    np.save(cache.path / "labels.npy", np.roll(labels, 1))
    with pytest.raises(CacheStale, match="changed or damaged"):
        Cache.open(cache.path).check()


def test_test_recordings_one_learns_from_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        prepare(write_exercise(tmp_path / "ecg", SIGNALS, NUMBERS, test=[SIGNALS[2], SIGNALS[0][:700]]), tmp_path / "c")
    (record,) = caplog.records
    assert "1 test recordings" in record.getMessage() and "X_test-0" in record.getMessage()


def test_odd_recordings_are_kept_and_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    signals = [*SIGNALS[:6], np.full(900, 7, np.int16), SIGNALS[7][:499]]
    with caplog.at_level(logging.WARNING):
        cache = prepare(write_exercise(tmp_path / "ecg", signals, NUMBERS), tmp_path / "cache")
    assert dict(cache.odd) == {"constant": ["X_train-6"], "very short": ["X_train-7"]}
    (record,) = caplog.records
    assert "1 constant: X_train-6; 1 very short: X_train-7" in record.getMessage()
    assert len(cache) == 8


@pytest.mark.parametrize("content", ["files", "file"])
def test_refuses_a_place_that_is_taken(tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    if content == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "thesis.tex").write_text("mine")
    with pytest.raises(DataError, match="new folder"):
        prepare(exercise(tmp_path / "ecg"), out)
    assert (out if content == "file" else out / "thesis.tex").read_text() == "mine"


def test_what_lies_beside_a_foreign_meta_json_stays(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    for name in ("meta.json", "thesis.tex"):
        (tmp_path / "site" / name).write_text("mine")
    with pytest.raises(DataError, match="holds other things than a cache"):
        prepare(exercise(tmp_path / "ecg"), tmp_path / "site")
    assert (tmp_path / "site" / "thesis.tex").read_text() == "mine"


def test_what_was_put_into_a_cache_does_not_keep_it_from_use(tmp_path: Path) -> None:
    folder = exercise(tmp_path / "ecg")
    (prepare(folder, tmp_path / "cache").path / "lengths.png").write_text("mine")
    prepare(folder, tmp_path / "cache")
    assert (tmp_path / "cache" / "lengths.png").exists()


@pytest.mark.parametrize("out", [".", "..", "/"])
def test_a_folder_that_cannot_be_renamed_into_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="give a new folder"):
        prepare("synthetic:8", out)


def test_missing_cache_is_named(tmp_path: Path) -> None:
    with pytest.raises(CacheMissing, match="no cache at .*tuner data prepare"):
        Cache.open(tmp_path)


def cut_samples(path: Path) -> None:
    (path / "samples.bin").write_bytes((path / "samples.bin").read_bytes()[:-2])


def cut_array(path: Path) -> None:
    np.save(path / "labels.npy", np.zeros(3, np.int64))


def no_array(path: Path) -> None:
    (path / "scale.npy").unlink()


def no_header(path: Path) -> None:
    (path / "scale.npy").write_bytes(b"PK\x03\x04")


def bare_meta(path: Path) -> None:
    (path / "meta.json").write_text('{"format": 1}')


def newer(path: Path) -> None:
    meta = json.loads((path / "meta.json").read_text())
    (path / "meta.json").write_text(json.dumps(meta | {"format": 99}))


def broken_meta(path: Path) -> None:
    (path / "meta.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_samples, "samples.bin has .* bytes instead of"),
        (cut_array, r"labels.npy is int64\(3,\)"),
        (no_array, "scale.npy cannot be read"),
        (no_header, "scale.npy cannot be read"),
        (newer, "has format 99, this program reads 1"),
        (broken_meta, "meta.json is none of a cache"),
        (bare_meta, "meta.json lacks class_names, "),
    ],
)
def test_damage_is_named_and_repaired(tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    folder = exercise(tmp_path / "ecg")
    cache = prepare(folder, tmp_path / "cache")
    damage(cache.path)
    with pytest.raises(CacheStale, match=message):
        Cache.open(cache.path)
    note_opening(cache.path, "an opening")
    assert prepare(folder, cache.path).fingerprint == cache.fingerprint
    assert noted_openings(cache.path) == {"an opening"}, "whatever is repaired, that it was opened stays known"


def test_an_opening_that_could_not_be_noted_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "openings.txt").touch()
    assert noted_openings(tmp_path) == set()
    note_opening(tmp_path, "an opening")
    assert noted_openings(tmp_path) == {"an opening"}


def test_half_an_opening_is_none(tmp_path: Path) -> None:
    note_opening(tmp_path, "first")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            note_opening(tmp_path, "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    note_opening(tmp_path, "third")
    assert noted_openings(tmp_path) == {"first", "third"}


def test_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = exercise(tmp_path / "ecg")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # no file may grow further, as on a full disk
    try:
        with pytest.raises(DataError, match="cannot be written: File too large; free some space"):
            prepare(folder, tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name for path in tmp_path.iterdir()} == {"ecg"}


def test_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        prepare(exercise(tmp_path / "ecg"), tmp_path / "file" / "cache")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, data_pipeline; data_pipeline.DataError; "
        "print([name for name in ('torch', 'pandas', 'scipy', 'numpy', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_export_exists() -> None:
    import data_pipeline

    for name in data_pipeline.__all__:
        assert getattr(data_pipeline, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        data_pipeline.nothing_of_the_kind  # noqa: B018

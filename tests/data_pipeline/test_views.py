"""Views: built once by whoever comes first, whole or not at all, and within the cap on disk space."""

import hashlib
import logging
import os
import resource
import shutil
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_pipeline.cache import Cache
from data_pipeline.errors import CacheStale, DataError
from data_pipeline.front_ends import Features, FrontEnd, Signal, Spectrogram
from data_pipeline.preparation import prepare
from data_pipeline.views import CAP_VARIABLE, GB, open_view

SPAWN = get_context("spawn")


def make_cache(folder: Path, n: int, n_samples: int) -> Cache:
    rng = np.random.default_rng(0)
    source = folder / "source"
    source.mkdir()
    for i in range(n):
        np.save(source / f"{i:04}.npy", rng.normal(0, 300, n_samples + i).astype(np.int16))
    return prepare(source, folder / "cache", rate=300.0)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return make_cache(tmp_path, 10, 3000)


@pytest.fixture(scope="module")
def slow_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """A cache of long recordings, whose views take about a second to build."""
    return make_cache(tmp_path_factory.mktemp("slow"), 40, 200_000)


def run(work: Callable[..., Any], *arguments: Any) -> Any:
    """Start a real process."""
    process = SPAWN.Process(target=work, args=arguments)
    process.start()
    return process


def view_files(cache: Cache) -> list[str]:
    return sorted(path.name for path in (cache.path / "views").iterdir() if path.name != ".lock")


@pytest.mark.parametrize("front_end", [Signal(300), Signal(100), Spectrogram(100, 64, 32)])
def test_view_holds_each_recordings_item(cache: Cache, front_end: FrontEnd) -> None:
    view = open_view(cache, front_end)
    assert len(view) == len(cache)
    assert view.n_features == front_end.n_features
    for i in range(len(cache)):
        item = front_end.of(cache.signal(i), 1.0, cache.rate)
        assert view.lengths[i] == len(item)
        assert np.array_equal(view.item(i), item)


def test_a_person_s_own_front_end_never_takes_the_view_of_another_version(cache: Cache) -> None:
    own = [type("Signal", (Signal,), {"__module__": module}) for module in ("mine_0123", "mine_4567")]
    paths = {open_view(cache, front_end(100)).path for front_end in (*own, Signal)}
    assert len(paths) == 3
    known = hashlib.sha256(f"{cache.fingerprint} Signal(rate=100) 1".encode()).hexdigest()[:16]
    assert open_view(cache, Signal(100)).path.name == f"signal-{known}.f32", "views that are there are still used"


def test_view_cannot_be_written_through(cache: Cache) -> None:
    with pytest.raises(ValueError, match="read-only"):
        open_view(cache, Signal(100)).item(0)[0] = 1


def test_second_opener_only_maps(cache: Cache) -> None:
    first = open_view(cache, Signal(100)).path.stat().st_ino
    assert open_view(Cache.open(cache.path), Signal(100)).path.stat().st_ino == first


def test_settings_and_data_have_views_of_their_own(cache: Cache, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    front_ends: list[FrontEnd] = [Signal(100), Signal(101), Spectrogram(100, 64, 32), Spectrogram(100, 64, 16)]
    paths = {open_view(cache, front_end).path.name for front_end in front_ends}
    paths.add(open_view(make_cache(other, 10, 2000), Signal(100)).path.name)
    assert len(paths) == 5


def open_at_once(path: Path, barrier: Any, found: Any) -> None:
    cache = Cache.open(path)
    barrier.wait()
    view = open_view(cache, Signal(100))
    found.put((view.path.stat().st_ino, float(view.item(len(view) - 1).sum())))


def test_three_processes_build_one_view(slow_cache: Cache) -> None:
    barrier, found = SPAWN.Barrier(3), SPAWN.Queue()
    processes = [run(open_at_once, slow_cache.path, barrier, found) for _ in range(3)]
    answers = {found.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert len(answers) == 1
    assert len(view_files(slow_cache)) == 1


def open_and_leave(path: Path, front_end: FrontEnd) -> None:
    open_view(Cache.open(path), front_end)


def test_killed_builder_leaves_nothing_in_the_way(slow_cache: Cache) -> None:
    views = slow_cache.path / "views"
    before = set(view_files(slow_cache)) if views.exists() else set()
    process = run(open_and_leave, slow_cache.path, Signal(99))
    while process.is_alive() and not list(views.glob("*.partial")):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert list(views.glob("*.partial")), "the builder was done before it was killed"
    view = open_view(slow_cache, Signal(99))
    assert np.array_equal(view.item(7), Signal(99).of(slow_cache.signal(7), 1.0, slow_cache.rate))
    assert set(view_files(slow_cache)) - before == {view.path.name}


def test_a_builder_that_stands_still_keeps_nobody_waiting(
    slow_cache: Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("data_pipeline.views.STANDSTILL_S", 2.0)
    views = slow_cache.path / "views"
    process = run(open_and_leave, slow_cache.path, Signal(98))
    while process.is_alive() and not list(views.glob("*.partial")):
        pass
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert list(views.glob("*.partial")), "the builder was done before it was stopped"
        view = open_view(slow_cache, Signal(98))
        assert "stands still" in caplog.text
        assert np.array_equal(view.item(7), Signal(98).of(slow_cache.signal(7), 1.0, slow_cache.rate))
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.join(timeout=60)
    assert process.exitcode == 0 and not list(views.glob("*.partial"))


@pytest.mark.parametrize("size", [0, 1000])
def test_torn_view_is_built_again(cache: Cache, size: int) -> None:
    view = open_view(cache, Signal(100))
    expected = view.item(9).copy()
    os.truncate(view.path, size)
    assert np.array_equal(open_view(cache, Signal(100)).item(9), expected)


def damage(path: Path, *, share: float = 0.25) -> None:
    """Fill a part of a file with zeros, as a disk does that has lost it, and leave its times as they were."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        file.write(bytes(int(before.st_size * share)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def sum_of(path: Path, found: Any) -> None:
    logging.basicConfig(level=logging.ERROR)
    found.put(float(np.abs(open_view(Cache.open(path), Signal(100)).values).sum()))


@pytest.mark.parametrize("share", [0.25, 0.0001])
def test_a_damaged_view_is_noticed_and_built_again_by_every_process(cache: Cache, share: float) -> None:
    view = open_view(cache, Signal(100))
    expected, content = float(np.abs(view.values).sum()), view.path.read_bytes()
    damage(view.path, share=share)
    found = SPAWN.Queue()
    process = run(sum_of, cache.path, found)
    assert found.get(timeout=60) == expected
    process.join()
    assert view.path.read_bytes() == content


def test_a_view_of_an_earlier_version_has_no_checksum_and_is_built_again(cache: Cache) -> None:
    view = open_view(cache, Signal(100))
    expected = view.item(9).copy()
    os.truncate(view.path, view.values.nbytes)
    assert np.array_equal(open_view(cache, Signal(100)).item(9), expected)


def test_no_view_is_built_of_a_damaged_cache(cache: Cache) -> None:
    damage(cache.path / "samples.bin")
    with pytest.raises(CacheStale, match="changed or damaged: prepare it again"):
        open_view(Cache.open(cache.path), Signal(100))
    assert view_files(cache) == []


def test_features_of_a_cache_are_never_those_of_another_in_its_place(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.rmtree(cache.path)
    make_cache(tmp_path / "other", 10, 4000).path.rename(cache.path)
    with pytest.raises(DataError, match="ended with 1"):
        open_view(cache, Features())
    assert view_files(cache) == []


def open_without_memory(path: Path, found: Any) -> None:
    cache = Cache.open(path)
    size, _ = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 10 * 2**20, size))
    try:
        open_view(cache, Signal(100))
    except MemoryError as error:
        found.put(str(error))


def test_a_view_that_is_too_big_for_the_memory_says_so(slow_cache: Cache) -> None:
    open_view(slow_cache, Signal(100))
    found = SPAWN.Queue()
    process = run(open_without_memory, slow_cache.path, found)
    message = found.get(timeout=60)
    process.join()
    assert "cannot be built: Cannot allocate memory" in message and "space" not in message


def test_least_recently_opened_view_makes_room(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, dropped = open_view(cache, Signal(100)), open_view(cache, Signal(101))
    os.utime(kept.path, (1000, 1000))
    os.utime(dropped.path, (2000, 2000))
    open_view(cache, Signal(100))
    expected = dropped.item(3).copy()
    sizes = kept.path.stat().st_size + dropped.path.stat().st_size
    monkeypatch.setenv(CAP_VARIABLE, str((sizes + 1000) / GB))
    new = open_view(cache, Signal(99))
    assert view_files(cache) == sorted([kept.path.name, new.path.name])
    assert np.array_equal(dropped.item(3), expected), "who has a view open keeps it"


def test_view_beyond_the_cap_is_refused(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = open_view(cache, Signal(10))
    monkeypatch.setenv(CAP_VARIABLE, "0.00001")
    with pytest.raises(DataError, match=f"of 117.4 KiB exceeds the cap of 10.5 KiB for .*{CAP_VARIABLE}"):
        open_view(cache, Signal(300))
    assert view_files(cache) == [kept.path.name]


@pytest.mark.parametrize("value", ["much", "inf", "nan"])
def test_cap_that_is_no_number_is_named(cache: Cache, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(CAP_VARIABLE, value)
    with pytest.raises(DataError, match=f"{CAP_VARIABLE}={value}"):
        open_view(cache, Signal(100))


def open_without_space(path: Path, found: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        open_view(Cache.open(path), Signal(100))
    except DataError as error:
        found.put(str(error))


def test_full_disk_is_one_line_and_leaves_nothing(cache: Cache) -> None:
    found = SPAWN.Queue()
    process = run(open_without_space, cache.path, found)
    message = found.get(timeout=60)
    process.join()
    assert "free some space" in message
    assert "\n" not in message
    assert view_files(cache) == []
    open_view(cache, Signal(100))

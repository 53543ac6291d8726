"""Views: a front end's items for a whole cache, computed once and mapped into memory by every worker.

A view is one file of float32 in the cache's `views` folder, with its items one after the other and a checksum behind
them, which each process compares once. Its name consists of the front end and a key of cache fingerprint, settings and
code version, so that a file never changes. The least recently used views are removed when a new one would exceed the
cap on disk space; the time of last access says when that was.
"""

import contextlib
import errno
import hashlib
import logging
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from data_pipeline.cache import Cache
from data_pipeline.disk import move, remedy, sync
from data_pipeline.errors import DataError, ViewTooLarge
from data_pipeline.front_ends import FloatArray, FrontEnd, IntArray
from data_pipeline.mapped import FileState, checksum, map_file
from data_pipeline.running_time import running_s
from data_pipeline.steps import count_step

CAP_VARIABLE = "TUNER_VIEW_CAP_GB"
DEFAULT_CAP_GB = 20.0
GB = 2**30

LOCK_LOOK_S = 1.0
"""Seconds between two looks at the progress of another process."""

STANDSTILL_S = 60.0
"""Seconds without progress after which a process no longer waits for another one that builds the view."""

CHECKSUM_BYTES = 4

log = logging.getLogger(__name__)

_whole: set[FileState] = set()  # the files whose checksum this process has compared


@dataclass(frozen=True, eq=False)
class View:
    """The items of every recording of a cache, memory-mapped and read-only.

    Attributes
    ----------
    path : Path
        Path of the file.
    lengths : ndarray of shape (N,), int64
        Number of steps of each item: samples of a signal, frames of a spectrogram.
    n_features : int
        Number of features per step; 0 for signals.
    values : ndarray of shape (S,) or (S, n_features), float32
        All items, one after the other.
    ends : ndarray of shape (N,), int64
        Position in `values` at which each item ends.
    """

    path: Path
    lengths: IntArray
    n_features: int
    values: FloatArray
    ends: IntArray

    def __len__(self) -> int:
        return len(self.lengths)

    def item(self, i: int) -> FloatArray:
        """Return recording i's item without copying it.

        Returns
        -------
        ndarray of shape (T,) or (T, n_features), float32, read-only
        """
        end = self.ends[i]
        return self.values[end - self.lengths[i] : end]


def open_view(cache: Cache, front_end: FrontEnd) -> View:
    """Map the view of a front end, and build it first if it is missing, torn or damaged.

    Any number of processes may call this at once: one builds the view, and the others wait for it unless it stands
    still.

    Raises
    ------
    ViewTooLarge
        If the view is larger than the cap.
    CacheStale
        If the cache is damaged, so that no view can be built of it.
    MemoryError
        If there is too little memory to map or build the view.
    DataError
        If the disk is full or the folder cannot be written.
    """
    lengths = front_end.n_steps(front_end.source().n_samples(cache.lengths, cache.rate))
    path = cache.path / "views" / f"{front_end.name}-{_key(cache, front_end)}.f32"
    shape = (int(lengths.sum()), front_end.n_features) if front_end.n_features else (int(lengths.sum()),)
    values = _map_or_build(cache, front_end, path, shape)
    # On a read-only disk, existing views can still be used.
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    return View(path, lengths, front_end.n_features, values, np.cumsum(lengths))


def _key(cache: Cache, front_end: FrontEnd) -> str:
    words = [cache.fingerprint, repr(front_end), str(front_end.version)]
    module = type(front_end).__module__
    if module.split(".")[0] != __package__:  # a person's own front end: the module's name contains the hash of its file
        words.append(module)
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _map(path: Path, shape: tuple[int, ...]) -> FloatArray | None:
    """Map a complete view; return None where there is none."""
    try:
        mapped = map_file(path, _n_bytes(shape) + CHECKSUM_BYTES)
    except FileNotFoundError:
        return None
    if mapped is None:
        log.info("view %s is torn: it will be built again", path)
        return None
    content, state = mapped
    values, expected = content[:-CHECKSUM_BYTES], content[-CHECKSUM_BYTES:]
    if state not in _whole:
        if checksum(values) != int.from_bytes(expected, "little"):
            log.warning("view %s is damaged: it will be built again", path)
            return None
        _whole.add(state)
    return values.view(np.float32).reshape(shape)


def _n_bytes(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64)) * np.dtype(np.float32).itemsize


def _map_or_build(cache: Cache, front_end: FrontEnd, path: Path, shape: tuple[int, ...]) -> FloatArray:
    try:
        while (values := _map(path, shape)) is None:
            path.parent.mkdir(exist_ok=True)
            sync(cache.path)
            with _turn(path.parent) as alone:
                if _map(path, shape) is None:
                    _make_room(path, _n_bytes(shape), alone=alone)
                    _build(cache, front_end, path, _n_bytes(shape))
    except OSError as error:
        what = f"view {path} of {_size(_n_bytes(shape))} cannot be built: {error.strerror or error}"
        if error.errno == errno.ENOMEM:
            raise MemoryError(what) from error
        raise DataError(f"{what}; {remedy(error)}, or prepare the cache on another disk") from error
    return values


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[bool]:
    """Wait until no other process builds here; yield False if one does and stands still, for example after SIGSTOP.

    Then both processes may build: they write the same view.
    """
    lock = FileLock(folder / ".lock")
    seen, since = _progress(folder), running_s()
    while not lock.is_locked:
        try:
            lock.acquire(timeout=LOCK_LOOK_S)
        except Timeout:
            if (now := _progress(folder)) != seen:
                seen, since = now, running_s()
                count_step()
            elif running_s() - since > STANDSTILL_S:
                log.warning("the process that builds a view in %s stands still: this one builds its own", folder)
                break
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _progress(folder: Path) -> set[tuple[str, int]]:
    """Return names and sizes of the files, which change while another process builds."""
    with contextlib.suppress(FileNotFoundError):  # the file was just renamed
        return {(file.name, file.stat().st_size) for file in folder.iterdir()}
    return set()


def _make_room(path: Path, n_bytes: int, *, alone: bool) -> None:
    """Remove the leftovers of killed processes, then the least recently opened views until the new one fits."""
    cap = _cap_bytes()
    if n_bytes > cap:
        raise ViewTooLarge(
            f"view {path.name} of {_size(n_bytes)} exceeds the cap of {_size(cap)} for {path.parent}: "
            f"raise {CAP_VARIABLE} or choose a lower rate or a longer hop"
        )
    if alone:
        for leftover in path.parent.glob("*.partial"):
            leftover.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    views = []
    for view in path.parent.glob("*.f32"):
        with contextlib.suppress(FileNotFoundError):  # another process removed it
            views.append((view.stat().st_atime_ns, view.stat().st_size, view))
    excess = sum(size for _, size, _ in views) + n_bytes - cap
    for _, size, view in sorted(views):
        if excess <= 0:
            break
        log.info("view %s is dropped to make room for %s", view, path.name)
        view.unlink(missing_ok=True)
        excess -= size


def _cap_bytes() -> int:
    value = os.environ.get(CAP_VARIABLE, str(DEFAULT_CAP_GB))
    try:
        return int(float(value) * GB)
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{CAP_VARIABLE}={value}: not a number of GiB, set it to one such as {DEFAULT_CAP_GB:g}"
        ) from error


def _size(n_bytes: int) -> str:
    """Write a number of bytes in a suitable unit."""
    for scale, unit in ((GB, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if n_bytes >= scale:
            return f"{n_bytes / scale:.1f} {unit}"
    return f"{n_bytes} bytes"


def _build(cache: Cache, front_end: FrontEnd, path: Path, n_bytes: int) -> None:
    """Write one item after the other, so that little memory is needed and a full disk raises an error."""
    cache.check()  # a view of damaged samples would look like any other
    log.info("building view %s of %d recordings", path, len(cache))
    partial = path.with_suffix(f".{uuid.uuid4().hex}.partial")
    value = 0
    try:
        with partial.open("wb") as file:
            for item in front_end.items(cache):
                data = np.ascontiguousarray(item, np.float32)
                value = checksum(data, start=value)
                file.write(data.data)
                count_step()
            if file.tell() != n_bytes:
                raise DataError(f"view {path} has not the size it should have: the cache changed, prepare it again")
            file.write(value.to_bytes(CHECKSUM_BYTES, "little"))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):  # another process removed it while this one stood still
            move(partial, path)
    finally:
        partial.unlink(missing_ok=True)

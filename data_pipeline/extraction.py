"""Features of a whole cache, computed on all cores.

Each core runs ``python -m data_pipeline.extraction CACHE FINGERPRINT START STEP``, which writes the features of its
share of the recordings to its standard output. The reader may be killed at any moment; the writers then end by
themselves.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from data_pipeline.arrays import FloatArray
from data_pipeline.cache import Cache
from data_pipeline.cores import count_cores
from data_pipeline.errors import CacheStale, DataError
from data_pipeline.features import FEATURES, compute_features
from data_pipeline.running_time import running_s

SAY_EVERY_S = 10.0
"""Seconds between two log messages on progress."""

FEW = 64
"""Number of recordings per process below which fewer processes are started."""

log = logging.getLogger(__name__)


def extract(cache: Cache) -> Iterator[FloatArray]:
    """Yield the features of each recording, in order, and log the progress.

    Parameters
    ----------
    cache : Cache
        Cache of the recordings.

    Yields
    ------
    ndarray of shape (len(FEATURES),), float32

    Raises
    ------
    DataError
        If a process that computes them fails or is killed.
    """
    n_processes = max(1, min(count_cores(), len(cache) // FEW))
    writers = [_start(cache, number, n_processes) for number in range(n_processes)]
    began = said = running_s()
    try:
        for i in range(len(cache)):
            yield _read(writers[i % n_processes], cache)
            if i == 0:
                began = said = running_s()  # the time before is spent on starting the processes
            if running_s() - said > SAY_EVERY_S:
                said = running_s()
                left_s = (said - began) * (len(cache) - i - 1) / i
                log.info("features: %d of %d recordings, %.0f s left", i + 1, len(cache), left_s)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()


def _start(cache: Cache, start: int, step: int) -> subprocess.Popen[bytes]:
    # One thread each: the libraries would otherwise start as many threads as there are cores.
    alone = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    # With -P, modules in the current folder that have the same names are not taken.
    share = (str(cache.path), cache.fingerprint, str(start), str(step))
    command = [sys.executable, "-P", "-m", "data_pipeline.extraction", *share]
    # In a process group of its own it does not get Ctrl-C, which is meant for the reader.
    return subprocess.Popen(command, env={**os.environ, **alone}, stdout=subprocess.PIPE, process_group=0)


def _read(writer: subprocess.Popen[bytes], cache: Cache) -> FloatArray:
    assert writer.stdout is not None
    n_bytes = 4 * len(FEATURES)
    row = writer.stdout.read(n_bytes)
    if len(row) < n_bytes:
        status = writer.wait()
        remedy = (
            "try again, with more memory if it was killed for lack of it" if status < 0 else "what it said is above"
        )
        raise DataError(f"features of cache {cache.path}: a process that computes them ended with {status}: {remedy}")
    return np.frombuffer(row, np.float32)


def _write(cache: Cache, start: int, step: int, out: IO[bytes]) -> None:
    for i in range(start, len(cache), step):
        try:
            features = compute_features(cache.signal(i), float(cache.scale[i]), cache.rate)
        except Exception as error:
            error.add_note(f"while computing the features of recording {cache.ids[i]}")
            raise
        out.write(features.tobytes())
    out.flush()


def _open(path: Path, fingerprint: str) -> Cache:
    """Open the reader's cache: another may have taken its place since the reader opened it."""
    cache = Cache.open(path)
    if cache.fingerprint != fingerprint:
        raise CacheStale(f"cache {path} was replaced while its features were computed: start again")
    return cache


if __name__ == "__main__":
    try:
        _write(_open(Path(sys.argv[1]), sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.stdout.buffer)
    except DataError as error:
        sys.exit(str(error))
    except BrokenPipeError:  # the reader is gone: nobody needs the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

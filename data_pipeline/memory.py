"""How much memory this process may use, and what would take more."""

import resource
from pathlib import Path

import psutil

from data_pipeline.cgroup import limits
from data_pipeline.errors import BadRecording

BYTES_OF_RECORDING = 2000
"""Memory that a recording takes besides its samples: its name, what is known of it, and its place in lists."""


def count_memory() -> int:
    """Return how many bytes of memory this process may use; a container's limit counts, and so does ``ulimit -v``."""
    allowed = [psutil.virtual_memory().total, *(int(limit) for limit in limits("memory.max") if limit != "max")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return min(allowed if soft == resource.RLIM_INFINITY else [*allowed, soft])


def check_recordings(n: int, n_bytes: int, path: Path) -> None:
    """Refuse more recordings than their file has bytes, as a small archive may unfold to, and more than fit here.

    Raises
    ------
    BadRecording
        If there are so many.
    """
    if n > n_bytes:
        raise BadRecording(
            f"{path} has {n:,} recordings in {n_bytes:,} bytes: no real ones are so small; pack them anew"
        )
    if n * BYTES_OF_RECORDING > count_memory():
        raise BadRecording(f"{path} has {n:,} recordings, more than the memory takes: split it, or give it more")

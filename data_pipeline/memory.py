"""How much memory this process may use."""

import resource

import psutil

from data_pipeline.cgroup import limits


def count_memory() -> int:
    """Return how many bytes of memory this process may use; a container's limit counts, and so does ``ulimit -v``."""
    allowed = [psutil.virtual_memory().total, *(int(limit) for limit in limits("memory.max") if limit != "max")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return min(allowed if soft == resource.RLIM_INFINITY else [*allowed, soft])

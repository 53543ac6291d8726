"""How many cores this process may use."""

import os

from data_pipeline.cgroup import limits


def count_cores() -> int:
    """Return how many cores this process may use; a container's quota counts."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for quota, period in map(str.split, limits("cpu.max")):
        if quota != "max":
            allowed = min(allowed, max(1, round(int(quota) / int(period))))
    return allowed

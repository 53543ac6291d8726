"""The devices and cores of this machine, and how workers share them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tuner.errors import TunerError

if TYPE_CHECKING:
    import torch

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def torch_device(name: str) -> torch.device:
    """Return the device that a name stands for; "auto" is CUDA where this machine has it, else the CPU.

    Raises
    ------
    TunerError
        If this machine has no such device.
    """
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise TunerError(f"--device {name}: not to be had on this machine: {str(error).splitlines()[0]}") from error


def share_devices(name: str, n_workers: int) -> list[str]:
    """Return a device for each worker; "auto" takes the GPUs in turn, where there are any.

    Raises
    ------
    TunerError
        If this machine has no such device.
    """
    import torch

    if name != "auto":
        return [str(torch_device(name))] * n_workers
    n_gpus = torch.cuda.device_count()
    return [f"cuda:{i % n_gpus}" if n_gpus else "cpu" for i in range(n_workers)]


def count_cores() -> int:
    """Return how many cores this process may use, within the quota of its container."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if CGROUP_QUOTA.exists():
        quota, period = CGROUP_QUOTA.read_text().split()
        if quota != "max":
            allowed = min(allowed, max(1, round(int(quota) / int(period))))
    return allowed

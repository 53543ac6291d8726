"""The devices of this machine, and who gets which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.visible import visible
from tuner.errors import TunerError

if TYPE_CHECKING:
    import torch


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
        device = torch.empty(0, device=name).device
        torch.empty(1, device=device).item()  # "meta" gives tensors, but nothing is in them
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise TunerError(f"--device {visible(name)}: not to be had on this machine: {visible(reason)}") from error
    return device


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

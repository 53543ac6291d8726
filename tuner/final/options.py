"""How the final step is to go, read from what the command line was given."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from data_pipeline.cores import count_cores
from tuner.errors import SpecError
from tuner.study.record import N_FOLDS
from tuner.study.spec import parse_duration
from tuner.training.device import share_devices, torch_device


@dataclass(frozen=True)
class FinalOptions:
    """How the final step is to go.

    Parameters
    ----------
    devices : list of str
        One for each worker to start here.
    threads : int
        Cores each may use.
    budget_s : float or None
        Wall time for confirming candidates; by default as long as the search took.
    without : frozenset of str
        Those of `tuner.final.parts.names` that are left out.
    coverage : float or None
        Share of recordings that is to be answered; the others are called unsure.
    """

    devices: list[str]
    threads: int
    budget_s: float | None = None
    without: frozenset[str] = frozenset()
    coverage: float | None = None


def read_options(
    device: str, workers: int | None, budget: str | None, without: frozenset[str], coverage: float | None
) -> FinalOptions:
    """Read options as the command line has them: by default each core, or each GPU, has a training of its own.

    Raises
    ------
    SpecError
        If the budget is no duration, or the coverage no share.
    TunerError
        If this machine has no such device.
    """
    if coverage is not None and not 0 < coverage <= 1:
        raise SpecError(f"--coverage {coverage:g}: must be above 0 and at most 1")
    cores = count_cores()
    if workers is None:
        on_gpus = torch.cuda.device_count() if device == "auto" else 1
        # One a fold by default: more would share the cores of as many trainings.
        workers = min(N_FOLDS, cores if torch_device(device).type == "cpu" else on_gpus)
    budget_s = None if budget is None else parse_duration(budget)
    return FinalOptions(share_devices(device, workers), max(1, cores // max(1, workers)), budget_s, without, coverage)

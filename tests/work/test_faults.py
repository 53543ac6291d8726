"""Whose fault it is."""

import errno
import hashlib

import numpy as np
import pytest
import torch

from data_pipeline.errors import BadRecording
from models.module_files import ModuleFile, load_module
from tuner.errors import Diverged, OutOfMemory, StorageError, TrialError, TunerError
from tuner.work.faults import own_faults


@pytest.mark.parametrize("allocate", [lambda: torch.empty(2**56), lambda: np.empty(2**56)])
def test_an_allocation_that_fails_is_the_trial_s_fault(allocate: object) -> None:
    assert callable(allocate)
    with pytest.raises(OutOfMemory, match="out of memory"), own_faults():
        allocate()


def test_an_exception_of_a_model_is_the_trial_s_fault() -> None:
    with pytest.raises(TrialError, match="ZeroDivisionError: division by zero"), own_faults():
        _ = 1 / 0


@pytest.mark.parametrize(
    "fault", [Diverged("loss"), StorageError("away"), BadRecording("nan"), OSError(errno.ENOSPC, "disk full")]
)
def test_what_has_a_name_keeps_it(fault: Exception) -> None:
    with pytest.raises(type(fault)), own_faults():
        raise fault
    assert isinstance(fault, (TunerError, BadRecording, OSError))


OWN = """from dataclasses import dataclass
from data_pipeline.front_ends import Signal
from models import Architecture

@dataclass(frozen=True)
class Config:
    rate: int = 100

def build(config, n_classes):
    open("no such file")

ARCHITECTURE = Architecture("opens_a_file", Config, {"rate": 100}, build, lambda config: Signal(config.rate))
"""


def test_a_file_that_a_person_s_code_misses_is_the_trial_s_fault() -> None:
    (architecture,) = load_module(ModuleFile("opens.py", hashlib.sha256(OWN.encode()).hexdigest(), OWN))
    with pytest.raises(TrialError, match=r"opens.py line 10: FileNotFoundError: .*no such file"), own_faults():
        architecture.build(architecture.config(), 3)

"""Whose fault it is."""

import errno

import numpy as np
import pytest
import torch

from data_pipeline.errors import BadRecording
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

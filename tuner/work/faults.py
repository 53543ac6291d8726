"""Whose fault it is: what fails a trial, and what stops its worker."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from data_pipeline.errors import DataError
from models.errors import described
from models.module_files import fault_in_module
from tuner.errors import OutOfMemory, StudyError, TrialError, TunerError

logger = logging.getLogger(__name__)


@contextmanager
def own_faults() -> Iterator[None]:
    """Turn what goes wrong in building and training a network into the trial's own fault.

    Faults of data, storage and disk are nobody's trial's: they pass.
    """
    try:
        yield
    except OSError as error:
        if fault := fault_in_module(error):  # a person's own code opened a file, or the like
            raise TrialError(fault) from error
        raise
    except (TunerError, DataError):
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory(f"out of memory: {_one_line(error)}") from error
    except torch.AcceleratorError as error:  # the device is out of order, whatever trial comes next
        raise StudyError(f"the device failed: {_one_line(error)}") from error
    except (Exception, SystemExit) as error:  # a person's own code may leave, too
        if "can't allocate memory" in str(error):
            raise OutOfMemory(f"out of memory: {_one_line(error)}") from error
        logger.exception("the trial's own fault")
        raise TrialError(fault_in_module(error) or described(error)) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

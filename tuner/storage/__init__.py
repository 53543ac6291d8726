"""Studies in a database: Optuna's tables with leases, epochs, workers and control beside them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuner.storage.claims import Lease as Lease
    from tuner.storage.control import Command as Command
    from tuner.storage.control import Control as Control
    from tuner.storage.engine import mask_url as mask_url
    from tuner.storage.epochs import EpochRow as EpochRow
    from tuner.storage.retry import briefly as briefly
    from tuner.storage.silence import SILENT_S as SILENT_S
    from tuner.storage.study_storage import StudyStorage as StudyStorage
    from tuner.storage.study_storage import open_storage as open_storage
    from tuner.storage.workers import RunningTrial as RunningTrial
    from tuner.storage.workers import WorkerRow as WorkerRow

_HOME = {
    "Command": "control",
    "Control": "control",
    "EpochRow": "epochs",
    "Lease": "claims",
    "RunningTrial": "workers",
    "SILENT_S": "silence",
    "StudyStorage": "study_storage",
    "WorkerRow": "workers",
    "briefly": "retry",
    "mask_url": "engine",
    "open_storage": "study_storage",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that `tuner --help` waits for neither Optuna nor SQLAlchemy.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)

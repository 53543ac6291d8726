"""Studies in a database: Optuna's tables, with leases, epochs, workers, control and final steps beside them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuner.storage.control import Command as Command
    from tuner.storage.control import ControlRow as ControlRow
    from tuner.storage.engine import mask_url as mask_url
    from tuner.storage.epochs import EpochRow as EpochRow
    from tuner.storage.final_steps import FinalStepRow as FinalStepRow
    from tuner.storage.lease import SEARCH as SEARCH
    from tuner.storage.lease import Lease as Lease
    from tuner.storage.optuna import OptunaStorage as OptunaStorage
    from tuner.storage.parts import PartRow as PartRow
    from tuner.storage.parts import PlannedPart as PlannedPart
    from tuner.storage.silence import SILENT_S as SILENT_S
    from tuner.storage.storage import Storage as Storage
    from tuner.storage.storage import open_storage as open_storage
    from tuner.storage.waiting import briefly as briefly
    from tuner.storage.workers import RunningUnit as RunningUnit
    from tuner.storage.workers import WorkerRow as WorkerRow

_HOME = {
    "Command": "control",
    "ControlRow": "control",
    "EpochRow": "epochs",
    "FinalStepRow": "final_steps",
    "Lease": "lease",
    "OptunaStorage": "optuna",
    "PartRow": "parts",
    "PlannedPart": "parts",
    "RunningUnit": "workers",
    "SEARCH": "lease",
    "SILENT_S": "silence",
    "Storage": "storage",
    "WorkerRow": "workers",
    "briefly": "waiting",
    "mask_url": "engine",
    "open_storage": "storage",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that `tuner --help` waits for neither Optuna nor SQLAlchemy.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)

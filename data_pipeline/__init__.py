"""Recordings from files to batches: sources, the cache, splits, front ends, views and batches.

Names are loaded when they are first used, so that importing the package loads neither torch nor pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_pipeline.augmentation import Augmentation
    from data_pipeline.batches import Batch, Batches, pad_items
    from data_pipeline.cache import Cache
    from data_pipeline.errors import BadRecording, CacheMissing, CacheStale, DataError, LeakingSplit, UnknownFormat
    from data_pipeline.front_ends import BeatSequence, Features, FrontEnd, Signal, Spectrogram
    from data_pipeline.info import describe, plot
    from data_pipeline.notebook import ECGDataset, prep_batch
    from data_pipeline.preparation import prepare
    from data_pipeline.readers.binary import read_zip_binary
    from data_pipeline.readers.sources import open_source
    from data_pipeline.recordings import Recordings
    from data_pipeline.sealed import read_sealed_labels
    from data_pipeline.splits import Split, folds_for, leave_out, make_folds, make_split
    from data_pipeline.views import View, open_view

_MODULES = {
    "Augmentation": "augmentation",
    "BadRecording": "errors",
    "Batch": "batches",
    "Batches": "batches",
    "BeatSequence": "front_ends",
    "Cache": "cache",
    "CacheMissing": "errors",
    "CacheStale": "errors",
    "DataError": "errors",
    "ECGDataset": "notebook",
    "Features": "front_ends",
    "FrontEnd": "front_ends",
    "LeakingSplit": "errors",
    "Recordings": "recordings",
    "Signal": "front_ends",
    "Spectrogram": "front_ends",
    "Split": "splits",
    "UnknownFormat": "errors",
    "View": "views",
    "describe": "info",
    "folds_for": "splits",
    "leave_out": "splits",
    "make_folds": "splits",
    "make_split": "splits",
    "open_source": "readers.sources",
    "open_view": "views",
    "pad_items": "batches",
    "plot": "info",
    "prep_batch": "notebook",
    "prepare": "preparation",
    "read_sealed_labels": "sealed",
    "read_zip_binary": "readers.binary",
}

__all__ = [
    "Augmentation",
    "BadRecording",
    "Batch",
    "Batches",
    "BeatSequence",
    "Cache",
    "CacheMissing",
    "CacheStale",
    "DataError",
    "ECGDataset",
    "Features",
    "FrontEnd",
    "LeakingSplit",
    "Recordings",
    "Signal",
    "Spectrogram",
    "Split",
    "UnknownFormat",
    "View",
    "describe",
    "folds_for",
    "leave_out",
    "make_folds",
    "make_split",
    "open_source",
    "open_view",
    "pad_items",
    "plot",
    "prep_batch",
    "prepare",
    "read_sealed_labels",
    "read_zip_binary",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__

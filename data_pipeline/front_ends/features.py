"""Features of a whole recording as a front end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from data_pipeline.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor

    from data_pipeline.cache import Cache


@dataclass(frozen=True)
class Features:
    """The features of a whole recording, see `data_pipeline.features`; an item has one step."""

    name: ClassVar[str] = "features"
    version: ClassVar[int] = 2
    # Features take a hundred times as long as other items.
    is_costly: ClassVar[bool] = True
    rate: ClassVar[int] = 0  # the recording's own rate

    @property
    def n_features(self) -> int:
        """Number of features."""
        from data_pipeline.features import FEATURES

        return len(FEATURES)

    @property
    def gain_free(self) -> IntArray:
        """Positions of the features that the recorder's gain does not change, in ascending order."""
        from data_pipeline.features import FEATURES

        return np.array([i for i, feature in enumerate(FEATURES) if feature.unit != "unit"], np.int64)

    def source(self) -> Features:
        """Return this front end itself: features are made of the unchanged recording."""
        return self

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return `lengths`: features are made at the recording's own rate."""
        return np.asarray(lengths, np.int64)

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return one step for each recording."""
        return np.ones(len(n_samples), np.int64)

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Return the features unchanged."""
        return signal

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Return the features unchanged."""
        return signals

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts; parameters are those of `FrontEnd.of`.

        Returns
        -------
        ndarray of shape (1, n_features), float32
            The features; NaN where the recording lacks one.
        """
        from data_pipeline.features import compute_features

        item: FloatArray = compute_features(counts, scale, rate)[None]
        return item

    def items(self, cache: Cache) -> Iterator[FloatArray]:
        """Yield the item of every recording of a cache, in order, computed on all cores."""
        from data_pipeline.extraction import extract

        return extract(cache)

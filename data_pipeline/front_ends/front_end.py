"""The protocol of front ends, which views, batches and predictions use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from data_pipeline.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor

    from data_pipeline.cache import Cache


class FrontEnd(Protocol):
    """Makes the item, a model's input, of a recording; front ends that are equal make equal items.

    Attributes
    ----------
    name : str
        Name of the kind of front end; the names of its views begin with it.
    version : int
        Part of every view's key; raise it with any change that alters an item's values.
    is_costly : bool
        Whether items take so long that they are computed once, before any worker starts. Those of augmented signals
        are made on the CPU, even where a GPU could keep the signals.
    rate : int
        Sampling rate of the signal that items are made from, in Hz; 0 for the recording's own rate.
    n_features : int
        Number of features per step; 0 where an item has one value per step and no second axis.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  these are attributes, described above

    @property
    def version(self) -> int: ...  # noqa: D102

    @property
    def is_costly(self) -> bool: ...  # noqa: D102

    @property
    def rate(self) -> int: ...  # noqa: D102

    @property
    def n_features(self) -> int: ...  # noqa: D102

    def source(self) -> FrontEnd:
        """Return the front end whose items are augmented, and then given to `from_signal`."""

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return the number of samples that recordings of `lengths` at `rate` Hz have at this front end's rate."""

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the number of steps of the items that are made of signals of `n_samples`."""

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Make the item of one signal.

        Parameters
        ----------
        signal : ndarray of shape (T,), float32
            Item of the front end `source`.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_features), float32
        """

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Make the items of a padded batch of signals, the same as `from_signal` makes one by one.

        Parameters
        ----------
        signals : Tensor of shape (B, T), float32
            Signals, padded with zeros to the right.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples of each signal.

        Returns
        -------
        Tensor of shape (B, n_steps) or (B, n_steps, n_features), float32
            Items, padded with zeros to the right, on the device of the signals.
        """

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            Samples of the recording, n >= 1.
        scale : float
            Physical units per count.
        rate : float
            Sampling rate of the recording in Hz, any positive number.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_features), float32
        """

    def items(self, cache: Cache) -> Iterator[FloatArray]:
        """Yield the item of every recording of a cache, in order."""

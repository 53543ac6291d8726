"""What a front end is: what views, batches and predictions ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from data_pipeline.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor

    from data_pipeline.cache import Cache


class FrontEnd(Protocol):
    """What makes a model's input of a recording; a value without state, so that equal ones make equal items.

    Attributes
    ----------
    name : str
        Name of its kind; the files of its views begin with it.
    version : int
        Part of every view's key: to be raised with any change that alters an item's values.
    is_costly : bool
        Whether its items are to be computed once before any worker starts, as they take long.
    rate : int
        Samples a second of the signal that items are made from, in Hz; 0 for the recording's own.
    n_features : int
        Features a step; 0 where an item has one value a step and no second axis.
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
        """Return the front end whose items augmentation is applied to, and `from_signal` is given."""

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return the samples that recordings of `lengths` at `rate` Hz have at this front end's rate."""

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the steps of the items made from signals of `n_samples`."""

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Make the item of one signal.

        Parameters
        ----------
        signal : ndarray of shape (T,), float32
            An item of `source`.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_features), float32
        """

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Make the items of signals that lie side by side, as `from_signal` does one by one.

        Parameters
        ----------
        signals : Tensor of shape (B, T), float32
            Padded with zeros to the right.
        lengths : Tensor of shape (B,), int64, on the CPU
            Real samples of each.

        Returns
        -------
        Tensor of shape (B, n_steps) or (B, n_steps, n_features), float32
            Padded with zeros to the right, on the device of the signals.
        """

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            One recording, n >= 1.
        scale : float
            Physical units a count.
        rate : float
            The recording's rate in Hz, any positive number.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_features), float32
        """

    def items(self, cache: Cache) -> Iterator[FloatArray]:
        """Yield the item of every recording of a cache, in order."""

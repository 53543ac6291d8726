"""A view in a device's memory: batches are cut out of it there, and only positions are sent.

Signals are not resampled or distorted here: batches with such an augmentation are made on the CPU.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor

from data_pipeline.arrays import IntArray
from data_pipeline.augmentation import Cuts
from data_pipeline.views import View

SHARE = 0.2
"""Share of a device's free memory that a view may take; other workers keep their views there, too."""


class ResidentView:
    """The items of a view on a device.

    Parameters
    ----------
    view : View
        View to copy.
    device : torch.device
        Device that keeps the copy.
    """

    def __init__(self, view: View, device: torch.device) -> None:
        self.device = device
        self.values = torch.tensor(view.values, device=device)
        self.starts = view.ends - view.lengths

    def items(self, indices: IntArray, cuts: Cuts) -> Tensor:
        """Cut items out of the view, padded with zeros to the right.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            Positions of the recordings in the cache.
        cuts : Cuts
            Part of each item and its factor; no item may be stretched.

        Returns
        -------
        Tensor of shape (B, T) or (B, T, F), float32, on the device
        """
        steps = torch.arange(int(cuts.n_kept.max()), device=self.device)
        first = self.starts[indices] + cuts.starts
        starts, n_kept, factors = (self._sent(values) for values in (first, cuts.n_kept, cuts.factors))
        is_real = steps < n_kept[:, None]
        places = (starts[:, None] + steps).where(is_real, starts[:, None])
        scale = factors[:, None] * is_real
        return self.values[places] * (scale if self.values.ndim == 1 else scale[:, :, None])

    def _sent(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device, non_blocking=True)


_resident: WeakValueDictionary[tuple[Path, torch.device], ResidentView] = WeakValueDictionary()


def resident(view: View, device: torch.device) -> ResidentView | None:
    """Keep a view on a device, once for all batches; return None unless the device is a GPU with enough memory."""
    if device.type != "cuda":
        return None
    kept = _resident.get((view.path, device))
    if kept is None and view.values.nbytes <= SHARE * torch.cuda.mem_get_info(device)[0]:
        kept = _resident[view.path, device] = ResidentView(view, device)
    return kept

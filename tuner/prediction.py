"""What a model says of recordings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F


@torch.inference_mode()
def predict_batches(model: nn.Module, batches: Iterable[Any], device: torch.device) -> NDArray[np.float32]:
    """Return class probabilities (N, K) float32 in the order of the batches' recordings.

    Parameters
    ----------
    model : nn.Module
        Network in any mode; it is put into evaluation mode.
    batches : iterable of (inputs, lengths)
        See `data_pipeline.Batch` for their shapes.
    device : torch.device
        Where the network lies.
    """
    model.eval()
    rows = [F.softmax(model(inputs.to(device), lengths).float(), 1).cpu().numpy() for inputs, lengths in batches]
    return np.concatenate(rows)

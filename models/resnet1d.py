"""A pre-activation residual network over the signal."""

from dataclasses import dataclass

from torch import Tensor, nn

from data_pipeline.front_ends import Signal
from models.architecture import Architecture
from models.layers import ChannelDropout
from models.pooling import POOLINGS, MaskedPooling
from models.residual import ResidualConfig, ResidualTrunk


@dataclass(frozen=True)
class Resnet1dConfig(ResidualConfig):
    """Settings of `resnet1d`: those of the trunk, and its own.

    Parameters
    ----------
    pooling : {"mean", "max", "mean_max", "attention"}
        How the steps of a recording are pooled over time.
    """

    pooling: str = "mean_max"


class Resnet1d(ResidualTrunk):
    """Pre-activation residual network with early down-sampling and masked pooling.

    Parameters
    ----------
    config : Resnet1dConfig
        Settings of the network; `rate` belongs to the front end.
    n_classes : int
        Number of logits per recording.

    Notes
    -----
    What differs from the papers, besides the notes of the trunk: [1]_ has one label per 256 samples; here there is one
    label per recording, after pooling over time.

    References
    ----------
    .. [1] Hannun, A. Y., et al. (2019). Cardiologist-level arrhythmia detection and classification in ambulatory
       electrocardiograms using a deep neural network. Nature Medicine 25, 65-69.
    """

    def __init__(self, config: Resnet1dConfig, n_classes: int) -> None:
        super().__init__(config)
        self.pool = MaskedPooling(config.pooling, self.n_features)
        self.dropout = ChannelDropout(config.dropout)
        self.head = nn.Linear(self.pool.n_out, n_classes)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        inputs : Tensor of shape (B, T), float32
            Signals, right-padded with zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples per recording.

        Returns
        -------
        Tensor of shape (B, n_classes), float32
            Logits.

        Raises
        ------
        BadShape
            If the inputs are not signals.
        """
        steps, padding = self.steps(inputs, lengths)
        logits: Tensor = self.head(self.dropout(self.pool(steps, padding)))
        return logits


ARCHITECTURE = Architecture(
    name="resnet1d",
    config=Resnet1dConfig,
    ranges={
        "rate": {"choices": [75, 100]},
        "stem_kernel": {"low": 7, "high": 21, "step": 2},
        "stem_stride": {"choices": [2, 4]},
        "width": {"choices": [16, 24, 32]},
        "stages": {"low": 5, "high": 7},
        "blocks": 1,
        "kernel": {"low": 5, "high": 11, "step": 2},
        "dropout": {"low": 0.0, "high": 0.4},
        "pooling": {"choices": list(POOLINGS)},
    },
    build=Resnet1d,
    front_end=lambda config: Signal(config.rate),
)

"""Convolutions over the signal, then a recurrent network over the steps they leave."""

from dataclasses import dataclass

from torch import Tensor, nn

from data_pipeline.front_ends import Signal
from models.architecture import Architecture
from models.layers import ChannelDropout
from models.pooling import POOLINGS, MaskedPooling
from models.recurrent import read_steps
from models.residual import ResidualConfig, ResidualTrunk


@dataclass(frozen=True)
class Crnn1dConfig(ResidualConfig):
    """Settings of `crnn1d`: those of the trunk, and its own.

    Parameters
    ----------
    hidden : int
        Number of units of the recurrent layer, in each direction.
    pooling : {"mean", "max", "mean_max", "attention"}
        How the layer's outputs are pooled over time.
    """

    stages: int = 5
    hidden: int = 64
    pooling: str = "mean_max"


class Crnn1d(ResidualTrunk):
    """Convolutional recurrent network over the signal.

    The residual trunk, less deep than in `resnet1d`, leaves one or two steps per heart beat. A bidirectional GRU reads
    these steps, so that each of its outputs depends on the rhythm, and not only on what the convolutions reach.

    Parameters
    ----------
    config : Crnn1dConfig
        Settings of the network; `rate` belongs to the front end.
    n_classes : int
        Number of logits per recording.

    Notes
    -----
    What differs from the paper [1]_: the input is the signal instead of a spectrogram; a residual trunk replaces plain
    blocks of convolutions, and a GRU of one layer replaces an LSTM of three; all layers are trained at once, instead of
    the convolutions first; and there is a choice of poolings, where the paper averages.

    References
    ----------
    .. [1] Zihlmann, M., Perekrestenko, D., Tschannen, M. (2017). Convolutional recurrent neural networks for
       electrocardiogram classification. Computing in Cardiology 44. https://arxiv.org/abs/1710.06122
    """

    def __init__(self, config: Crnn1dConfig, n_classes: int) -> None:
        super().__init__(config)
        self.rnn = nn.GRU(self.n_features, config.hidden, batch_first=True, bidirectional=True)
        self.pool = MaskedPooling(config.pooling, 2 * config.hidden)
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
        outputs = read_steps(self.rnn, steps, padding)
        logits: Tensor = self.head(self.dropout(self.pool(outputs, padding)))
        return logits


ARCHITECTURE = Architecture(
    name="crnn1d",
    config=Crnn1dConfig,
    ranges={
        "rate": {"choices": [75, 100]},
        "stem_kernel": {"low": 7, "high": 21, "step": 2},
        "stem_stride": {"choices": [2, 4]},
        "width": {"choices": [16, 24, 32]},
        "stages": {"low": 3, "high": 5},
        "blocks": 1,
        "kernel": {"low": 5, "high": 11, "step": 2},
        "dropout": {"low": 0.0, "high": 0.4},
        "hidden": {"choices": [32, 64, 96]},
        "pooling": {"choices": list(POOLINGS)},
    },
    build=Crnn1d,
    front_end=lambda config: Signal(config.rate),
)

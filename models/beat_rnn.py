"""A recurrent network over the sequence of a recording's beats."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from data_pipeline.front_ends import BeatSequence
from models.architecture import Architecture
from models.layers import ChannelDropout, Padding, check_batch
from models.limits import check_settings
from models.pooling import POOLINGS, MaskedPooling
from models.recurrent import read_steps, reverse_steps

FRONT_END = BeatSequence(300)
"""The front end; its rate is the one at which beats are found, so that no signal is resampled twice."""

_LIMITS = {"width": (1, 8192), "hidden": (1, 8192), "dropout": (0.0, 0.99)}


@dataclass(frozen=True)
class BeatRnnConfig:
    """Settings of `beat_rnn`.

    Parameters
    ----------
    width : int
        Number of features that are made of each beat alone.
    hidden : int
        Number of units of the recurrent layer, in each direction.
    dropout : float
        Probability that a feature is dropped, before the recurrent layer and after the pooling.
    pooling : {"mean", "max", "mean_max", "attention"}
        How the layer's outputs are pooled over the beats.
    """

    width: int = 64
    hidden: int = 64
    dropout: float = 0.2
    pooling: str = "mean_max"

    def __post_init__(self) -> None:
        check_settings(self, _LIMITS, {"pooling": POOLINGS})


class BeatRnn(nn.Module):
    """Recurrent network over beats, which sees neither the time between them nor their shape but in a few numbers.

    A small network reads the columns of each beat, then GRUs read the beats in their order, forwards and backwards.
    Rhythm is in the intervals from beat to beat, which cost nothing here: the network need not learn what a beat is.
    What is not measured of a beat, it cannot see.

    Parameters
    ----------
    config : BeatRnnConfig
        Settings of the network.
    n_classes : int
        Number of logits per recording.

    Notes
    -----
    What differs from the paper: in [1]_ an interpretation of the whole signal, by rules of cardiology, describes the
    beats that a network reads, and a classifier of whole recordings is stacked with it. Here beats are measured by
    plainer means, and other kinds are added by the blend.

    References
    ----------
    .. [1] Teijeiro, T., García, C. A., Castro, D., Félix, P. (2017). Arrhythmia classification from the abductive
       interpretation of short single-lead ECG records. Computing in Cardiology 44. https://arxiv.org/abs/1711.03892
    """

    def __init__(self, config: BeatRnnConfig, n_classes: int) -> None:
        super().__init__()
        self.columns = nn.Linear(FRONT_END.n_features, config.width)
        self.beat = nn.Linear(config.width, config.width)
        # Two layers: of a bidirectional one, a GPU would have to be told how many beats there are.
        self.forwards = nn.GRU(config.width, config.hidden, batch_first=True)
        self.backwards = nn.GRU(config.width, config.hidden, batch_first=True)
        self.pool = MaskedPooling(config.pooling, 2 * config.hidden)
        self.dropout = ChannelDropout(config.dropout)
        self.head = nn.Linear(self.pool.n_out, n_classes)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        inputs : Tensor of shape (B, T, F), float32
            Beats, as the front end writes them: steps after the last beat are zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of steps per recording; there may be fewer beats.

        Returns
        -------
        Tensor of shape (B, n_classes), float32
            Logits.

        Raises
        ------
        BadShape
            If the inputs are not beats.
        """
        check_batch(inputs, lengths, n_features=FRONT_END.n_features)
        n_beats = (inputs[:, :, 0] != 0).sum(dim=1).clamp(min=1)
        if n_beats.device.type == "cpu":  # a GPU would be waited for, which takes longer than the steps without beats
            inputs = inputs[:, : int(n_beats.max())]
        padding = Padding(n_beats, inputs.shape[1], inputs.device)
        beats = self.beat(self.columns(inputs).relu()).relu()
        outputs = self._read(self.dropout(beats.transpose(1, 2)).transpose(1, 2), padding)
        logits: Tensor = self.head(self.dropout(self.pool(outputs, padding)))
        return logits

    def _read(self, beats: Tensor, padding: Padding) -> Tensor:
        ahead = read_steps(self.forwards, beats, padding)
        back = read_steps(self.backwards, reverse_steps(beats, padding), padding)
        return torch.cat([ahead, reverse_steps(back, padding)], dim=2)


ARCHITECTURE = Architecture(
    name="beat_rnn",
    config=BeatRnnConfig,
    ranges={
        "width": {"choices": [32, 64, 128]},
        "hidden": {"choices": [32, 64, 128]},
        "dropout": {"low": 0.0, "high": 0.5},
        "pooling": {"choices": list(POOLINGS)},
    },
    build=BeatRnn,
    front_end=lambda config: FRONT_END,
)

"""The architectures by name: their settings, and the ranges to search them in.

Reading names, settings and ranges loads no torch; a network's module is imported when one is built.
Ranges are plain data in the study file's own form, and every default lies inside its range. They end where a trial
of 20 epochs over some thousand recordings would take one CPU core more than about half an hour.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.errors import UnknownArchitecture

if TYPE_CHECKING:
    from torch import nn

    from data_pipeline.front_ends import FrontEnd, Signal, Spectrogram


@dataclass(frozen=True)
class StftCrnnConfig:
    """Settings of `stft_crnn`; the defaults are the notebook's network.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal before the spectrogram, Hz.
    window, hop : int
        Spectrogram window and the distance between frames, samples.
    blocks : int
        Convolution blocks, each halving time and frequency.
    channels : int
        Of the first block; each further block doubles them.
    kernel : int
        Of the convolutions, frames and bins.
    batch_norm : bool
        Whether the convolutions are normalised.
    rnn : {"lstm", "gru"}
        Kind of the recurrent layer.
    hidden : int
        Its units, in each direction.
    bidirectional : bool
        Whether it reads the recording backwards too.
    pooling : {"last", "mean"}
        What of its outputs is classified: the last one, or the mean over time.
    dropout : float
        Probability of a channel to be dropped.
    """

    rate: int = 300
    window: int = 256
    hop: int = 128
    blocks: int = 2
    channels: int = 16
    kernel: int = 3
    batch_norm: bool = False
    rnn: str = "lstm"
    hidden: int = 64
    bidirectional: bool = False
    pooling: str = "last"
    dropout: float = 0.0


@dataclass(frozen=True)
class Resnet1dConfig:
    """Settings of `resnet1d`.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal, Hz.
    stem_kernel, stem_stride : int
        Of the first convolution, samples.
    width : int
        Channels of the stem; they double at every second stage.
    stages : int
        Stages, each halving the rate.
    blocks : int
        Residual blocks a stage.
    kernel : int
        Of the blocks' convolutions, steps.
    dropout : float
        Probability of a channel to be dropped.
    pooling : {"mean", "max", "mean_max"}
        How the steps of a recording become one.
    """

    rate: int = 100
    stem_kernel: int = 15
    stem_stride: int = 2
    width: int = 24
    stages: int = 6
    blocks: int = 1
    kernel: int = 9
    dropout: float = 0.1
    pooling: str = "mean_max"


@dataclass(frozen=True)
class Architecture:
    """One kind of model as the search sees it.

    Parameters
    ----------
    name : str
        As in the study file.
    config : type
        Frozen dataclass of its settings, with defaults.
    ranges : mapping
        Setting to range, in the study file's form; a bare scalar pins it.
    build : callable
        ``build(config, n_classes)`` gives the network: ``forward(inputs, lengths)`` to logits.
    front_end : callable
        ``front_end(config)`` gives the input it wants.
    train_defaults : mapping
        Defaults of training settings (by their name in ``train.``) where this architecture wants others.
    """

    name: str
    config: type
    ranges: Mapping[str, Any]
    build: Callable[[Any, int], "nn.Module"]
    front_end: Callable[[Any], "FrontEnd"]
    train_defaults: Mapping[str, Any] = field(default_factory=dict)


def _build_stft_crnn(config: StftCrnnConfig, n_classes: int) -> "nn.Module":
    from models.stft_crnn import StftCrnn

    return StftCrnn(config, n_classes)


def _stft_crnn_input(config: StftCrnnConfig) -> "Spectrogram":
    from data_pipeline.front_ends import Spectrogram

    return Spectrogram(config.rate, config.window, config.hop)


def _build_resnet1d(config: Resnet1dConfig, n_classes: int) -> "nn.Module":
    from models.resnet1d import Resnet1d

    return Resnet1d(config, n_classes)


def _resnet1d_input(config: Resnet1dConfig) -> "Signal":
    from data_pipeline.front_ends import Signal

    return Signal(config.rate)


_ARCHITECTURES = (
    Architecture(
        name="stft_crnn",
        config=StftCrnnConfig,
        ranges={
            "rate": {"choices": [150, 300]},
            "window": {"choices": [128, 256]},
            "hop": {"choices": [64, 128]},
            "blocks": {"low": 2, "high": 4},
            "channels": {"choices": [8, 16]},
            "kernel": 3,
            "batch_norm": {"choices": [False, True]},
            "rnn": {"choices": ["lstm", "gru"]},
            "hidden": {"choices": [32, 64, 128]},
            "bidirectional": {"choices": [False, True]},
            "pooling": {"choices": ["last", "mean"]},
            "dropout": {"low": 0.0, "high": 0.4},
        },
        build=_build_stft_crnn,
        front_end=_stft_crnn_input,
    ),
    Architecture(
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
            "pooling": {"choices": ["mean", "max", "mean_max"]},
        },
        build=_build_resnet1d,
        front_end=_resnet1d_input,
    ),
)
_BY_NAME = {architecture.name: architecture for architecture in _ARCHITECTURES}


def architecture_names() -> tuple[str, ...]:
    """Name the registered architectures."""
    return tuple(_BY_NAME)


def get_architecture(name: str) -> Architecture:
    """Look an architecture up.

    Parameters
    ----------
    name : str
        As in the study file.

    Returns
    -------
    Architecture

    Raises
    ------
    UnknownArchitecture
        If there is none of that name.
    """
    if name not in _BY_NAME:
        raise UnknownArchitecture(f"unknown architecture {name!r}: use one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]

"""Gradient-boosted trees over a recording's features."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import torch
import xgboost as xgb
from numpy.typing import NDArray
from torch import Tensor, nn

from data_pipeline.front_ends import Features
from models.architecture import Architecture
from models.forest import checked_forest
from models.layers import check_batch
from models.limits import check_settings

ROUNDS_AN_EPOCH = 25
"""Rounds of an epoch: after so many, the trees are scored, reported and stored as a checkpoint."""


_LIMITS = {
    "rounds": (1, 100_000),
    "lr": (1e-6, 1.0),
    "depth": (1, 20),
    "min_child_weight": (0.0, 1e9),
    "features": (1e-3, 1.0),
    "recordings": (1e-3, 1.0),
    "l2": (0.0, 1e9),
    "class_weight": (0.0, 2.0),
}


@dataclass(frozen=True)
class FeatureBoostingConfig:
    """Settings of `feature_boosting`.

    Parameters
    ----------
    rounds : int
        Number of rounds; each adds one tree per class.
    lr : float
        Learning rate, by which the values of each tree are multiplied.
    depth : int
        Largest number of splits from the root of a tree to a leaf.
    min_child_weight : float
        Least sum of second derivatives in a leaf.
    features : float
        Share of the features that a split chooses from, drawn anew for each split.
    recordings : float
        Share of the recordings that a tree learns from, drawn anew for each tree.
    l2 : float
        Penalty on the squared values of the leaves.
    class_weight : float
        Exponent on balanced class weights: 0 weighs every recording alike, 1 every class alike.
    """

    rounds: int = 400
    lr: float = 0.05
    depth: int = 5
    min_child_weight: float = 3.0
    features: float = 0.25
    recordings: float = 0.7
    l2: float = 5.0
    class_weight: float = 0.5

    def __post_init__(self) -> None:
        check_settings(self, _LIMITS)

    @property
    def epochs(self) -> int:
        """Number of epochs that these rounds take."""
        return ceil(self.rounds / ROUNDS_AN_EPOCH)


class FeatureBoosting(nn.Module):
    """Boosted trees as a torch module; its state is the booster's own JSON, as bytes.

    Parameters
    ----------
    config : FeatureBoostingConfig
        Settings of the trees.
    n_classes : int
        Number of logits per recording.

    Attributes
    ----------
    n_rounds : int
        Number of rounds that have been grown.

    Notes
    -----
    Features that depend on the recorder's gain are left out. Splits are found on histograms of the other features; a
    recording without the feature takes the branch that lowers the loss more [1]_.

    References
    ----------
    .. [1] Chen, T., Guestrin, C. (2016). XGBoost: a scalable tree boosting system. KDD.
    """

    def __init__(self, config: FeatureBoostingConfig, n_classes: int) -> None:
        super().__init__()
        self.config, self.n_classes = config, n_classes
        # Recordings of another recorder, or in another unit, must be classified in the same way.
        self.columns = torch.from_numpy(Features().gain_free)
        self._booster: xgb.Booster | None = None
        self.n_rounds = 0

    def table(self, inputs: Tensor) -> NDArray[np.float32]:
        """Select the features that trees use, (B, F') float32, from a batch (B, 1, F)."""
        return inputs[:, 0, self.columns].cpu().numpy()

    def grow(self, matrix: xgb.DMatrix, seed: int, rounds: range) -> Iterator[None]:
        """Add trees to the existing ones, one round at a time.

        Growing starts from the booster's JSON each time, since the library's inner state, such as its random state,
        cannot be stored. So a resumed trial that starts at the same round grows the same trees.

        Parameters
        ----------
        matrix : DMatrix of shape (N, F')
            Features as `table` selects them, with labels and weights.
        seed : int
            Seed by which the features and recordings of each tree are drawn.
        rounds : range
            Numbers of the rounds to add, counted from 0 over the whole training.

        Yields
        ------
        None
            After each round.
        """
        booster = xgb.Booster(self._named_settings(seed), [matrix])
        if self._booster is not None:
            booster.load_model(self._booster.save_raw("json"))
        for number in rounds:
            booster.update(matrix, number)
            yield
        self._booster, self.n_rounds = booster, booster.num_boosted_rounds()

    def _named_settings(self, seed: int) -> dict[str, Any]:
        """Return the settings under the library's names."""
        config = self.config
        return {
            "objective": "multi:softprob",
            "num_class": self.n_classes,
            "tree_method": "hist",
            "max_depth": config.depth,
            "eta": config.lr,
            "min_child_weight": config.min_child_weight,
            "colsample_bynode": config.features,
            "subsample": config.recordings,
            "lambda": config.l2,
            "seed_per_iteration": True,
            "seed": seed,
            "nthread": torch.get_num_threads(),
            "verbosity": 1,
        }

    def get_extra_state(self) -> Tensor:
        """Return the booster's JSON, (n_bytes,) uint8; no bytes before the first round."""
        text = self._booster.save_raw("json") if self._booster else b""
        return torch.from_numpy(np.frombuffer(text, np.uint8).copy())

    def set_extra_state(self, state: Tensor) -> None:
        """Load a booster from its JSON; no bytes stand for no rounds.

        Raises
        ------
        BadTrees
            If the JSON is none of such trees; the module stays as it is.
        """
        booster, n_rounds = None, 0
        if len(state):
            text = state.cpu().numpy().tobytes()
            checked, n_rounds = checked_forest(text, self.n_classes, len(self.columns), self.config.rounds)
            booster = xgb.Booster(self._named_settings(seed=0))
            booster.load_model(bytearray(checked))
        self._booster, self.n_rounds = booster, n_rounds

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        inputs : Tensor of shape (B, 1, F), float32
            Features; NaN where a feature is missing.
        lengths : Tensor of shape (B,), int64
            Number of steps of each recording, always 1.

        Returns
        -------
        Tensor of shape (B, n_classes), float32
            Logits.

        Raises
        ------
        BadShape
            If the inputs are not features.
        """
        check_batch(inputs, lengths, n_features=Features().n_features)
        if self._booster is None:
            return torch.zeros(len(inputs), self.n_classes, device=inputs.device)
        margins = self._booster.inplace_predict(self.table(inputs), predict_type="margin", missing=np.nan)
        return torch.from_numpy(np.asarray(margins, np.float32)).to(inputs.device)


ARCHITECTURE = Architecture(
    name="feature_boosting",
    config=FeatureBoostingConfig,
    ranges={
        "rounds": 400,
        "lr": {"low": 0.02, "high": 0.1, "log": True},
        "depth": {"low": 3, "high": 7},
        "min_child_weight": {"low": 0.5, "high": 20.0, "log": True},
        "features": {"low": 0.15, "high": 0.6},
        "recordings": {"low": 0.5, "high": 0.9},
        "l2": {"low": 0.5, "high": 20.0, "log": True},
        "class_weight": {"low": 0.2, "high": 0.9},
    },
    build=FeatureBoosting,
    front_end=lambda config: Features(),
    trainer="boosting",
)

"""Pooling over time, which combines the real steps of a recording into one."""

import torch
from torch import Tensor, nn

from models.layers import Padding

POOLINGS = ("mean", "max", "mean_max", "attention")
"""Kinds of `MaskedPooling`, in the order in which ranges list them."""


class MaskedPooling(nn.Module):
    """Pool the real steps of each recording, so that padding cannot change a score.

    Parameters
    ----------
    kind : {"mean", "max", "mean_max", "attention"}
        The average, the maximum, both side by side, or an average with learnt weights.
    n_features : int
        Number of features of each step.

    Attributes
    ----------
    n_out : int
        Number of features of a pooled recording.
    """

    def __init__(self, kind: str, n_features: int) -> None:
        super().__init__()
        self.kind = kind
        self.n_out = n_features * (2 if kind == "mean_max" else 1)
        self.attention = Attention(n_features) if kind == "attention" else None

    def forward(self, steps: Tensor, padding: Padding | None) -> Tensor:
        """Pool over time.

        Parameters
        ----------
        steps : Tensor of shape (B, T, C), float32
            Features of each step. Those of padded steps do not matter, as long as they are finite.
        padding : Padding, optional
            Which steps are real; None where nothing is padded.

        Returns
        -------
        Tensor of shape (B, n_out), float32
        """
        if self.attention is not None:
            weights = self.attention(steps, padding)
            weighed: Tensor = (steps * weights[:, :, None]).sum(dim=1)
            return weighed
        pooled = []
        if self.kind in ("mean", "mean_max"):
            pooled.append(masked_mean(steps, padding))
        if self.kind in ("max", "mean_max"):
            pooled.append(masked_max(steps, padding))
        return torch.cat(pooled, dim=1)


class Attention(nn.Module):
    """Weigh the steps of a recording by a small network that sees one step at a time.

    Parameters
    ----------
    n_features : int
        Number of features of each step, and of units of the hidden layer.

    Notes
    -----
    This is the attention of [1]_ (equation 8, without its gate), which weighs the instances of a bag. Here the steps of
    a recording are the bag, and there are as many hidden units as features. What only few steps show, such as one
    premature beat, is not lost among all the others, as it is in a mean.

    References
    ----------
    .. [1] Ilse, M., Tomczak, J. M., Welling, M. (2018). Attention-based deep multiple instance learning. ICML.
       https://arxiv.org/abs/1802.04712
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_features, n_features)
        self.score = nn.Linear(n_features, 1, bias=False)  # softmax removes a bias again

    def forward(self, steps: Tensor, padding: Padding | None) -> Tensor:
        """Return the weights of (B, T, C) steps: (B, T), float32. They sum to one, and are zero where padded."""
        scores: Tensor = self.score(self.hidden(steps).tanh()).squeeze(2)
        if padding is not None:
            scores = scores.masked_fill(~padding.real, -torch.inf)
        # In half precision, the many weights of a long recording would not sum to one.
        return scores.softmax(dim=1, dtype=torch.promote_types(scores.dtype, torch.float32))


def masked_mean(steps: Tensor, padding: Padding | None) -> Tensor:
    """Average (B, T, C) steps over the real ones only: (B, C)."""
    if padding is None:
        return steps.mean(dim=1)
    # Half precision cannot count beyond 256.
    dtype = torch.promote_types(steps.dtype, torch.float32)
    n_real = padding.lengths.to(steps.device, dtype, non_blocking=True)
    return (steps * padding.real[:, :, None]).sum(dim=1, dtype=dtype) / n_real[:, None]


def masked_max(steps: Tensor, padding: Padding | None) -> Tensor:
    """Take the maximum of (B, T, C) steps over the real ones only: (B, C)."""
    if padding is None:
        return steps.amax(dim=1)
    return steps.masked_fill(~padding.real[:, :, None], -torch.inf).amax(dim=1)

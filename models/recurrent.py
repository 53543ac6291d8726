"""Recurrent layers over the steps of a padded batch."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from models.layers import Padding


def read_steps(rnn: nn.RNNBase, steps: Tensor, padding: Padding | None) -> Tensor:
    """Run a recurrent layer over time, in full precision, so that padding changes no real step.

    Parameters
    ----------
    rnn : LSTM or GRU
        A single layer, with `batch_first` and biases.
    steps : Tensor of shape (B, T, C)
        Features of each step; those of padded steps must be finite.
    padding : Padding, optional
        Which steps are real; None where nothing is padded.

    Returns
    -------
    Tensor of shape (B, T, H) or (B, T, 2 * H), of the layer's own type
        Outputs of every step, both directions side by side. Those of padded steps are finite and have no meaning.
    """
    # Autocast would always run a recurrent layer in float16, in which gradients vanish.
    with torch.autocast(steps.device.type, enabled=False):
        steps = steps.to(next(rnn.parameters()).dtype)
        # Only the backward direction would read padding before real steps.
        if padding is None or not rnn.bidirectional:
            outputs: Tensor = rnn(steps)[0]
            return outputs
        return (read_apart if steps.device.type == "cpu" else read_packed)(rnn, steps, padding)


def read_packed(rnn: nn.RNNBase, steps: Tensor, padding: Padding) -> Tensor:
    """Run a layer over the real steps alone, in torch's packed form, for which a GPU has kernels."""
    # Recordings are sorted here, on the CPU: torch's own sorting would make a GPU wait.
    order = padding.lengths.argsort(descending=True)
    there, back = (index.to(steps.device, non_blocking=True) for index in (order, order.argsort()))
    packed = pack_padded_sequence(steps[there], padding.lengths[order], batch_first=True)
    return pad_packed_sequence(rnn(packed)[0], batch_first=True, total_length=steps.shape[1])[0][back]


def read_apart(rnn: nn.RNNBase, steps: Tensor, padding: Padding) -> Tensor:
    """Run the two directions one by one, the second over reversed recordings, whose padding stays at their end.

    The result is that of `read_packed`, except for padded steps. On a CPU packing nearly doubles the cost of 50 steps.
    """
    forward, backward = rnn.all_weights
    outputs = _read_one_way(rnn, steps, forward)
    reverse = _read_one_way(rnn, reverse_steps(steps, padding), backward)
    return torch.cat([outputs, reverse_steps(reverse, padding)], dim=2)


def reverse_steps(steps: Tensor, padding: Padding) -> Tensor:
    """Reverse the real steps of (B, T, C) in time; padded steps stay where they are."""
    time = torch.arange(padding.n_steps, device=padding.lengths.device)
    turned = torch.where(padding.real, padding.lengths[:, None] - 1 - time, time)
    return steps.take_along_dim(turned[:, :, None], 1)


def _read_one_way(rnn: nn.RNNBase, steps: Tensor, weights: list[nn.Parameter]) -> Tensor:
    start = steps.new_zeros(1, len(steps), rnn.hidden_size)
    # The arguments mean: with biases, one layer, no dropout, one direction, batch first.
    if isinstance(rnn, nn.LSTM):
        return torch.lstm(steps, (start, start), tuple(weights), True, 1, 0.0, rnn.training, False, True)[0]
    return torch.gru(steps, start, tuple(weights), True, 1, 0.0, rnn.training, False, True)[0]


def last_outputs(rnn: nn.RNNBase, outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return the outputs of a layer after it has read all real steps.

    Parameters
    ----------
    rnn : LSTM or GRU
        The layer.
    outputs : Tensor of shape (B, T, H) or (B, T, 2 * H)
        Outputs of `read_steps`.
    lengths : Tensor of shape (B,), int64, on the CPU
        Number of real steps per recording.

    Returns
    -------
    Tensor of shape (B, H) or (B, 2 * H)
    """
    rows = torch.arange(len(outputs), device=outputs.device)
    last = outputs[rows, (lengths - 1).to(outputs.device, non_blocking=True)]
    if not rnn.bidirectional:
        return last
    # The backward direction has read all steps when it is at the first one.
    return torch.cat([last[:, : rnn.hidden_size], outputs[:, 0, rnn.hidden_size :]], dim=1)

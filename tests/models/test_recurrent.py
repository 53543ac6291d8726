"""Recurrent layers over padded batches."""

import pytest
import torch
from torch import nn

from models.layers import Padding
from models.recurrent import last_outputs, read_apart, read_packed, read_steps

LENGTHS = torch.tensor([4, 9, 1, 7])
PADDING = Padding.of(LENGTHS, 9, torch.device("cpu"))


def layer(kind, **settings):
    torch.manual_seed(0)
    return kind(5, 3, batch_first=True, **settings)


def steps():
    """Features (B, T, C) that are anything but zero where they are padded."""
    return torch.randn(4, 9, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_no_real_step_reads_padding(kind, bidirectional):
    rnn = layer(kind, bidirectional=bidirectional)
    together = read_steps(rnn, steps(), PADDING)
    for i, n in enumerate(LENGTHS):
        alone = rnn(steps()[i : i + 1, :n])[0]
        torch.testing.assert_close(together[i : i + 1, :n], alone)
        torch.testing.assert_close(
            last_outputs(rnn, together, LENGTHS)[i], last_outputs(rnn, alone, LENGTHS[i : i + 1])[0]
        )


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_packed_or_apart_the_real_steps_and_gradients_are_the_same(kind):
    found = []
    for read in (read_packed, read_apart):
        rnn, features = layer(kind, bidirectional=True), steps().requires_grad_()
        outputs = read(rnn, features, PADDING) * PADDING.real[:, :, None]
        outputs.square().sum().backward()
        found.append([outputs, features.grad, *(p.grad for p in rnn.parameters())])
    torch.testing.assert_close(*found)


def test_the_last_outputs_have_read_everything():
    rnn = layer(nn.LSTM, bidirectional=True)
    state = torch.cat(list(rnn(steps())[1][0]), dim=1)
    torch.testing.assert_close(last_outputs(rnn, rnn(steps())[0], torch.full((4,), 9)), state)

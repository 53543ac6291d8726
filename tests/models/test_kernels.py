"""The compiled kernels give what torch gives: on float64, which they do not take, the layers are torch's own."""

import pytest
import torch
from torch import nn

from models.layers import ChannelDropout, MaskedBatchNorm, Padding, conv_pool_frames, pool_frames, pool_steps

CPU = torch.device("cpu")
LENGTHS = torch.tensor([9, 1, 4, 5])
SHAPES = [(9, 7), (8, 6), (1, 2), (2, 1), (1, 1)]


def frames(n_channels, n_steps=9, n_columns=7):
    """Activations that are anything but zero where they are padded."""
    return torch.randn(len(LENGTHS), n_channels, n_steps, n_columns, generator=torch.Generator().manual_seed(1))


def padding(features):
    n_steps = features.shape[2]
    return Padding.of(LENGTHS.clamp(max=n_steps), n_steps, CPU)


class Drawn(ChannelDropout):
    """The same channels dropped whatever the type of the activations."""

    def factors(self, features):
        return torch.tensor([0.0, 2.0, 2.0, 0.0, 2.0]).repeat(len(features), 1).to(features)


def dropping():
    norm = MaskedBatchNorm(5, relu=True, dropout=0.5)
    norm.dropout = Drawn(0.5)
    return norm


def evaluated():
    norm = MaskedBatchNorm(5, relu=True).eval()
    nn.init.uniform_(norm.running_mean, -1, 1)
    nn.init.uniform_(norm.running_var, 0.5, 2)
    return norm


def convolution():
    return nn.Conv2d(1, 5, 3, padding="same")


LAYERS = {
    "pooled frames": (nn.Identity, lambda _, x: pool_frames(x, None)),
    "pooled ragged frames": (nn.Identity, lambda _, x: pool_frames(x, padding(x))),
    "pooled steps": (nn.Identity, lambda _, x: pool_steps(x[:, :, :1].relu())),
    "normalised": (lambda: MaskedBatchNorm(5), lambda norm, x: norm(x)),
    "normalised ragged": (lambda: MaskedBatchNorm(5), lambda norm, x: norm(x, padding(x))),
    "normalised ragged, ReLU": (lambda: MaskedBatchNorm(5, relu=True), lambda norm, x: norm(x, padding(x))),
    "normalised ragged, ReLU, dropout": (dropping, lambda norm, x: norm(x, padding(x))),
    "evaluated ragged, ReLU": (evaluated, lambda norm, x: norm(x, padding(x))),
    "first convolution": (convolution, lambda conv, x: conv_pool_frames(conv, x[:, :1].detach(), None)),
    "first convolution, ragged": (convolution, lambda conv, x: conv_pool_frames(conv, x[:, :1].detach(), padding(x))),
}


def built(name):
    """The layer's module with weights of its own, and the function that applies it."""
    torch.manual_seed(0)
    build, apply = LAYERS[name]
    module = build()
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return module, apply


def gradients(name, features):
    """Output of a layer, and the gradients of a sum over it in which every value counts differently."""
    module, apply = built(name)
    features = features.detach().requires_grad_()
    out = apply(module.to(features.dtype), features)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (out * weights.to(out)).sum().backward()
    found = [out, features.grad, *(parameter.grad for parameter in module.parameters()), *module.buffers()]
    return [value.double() for value in found if value is not None]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("name", LAYERS)
def test_values_gradients_and_statistics_are_those_of_torch(name, layout, shape):
    features = frames(5, *shape).to(memory_format=layout)
    for ours, expected in zip(gradients(name, features), gradients(name, features.double()), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_not_a_number_stays_so(name):
    features = frames(5)
    features[0, 0, 0, :2] = torch.nan
    module, apply = built(name)
    ours = apply(module, features).isnan()
    assert ours.any()
    assert torch.equal(ours, apply(built(name)[0].double(), features.double()).isnan())


@pytest.mark.parametrize("name", LAYERS)
def test_the_number_of_threads_changes_nothing(name):
    before, found = torch.get_num_threads(), []
    for n_threads in (1, 2, 3):
        torch.set_num_threads(n_threads)
        found.append(gradients(name, frames(5)))
    torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))

"""The compiled kernels give what torch gives: on float64, which they do not take, the layers are torch's own."""

import copy

import pytest
import torch
from torch import nn

from models.kernels import compiled
from models.layers import MaskedBatchNorm, Padding, conv_pool_frames, pool_frames, pool_steps

CPU = torch.device("cpu")
LENGTHS = torch.tensor([9, 1, 4, 5])


def frames(n_channels, n_steps=9, n_columns=7):
    """Activations that are anything but zero where they are padded."""
    values = torch.randn(len(LENGTHS), n_channels, n_steps, n_columns, generator=torch.Generator().manual_seed(1))
    return values.to(memory_format=torch.channels_last)


def padding(n_steps=9):
    return Padding.of(LENGTHS, n_steps, CPU)


def gradients(layer, module, features):
    """Output of a layer, and the gradients of a sum over it in which every value counts differently."""
    features = features.detach().requires_grad_()
    out = layer(module, features)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (out * weights.to(out)).sum().backward()
    found = [out, features.grad, *(parameter.grad for parameter in module.parameters())]
    return [value.double() for value in found if value is not None]


LAYERS = {
    "pooled frames": (nn.Identity(), lambda _, x: pool_frames(x, None)),
    "pooled ragged frames": (nn.Identity(), lambda _, x: pool_frames(x, padding())),
    "pooled steps": (nn.Identity(), lambda _, x: pool_steps(x[:, :, :1].relu())),
    "normalised": (MaskedBatchNorm(5), lambda norm, x: norm(x)),
    "normalised ragged": (MaskedBatchNorm(5), lambda norm, x: norm(x, padding())),
    "normalised ragged, ReLU": (MaskedBatchNorm(5, relu=True), lambda norm, x: norm(x, padding())),
    "evaluated ragged, ReLU": (MaskedBatchNorm(5, relu=True).eval(), lambda norm, x: norm(x, padding())),
}


@pytest.mark.parametrize("name", LAYERS)
def test_values_and_gradients_are_those_of_torch(name):
    module, layer = LAYERS[name]
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    double = copy.deepcopy(module).double()
    for ours, expected in zip(
        gradients(layer, module, frames(5)), gradients(layer, double, frames(5).double()), strict=True
    ):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(9, 7), (8, 6), (1, 2)])
@pytest.mark.parametrize("is_ragged", [False, True])
def test_a_first_convolution_fused_with_its_pooling_is_the_same(shape, is_ragged):
    lengths = LENGTHS.clamp(max=shape[0])
    known = Padding.of(lengths, shape[0], CPU) if is_ragged else None
    conv = nn.Conv2d(1, 6, 3, padding="same")
    double = copy.deepcopy(conv).double()
    weights = torch.randn(len(LENGTHS), 6, -(-shape[0] // 2), shape[1] // 2)
    found = []
    for each in (conv, double):
        out = conv_pool_frames(each, frames(1, *shape).to(each.weight.dtype), known)
        (out * weights.to(out)).sum().backward()
        found.append([value.double() for value in (out, each.weight.grad, each.bias.grad)])
    for ours, expected in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*LAYERS, "first convolution"])
def test_what_is_not_a_number_stays_so(name):
    module, layer = LAYERS.get(name, (nn.Conv2d(1, 5, 3, padding="same"), lambda c, x: conv_pool_frames(c, x, None)))
    features = frames(1 if name == "first convolution" else 5)
    features[0, 0, 0, :2] = torch.nan
    assert layer(module, features).isnan().any()


@pytest.mark.parametrize("name", LAYERS)
def test_the_number_of_threads_changes_nothing(name):
    module, layer = LAYERS[name]
    module, before = copy.deepcopy(module), torch.get_num_threads()
    found = []
    for n_threads in (1, 2, 3):
        torch.set_num_threads(n_threads)
        found.append(gradients(layer, copy.deepcopy(module), frames(5)))
    torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_a_kernel_that_cannot_be_kept_is_compiled_all_the_same():
    space = {}
    exec("def double(first, last, values):\n    for i in range(first, last):\n        values[i] *= 2\n", space)
    values = torch.ones(3).numpy()
    compiled(space["double"])(1, 3, values)
    assert values.tolist() == [1, 2, 2]

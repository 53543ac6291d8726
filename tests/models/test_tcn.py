"""How far the dilated layers see."""

import torch

from models import checks, get_architecture
from models.residual import TimeConv


def test_a_dilated_convolution_is_that_of_spread_out_weights():
    torch.manual_seed(0)
    dilated, spread = TimeConv(2, 3, 3, dilation=4), TimeConv(2, 3, 9)
    with torch.no_grad():
        spread.weight.zero_()
        spread.weight[..., ::4] = dilated.weight
    features = torch.randn(2, 2, 1, 25)
    assert torch.allclose(dilated(features), spread(features), atol=1e-6)


def test_steps_see_ten_seconds_to_either_side():
    architecture = get_architecture("tcn")
    config = architecture.config()
    network = checks.built(architecture, config).eval()
    middle = 1500
    signal = torch.randn(1, 2 * middle, requires_grad=True)
    features = network.stem(signal[:, None, None, :])
    for layer in network.layers:
        features = layer(features, None)
    features[0, :, 0, middle // config.stem_stride].sum().backward()
    seen = (signal.grad[0].nonzero().flatten() - middle).abs() / config.rate
    assert 10.0 < seen.max() < 10.5

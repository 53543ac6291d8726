import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from models import BadShape, BaselineSTFTModel


def signals(*lengths):
    torch.manual_seed(0)
    return [(300 * torch.randn(length)).round() for length in lengths]


def test_it_is_the_notebooks_network():
    shapes = {name: tuple(p.shape) for name, p in BaselineSTFTModel().network.named_parameters()}
    assert shapes["blocks.0.conv.weight"] == (16, 1, 3, 3)
    assert shapes["blocks.1.conv.weight"] == (32, 16, 3, 3)
    assert shapes["rnn.weight_ih_l0"] == (4 * 64, 32 * 32)
    assert shapes["head.weight"] == (4, 64)
    assert len(shapes) == 10


def test_padding_does_not_change_a_score():
    recordings = signals(600, 18300, 9000, 2917)
    model = BaselineSTFTModel().eval()
    lengths = torch.tensor([len(recording) for recording in recordings])
    with torch.inference_mode():
        together = model(pad_sequence(recordings, batch_first=True), lengths)
        alone = torch.cat([model(recording[None], lengths[i : i + 1]) for i, recording in enumerate(recordings)])
    assert together.shape == (4, 4)
    assert (together - alone).abs().max() < 1e-4


def test_a_single_sample_can_be_trained_on():
    logits = BaselineSTFTModel().train()(torch.ones(1, 1), torch.tensor([1]))
    assert logits.isfinite().all()


def test_spectrograms_are_refused():
    with pytest.raises(BadShape, match=r"wants \(batch, time\)"):
        BaselineSTFTModel()(torch.zeros(2, 9, 129), torch.tensor([9, 9]))

import pytest
import torch
from torch import nn

from models.errors import BadShape
from models.layers import ChannelDropout, MaskedBatchNorm, Padding, check_batch, strided_lengths

LENGTHS = torch.tensor([7, 1, 4])
CPU = torch.device("cpu")


def activations(n_steps, seed=0):
    """Signal activations (B, C, 1, T) that are anything but zero where they are padded."""
    return torch.randn(3, 5, 1, n_steps, generator=torch.Generator().manual_seed(seed)) * 3 + 2


def test_nothing_is_padded_when_all_are_as_long_as_the_batch():
    assert Padding.of(torch.tensor([7, 7]), 7, CPU) is None


def test_padding_tells_real_steps():
    padding = Padding.of(torch.tensor([2, 1]), 3, CPU)
    assert padding.real.tolist() == [[True, True, False], [True, False, False]]
    assert padding.rows.tolist() == [0, 1, 3]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_strided_lengths_are_what_a_convolution_leaves(stride):
    conv = nn.Conv1d(1, 1, 5, stride, padding=2)
    for length in range(1, 12):
        assert conv(torch.zeros(1, 1, length)).shape[2] == strided_lengths(torch.tensor([length]), stride).item()


def test_normalisation_of_a_ragged_batch_is_that_of_its_real_steps():
    features, norm, plain = activations(9), MaskedBatchNorm(5), nn.BatchNorm1d(5)
    ragged = norm(features, Padding.of(LENGTHS, 9, CPU))
    together = plain(torch.cat([features[i, :, 0, :n] for i, n in enumerate(LENGTHS)], dim=1).T)
    torch.testing.assert_close(torch.cat([ragged[i, :, 0, :n] for i, n in enumerate(LENGTHS)], dim=1).T, together)
    torch.testing.assert_close(norm.running_mean, plain.running_mean)
    torch.testing.assert_close(norm.running_var, plain.running_var)


def test_normalisation_zeroes_padding():
    norm = MaskedBatchNorm(5)
    nn.init.ones_(norm.bias)
    for training in (True, False):
        ragged = norm.train(training)(activations(9), Padding.of(LENGTHS, 9, CPU))
        assert all((ragged[i, :, :, n:] == 0).all() and (ragged[i, :, :, :n] != 0).any() for i, n in enumerate(LENGTHS))


def test_normalisation_of_spectrogram_frames_agrees_with_and_without_padding():
    frames = torch.randn(3, 5, 6, 4)
    plain, padded = MaskedBatchNorm(5), MaskedBatchNorm(5)
    expected = plain(frames)
    wider = torch.cat([frames, torch.full((3, 5, 2, 4), 9.0)], dim=2)
    torch.testing.assert_close(padded(wider, Padding.of(torch.tensor([6, 6, 6]), 8, CPU))[:, :, :6], expected)
    torch.testing.assert_close(padded.running_var, plain.running_var)


def test_a_lone_step_is_normalised_by_what_was_seen_before():
    norm = MaskedBatchNorm(5)
    norm(activations(9))
    before = norm.running_mean.clone()
    step = activations(1)[:1]
    torch.testing.assert_close(norm(step), norm.eval()(step))
    torch.testing.assert_close(norm.running_mean, before)


def test_dropout_takes_whole_channels_and_keeps_the_mean():
    torch.manual_seed(0)
    dropped = ChannelDropout(0.25)(torch.ones(100, 40, 1, 3))
    assert (dropped == dropped[..., :1]).all()
    assert dropped.mean().item() == pytest.approx(1, abs=0.05)
    assert (ChannelDropout(0.25).eval()(torch.ones(4, 4)) == 1).all()


@pytest.mark.parametrize(
    ("shape", "n_features", "message"),
    [
        ((2, 9), 33, r"\(2, 9\), the network wants \(batch, time, 33\)"),
        ((2, 9, 17), 33, "33"),
        ((2, 9, 3), 0, "front end"),
    ],
)
def test_batches_of_another_shape_are_refused(shape, n_features, message):
    with pytest.raises(BadShape, match=message):
        check_batch(torch.zeros(shape), torch.tensor([9, 9]), n_features=n_features)


@pytest.mark.parametrize("length", [0, -1, 10])
def test_a_length_that_the_batch_has_not_is_refused(length):
    with pytest.raises(BadShape, match=f"a length of {length} in a batch of 9 steps"):
        check_batch(torch.zeros(2, 9), torch.tensor([9, length]), n_features=0)


def test_a_length_too_few_is_refused():
    with pytest.raises(BadShape, match="one length each"):
        check_batch(torch.zeros(2, 9), torch.tensor([9]), n_features=0)

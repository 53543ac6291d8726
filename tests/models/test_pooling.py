"""Pooling over time: what it gives, and that padding is not part of it."""

import pytest
import torch

from models.layers import Padding
from models.pooling import POOLINGS, Attention, MaskedPooling, masked_max, masked_mean

CPU = torch.device("cpu")
LENGTHS = torch.tensor([7, 1, 4])


def steps(n_steps=9):
    """Features (B, T, C) that are anything but zero where they are padded."""
    return torch.randn(3, n_steps, 5, generator=torch.Generator().manual_seed(0)) * 3 + 2


def pooling(kind):
    torch.manual_seed(0)
    return MaskedPooling(kind, 5)


def test_mean_and_maximum_are_those_of_the_real_steps():
    features = torch.tensor([[[0.0, -1], [2, -3], [4, -5]], [[-6, 7], [8, 9], [10, 11]]])
    padding = Padding.of(torch.tensor([3, 1]), 3, CPU)
    assert masked_mean(features, padding).tolist() == [[2, -3], [-6, 7]]
    assert masked_max(features, padding).tolist() == [[4, -1], [-6, 7]]
    assert masked_max(features, None).tolist() == [[4, -1], [10, 11]]


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_recording_is_pooled_to_the_same_whatever_it_is_batched_with(kind):
    pool, features = pooling(kind), steps()
    together = pool(features, Padding.of(LENGTHS, 9, CPU))
    alone = torch.cat([pool(features[i : i + 1, :n], None) for i, n in enumerate(LENGTHS)])
    assert together.shape == (3, pool.n_out)
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("kind", POOLINGS)
def test_nothing_is_learned_from_padding(kind):
    features = steps().requires_grad_()
    pooling(kind)(features, Padding.of(LENGTHS, 9, CPU)).square().sum().backward()
    for i, n in enumerate(LENGTHS):
        assert features.grad[i, :n].any() and not features.grad[i, n:].any()


@pytest.mark.parametrize("kind", ["mean", "max", "attention"])
def test_a_lone_step_is_what_it_is_pooled_to(kind):
    features = steps()
    torch.testing.assert_close(pooling(kind)(features, Padding.of(LENGTHS, 9, CPU))[1], features[1, 0])
    torch.testing.assert_close(pooling(kind)(features[1:2, :1], None), features[1:2, 0])


def test_attention_weighs_real_steps_only():
    torch.manual_seed(0)
    attention = Attention(5)
    weights = attention(steps(), Padding.of(LENGTHS, 9, CPU))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    for row, n in zip(weights, LENGTHS, strict=True):
        assert (row[:n] > 0).all() and (row[n:] == 0).all()


def test_attention_can_pick_a_step():
    torch.manual_seed(0)
    pool, labels = MaskedPooling("attention", 5), torch.arange(64) % 2
    features = torch.randn(64, 40, 5) * 0.1
    features[torch.arange(64), torch.arange(64) % 40, labels] += 4  # one step of forty tells
    head = torch.nn.Linear(5, 2)
    optimizer = torch.optim.Adam([*pool.parameters(), *head.parameters()], 0.01)
    for _ in range(100):
        loss = torch.nn.functional.cross_entropy(head(pool(features, None)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    picked = pool.attention(features, None)[torch.arange(64), torch.arange(64) % 40]
    assert picked.min() > 0.5


def test_half_precision_keeps_long_recordings_exact():
    features = torch.ones(2, 3000, 5, dtype=torch.bfloat16)
    padding = Padding.of(torch.tensor([3000, 1000]), 3000, CPU)
    assert (masked_mean(features, padding) == 1).all()
    attention = Attention(5).bfloat16()
    torch.testing.assert_close(attention(features, padding).sum(dim=1), torch.ones(2))

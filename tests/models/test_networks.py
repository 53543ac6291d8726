"""What every architecture promises, whatever its settings."""

import random

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from models import BadShape, architecture_names, get_architecture
from models.pooling import POOLINGS

SECONDS = (2.0, 61.0, 30.0, 9.7, 30.0)
N_CLASSES = 4

# Beside its defaults, each architecture is proved at settings that turn on what the defaults leave off.
CASES = {
    "stft_crnn": {
        "blocks": 4,
        "batch_norm": True,
        "rnn": "gru",
        "bidirectional": True,
        "pooling": "last",
        "dropout": 0.3,
    },
    "resnet1d": {"stem_stride": 4, "stages": 7, "blocks": 2, "kernel": 8, "pooling": "mean", "dropout": 0.3},
    "crnn1d": {"stem_stride": 4, "stages": 3, "blocks": 2, "kernel": 8, "hidden": 32, "pooling": "max", "dropout": 0.3},
}


def drawn(name, seed):
    """Settings drawn from the architecture's ranges."""
    rng = random.Random(seed)
    settings = {}
    for setting, allowed in get_architecture(name).ranges.items():
        if not isinstance(allowed, dict):
            settings[setting] = allowed
        elif "choices" in allowed:
            settings[setting] = rng.choice(allowed["choices"])
        elif isinstance(allowed["low"], float):
            settings[setting] = rng.uniform(allowed["low"], allowed["high"])
        else:
            settings[setting] = rng.randrange(allowed["low"], allowed["high"] + 1, allowed.get("step", 1))
    return settings


NETWORKS = [name for name in architecture_names() if get_architecture(name).trainer == "network"]
EVERY = [(name, {}) for name in NETWORKS]
SPECIAL = EVERY + [(name, CASES.get(name, {})) for name in NETWORKS]
POOLED = SPECIAL + [(name, {"pooling": kind}) for name in NETWORKS for kind in POOLINGS]
MANY = POOLED + [(name, drawn(name, seed)) for name in NETWORKS for seed in range(4)]


def built(name, settings, seed=0):
    torch.manual_seed(seed)
    architecture = get_architecture(name)
    return architecture.build(architecture.config(**settings), N_CLASSES)


def items(name, settings, seconds):
    """Noise of these durations as the architecture wants it."""
    architecture = get_architecture(name)
    front_end = architecture.front_end(architecture.config(**settings))
    rng = np.random.default_rng(0)
    signals = [rng.normal(size=max(1, int(s * front_end.source().rate))).astype(np.float32) for s in seconds]
    return [torch.from_numpy(front_end.from_signal(signal)) for signal in signals]


def as_batch(recordings, extra=0):
    """Pad to the longest and `extra` steps more."""
    lengths = torch.tensor([len(recording) for recording in recordings])
    inputs = pad_sequence(recordings, batch_first=True)
    return torch.cat([inputs, torch.zeros(len(inputs), extra, *inputs.shape[2:])], dim=1), lengths


def moved(network, inputs, lengths):
    """Give weights and running statistics values that no initialisation has."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0  # one batch is all the statistics there are
    network.train()(inputs, lengths)
    return network.eval()


def test_every_architecture_has_a_case():
    assert set(CASES) == set(NETWORKS)


@pytest.mark.parametrize(("name", "settings"), MANY)
def test_padding_does_not_change_a_score(name, settings):
    recordings = items(name, settings, SECONDS)
    network = moved(built(name, settings), *as_batch(recordings))
    with torch.inference_mode():
        together = network(*as_batch(recordings))
        alone = torch.cat([network(*as_batch([recording])) for recording in recordings])
    assert together.shape == (len(SECONDS), N_CLASSES)
    assert (together - alone).abs().max() < 1e-4
    assert together.std(0).max() > 1e-3, "the scores tell recordings apart at all"


@pytest.mark.parametrize("seconds", [(8.0, 8.0, 8.0), (2.0, 8.0, 5.1)], ids=["equal", "ragged"])
@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_padding_does_not_enter_training(name, settings, seconds):
    results = []
    for extra in (0, 1000):
        network = built(name, settings).double().train()
        inputs, lengths = as_batch(items(name, settings, seconds), extra)
        torch.manual_seed(1)  # the same dropout
        loss = torch.nn.functional.cross_entropy(network(inputs.double(), lengths), torch.arange(len(seconds)))
        loss.backward()
        gradients = {f"{n}.grad": p.grad for n, p in network.named_parameters()}
        results.append({"loss": loss.detach(), **gradients, **dict(network.named_buffers())})
    for key in results[0]:
        torch.testing.assert_close(results[1][key], results[0][key], rtol=1e-7, atol=1e-9, msg=key)


@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_gradients_reach_every_parameter(name, settings):
    network = built(name, settings).train()
    inputs, lengths = as_batch(items(name, settings, (4.0, 9.0, 30.0)))
    network(inputs, lengths).square().sum().backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert dead == []


@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_a_single_step_alone_can_be_trained_on(name, settings):
    network = built(name, settings).train()
    inputs, lengths = as_batch(items(name, settings, (0.0,)))
    assert inputs.shape[:2] == (1, 1)
    logits = network(inputs, lengths)
    logits.sum().backward()
    assert logits.isfinite().all()
    assert all(p.grad.isfinite().all() for p in network.parameters())
    assert all(buffer.isfinite().all() for buffer in network.buffers())


@pytest.mark.parametrize(("name", "settings"), SPECIAL)
def test_state_goes_from_one_network_to_another(name, settings):
    inputs, lengths = as_batch(items(name, settings, (5.0, 9.0)))
    network = moved(built(name, settings), inputs, lengths)
    other = built(name, settings, seed=1).eval()
    other.load_state_dict(network.state_dict())
    with torch.inference_mode():
        assert torch.equal(other(inputs, lengths), network(inputs, lengths))


@pytest.mark.parametrize(("name", "settings"), EVERY)
def test_two_rhythms_are_learned(name, settings):
    architecture = get_architecture(name)
    front_end = architecture.front_end(architecture.config())
    rng = np.random.default_rng(0)
    times = np.arange(3 * front_end.source().rate) / front_end.source().rate
    signals = [8 * np.sin(np.pi * (1 + i % 2) * times) ** 40 + rng.normal(size=len(times)) for i in range(8)]
    inputs, lengths = as_batch([torch.from_numpy(front_end.from_signal(s.astype(np.float32))) for s in signals])
    labels = torch.arange(8) % 2
    network = built(name, settings).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(network(inputs, lengths), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (network.eval()(inputs, lengths).argmax(1) == labels).all()


@pytest.mark.parametrize(("name", "settings"), EVERY)
def test_input_of_another_front_end_is_refused(name, settings):
    with pytest.raises(BadShape, match="check its front end"):
        built(name, settings)(torch.zeros(2, 50, 3), torch.tensor([50, 50]))

"""What every architecture promises, whatever its settings."""

import random

import numpy as np
import pytest
import torch

from models import BadShape, architecture_names, checks, get_architecture
from models.pooling import POOLINGS

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
    "beat_rnn": {"width": 32, "hidden": 32, "pooling": "attention", "dropout": 0.3},
    "tcn": {"stem_stride": 5, "layers": 8, "kernel": 4, "pooling": "mean", "dropout": 0.3},
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


def made(name, settings):
    """An architecture and a config of it, as checks take them."""
    architecture = get_architecture(name)
    return architecture, architecture.config(**settings)


@pytest.mark.parametrize("name", architecture_names())
def test_every_check_is_passed_at_the_defaults(name):
    assert list(checks.check(get_architecture(name))) == list(checks.CHECKS)


def test_every_architecture_has_a_case():
    assert set(CASES) == set(NETWORKS)


@pytest.mark.parametrize(("name", "settings"), MANY)
def test_padding_does_not_change_a_score(name, settings):
    checks.check_padding_changes_no_score(*made(name, settings))


@pytest.mark.parametrize("seconds", [(8.0, 8.0, 8.0), (2.0, 8.0, 5.1)], ids=["equal", "ragged"])
@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_padding_does_not_enter_training(name, settings, seconds):
    checks.check_padding_does_not_enter_training(*made(name, settings), torch.float64, seconds)


@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_gradients_reach_every_parameter(name, settings):
    checks.check_gradients(*made(name, settings))


@pytest.mark.parametrize(("name", "settings"), POOLED)
def test_a_single_step_alone_can_be_trained_on(name, settings):
    (item,) = checks.random_items(*made(name, settings), (0.0,))
    assert len(item) == 1
    checks.check_a_recording_alone(*made(name, settings))


@pytest.mark.parametrize(("name", "settings"), SPECIAL)
def test_state_goes_from_one_network_to_another(name, settings):
    checks.check_state_comes_back(*made(name, settings))


@pytest.mark.parametrize(("name", "settings"), EVERY)
def test_two_rhythms_are_learned(name, settings):
    architecture = get_architecture(name)
    front_end = architecture.front_end(architecture.config())
    rng = np.random.default_rng(0)
    times = np.arange(3 * front_end.source().rate) / front_end.source().rate
    signals = [8 * np.sin(np.pi * (1 + i % 2) * times) ** 40 + rng.normal(size=len(times)) for i in range(8)]
    inputs, lengths = checks.as_batch([torch.from_numpy(front_end.from_signal(s.astype(np.float32))) for s in signals])
    labels = torch.arange(8) % 2
    network = checks.built(*made(name, settings)).train()
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
        checks.built(*made(name, settings))(torch.zeros(2, 50, 3), torch.tensor([50, 50]))

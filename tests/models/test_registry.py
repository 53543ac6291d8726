import dataclasses
import subprocess
import sys

import pytest

import models
from models import UnknownArchitecture, architecture_names, get_architecture


def lies_inside(value, allowed):
    if not isinstance(allowed, dict):
        return value == allowed
    if "choices" in allowed:
        return value in allowed["choices"]
    steps = (value - allowed["low"]) / allowed.get("step", 1)
    return allowed["low"] <= value <= allowed["high"] and (isinstance(value, float) or steps == int(steps))


@pytest.mark.parametrize("name", architecture_names())
def test_ranges_cover_every_setting_and_hold_its_default(name):
    architecture = get_architecture(name)
    defaults = dataclasses.asdict(architecture.config())
    assert set(architecture.ranges) == set(defaults)
    for setting, value in defaults.items():
        assert lies_inside(value, architecture.ranges[setting]), setting


@pytest.mark.parametrize("name", architecture_names())
def test_settings_are_plain_values(name):
    for value in dataclasses.asdict(get_architecture(name).config()).values():
        assert isinstance(value, str | int | float | bool)


@pytest.mark.parametrize("name", architecture_names())
def test_front_ends_are_at_the_settings_rate(name):
    architecture = get_architecture(name)
    for rate in architecture.ranges.get("rate", {"choices": []})["choices"]:
        assert architecture.front_end(architecture.config(rate=rate)).source().rate == rate


def test_unknown_architecture_names_the_known_ones():
    with pytest.raises(UnknownArchitecture, match="'resnet': use one of stft_crnn, resnet1d, crnn1d"):
        get_architecture("resnet")


def test_naming_the_architectures_loads_no_torch():
    code = (
        "import sys; from models import architecture_names; architecture_names();"
        "sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", models.__all__)
def test_exported_names_are_there(name):
    assert getattr(models, name).__name__ == name


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = models.nothing

import subprocess
import sys

import pytest

import models
from models import UnknownArchitecture, architecture_names, get_architecture
from models.contract import check_contract


@pytest.mark.parametrize("name", architecture_names())
def test_every_architecture_keeps_the_contract(name):
    architecture = get_architecture(name)
    assert check_contract(architecture) is architecture
    assert architecture.name == name


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

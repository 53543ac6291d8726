"""Devices that are there, and names of others."""

import pytest
import torch

from tuner.errors import TunerError
from tuner.training.device import share_devices, torch_device


def test_every_machine_has_a_device() -> None:
    assert torch_device("cpu") == torch.device("cpu")
    assert torch_device("auto").type in ("cpu", "cuda")
    assert share_devices("cpu", 3) == ["cpu"] * 3


@pytest.mark.parametrize("name", ["meta", "cuda:99", "xpu", "abacus", "cpu\x1b[31m", ""])
def test_a_device_that_computes_nothing_here_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(TunerError) as caught:
        torch_device(name)
    assert str(caught.value).startswith("--device ") and "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)

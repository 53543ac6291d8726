"""Compiled kernels: kept for the next process where they can be, and compiled all the same where they cannot."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_pipeline.compilation import compiled

ROOT = Path(__file__).parents[2]
DOUBLE = "def double(first, last, values):\n    for i in range(first, last):\n        values[i] *= 2\n"
MODULE = f"""
import numpy as np

from data_pipeline.compilation import compiled


@compiled
{DOUBLE}

values = np.ones(3)
for _ in range(2):
    double(1, 3, values)
assert values.tolist() == [1, 4, 4], values
"""
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
"""Every write to a file fails, as on a full disk."""


def test_a_kernel_of_no_file_is_compiled_all_the_same() -> None:
    space: dict[str, Any] = {}
    exec(DOUBLE, space)
    values = np.ones(3, np.float32)
    compiled(space["double"])(1, 3, values)
    assert values.tolist() == [1, 2, 2]


@pytest.mark.parametrize(("before", "are_kept"), [("", True), (FULL, False)])
def test_a_full_disk_keeps_nobody_from_a_kernel(tmp_path: Path, before: str, are_kept: bool) -> None:
    module = tmp_path / "kernel.py"
    module.write_text(before + MODULE)
    for _ in range(2):  # what is left of the first must not be in the way of the second
        done = subprocess.run(
            [sys.executable, module], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        assert bool(list(tmp_path.rglob("*.nbc"))) == are_kept

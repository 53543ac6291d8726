"""Loads mutants of a bundle, in a process of its own: it must neither crash nor hang nor show a traceback.

    python tests/bundle/mutants.py BUNDLE SCRATCH FIRST_SEED HOW_MANY

Each mutant has fresh checksums. It predicts finite probabilities, or is refused in one line. The seed of each is
printed before it is tried, so that whoever watches knows which one ended the process.
"""

import json
import random
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from mutation import mutate_bytes, mutate_json
from small_bundle import NETWORK, RATE, TREES, recordings, retouch

from tuner.bundle import load_bundle
from tuner.bundle.files import MANIFEST, SUMS
from tuner.errors import BundleError, UntrustedCode
from tuner.training.tensors import load_tensors, pack_tensors

LONGEST_S = 30


def mutate(bundle: Path, rng: random.Random) -> None:
    """Change one file of a bundle."""
    match rng.randrange(10):
        case 0 | 1 | 2:
            retouch(bundle, MANIFEST, mutate_json(json.loads((bundle / MANIFEST).read_text()), rng))
        case 3 | 4 | 5:
            retouch(bundle, TREES, mutate_json(json.loads((bundle / TREES).read_text()), rng))
        case 6:
            retouch(bundle, NETWORK, _other_tensors(bundle / NETWORK, rng))
        case 7 | 8:
            file = rng.choice([MANIFEST, TREES, NETWORK])
            retouch(bundle, file, mutate_bytes((bundle / file).read_bytes(), rng))
        case 9:
            (bundle / SUMS).write_bytes(mutate_bytes((bundle / SUMS).read_bytes(), rng))


def _other_tensors(path: Path, rng: random.Random) -> bytes:
    """Change a tensor and write the checksum inside the file anew, too."""
    tensors, about = load_tensors(path)
    name = rng.choice(sorted(tensors))
    tensor = tensors[name]
    match rng.randrange(7):
        case 0:
            tensors[name] = tensor[None]
        case 1:
            tensors[name] = tensor.to(rng.choice([torch.float64, torch.float16, torch.int8, torch.bool]))
        case 2:
            del tensors[name]
        case 3:
            tensors["later"] = tensor.clone()
        case 4:
            value = rng.choice([float("nan"), float("inf"), 1e38, -1e38, -1.0, 0.0])
            tensors[name] = torch.full(tensor.shape, value).to(tensor.dtype)
        case 5:
            tensors[name] = tensor.flatten()[: rng.randrange(tensor.numel() + 1)].clone()
        case 6:
            tensors = {name: weights * rng.choice([1e30, 1e-30, -1]) for name, weights in tensors.items()}
    return pack_tensors(tensors, about)


def try_out(bundle: Path) -> str:
    """Load a bundle and predict with it; return how it went."""
    try:
        loaded = load_bundle(bundle, torch.device("cpu"))
        said = loaded.predict(*recordings(), loaded.manifest.rate if loaded.manifest.rate < 1000 else RATE)
    except (BundleError, UntrustedCode) as refusal:
        assert "\n" not in str(refusal) and len(str(refusal)) < 1500, str(refusal)
        return "refused"
    assert np.isfinite(said).all() and np.allclose(said.sum(1), 1, atol=1e-3), said
    return "predicted"


def main(bundle: Path, scratch: Path, first: int, n: int) -> None:
    """Try `n` mutants."""
    went = Counter[str]()
    for seed in range(first, first + n):
        print(seed, flush=True)  # noqa: T201
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(bundle, scratch)
        mutate(scratch, random.Random(seed))
        signal.alarm(LONGEST_S)  # which ends the process
        went[try_out(scratch)] += 1
        signal.alarm(0)
    print(dict(went))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))

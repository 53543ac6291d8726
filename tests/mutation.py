"""Changes what a program reads, as damage or an attacker would; everything is drawn from a seeded generator."""

import copy
import json
import random
from typing import Any

EXTREMES: list[Any] = [
    *(0, -1, 1, 2, 3, 255, 2**16, 2**31 - 2, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, -(2**31), -(2**63), 10**30),
    *(0.5, -0.5, 1e-320, 1e38, 1e39, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *("", "x", "0", "-1", "1", "99999999", "2147483648", "1e999", "[1E0,2E0]", "nan", "\0", "a" * 10_000, "../../x"),
    *(None, True, False, [], {}, [[]], [0] * 5000, [{}], {"x": 1}, {"a": {"b": [1]}}),
]
"""Values that are the least, the largest, of another type, or none."""


def mutate_bytes(content: bytes, rng: random.Random) -> bytes:
    """Flip, cut, repeat or overwrite some bytes."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        if not data:
            return b"\0"
        at = rng.randrange(len(data))
        match rng.randrange(6):
            case 0 | 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                data[at : at + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80"])
            case 3:
                del data[at : at + rng.choice([1, 4, 8, 100])]
            case 4:
                data[at:at] = data[at : at + rng.choice([1, 8, 64])]
            case 5:
                data[at : at + 8] = rng.randbytes(8)
    return bytes(data)


def mutate_json(data: Any, rng: random.Random) -> str:
    """Change one to three values anywhere in plain data, and write it as JSON, with NaN and whatever else comes."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if data:
            _change_one(data, rng)
    text = json.dumps(data)
    if rng.random() < 0.05:
        text = rng.choice(
            ["[" * 100_000, '{"a":' * 100_000, text + text, text[:-1], text.replace("{", '{"format":2,', 1)]
        )
    return text


def _change_one(data: Any, rng: random.Random) -> None:
    holder, key = _somewhere(data, rng)
    value = holder[key]
    match rng.randrange(8):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(value, list) and value:
            value.append(copy.deepcopy(rng.choice(value)))
        case 2 if isinstance(value, list) and value:
            value.pop(rng.randrange(len(value)))
        case 3 if isinstance(value, list) and value:
            rng.shuffle(value)
        case 4 if isinstance(value, list) and value:
            holder[key] = value * rng.choice([2, 1000 if len(value) < 10 else 3])
        case 5 if type(value) in (int, float):
            holder[key] = value + rng.choice([-1, 1, 7, 1000, -(10**6)])
        case 6 if isinstance(holder, dict):
            holder[rng.choice(["later", "x" * 1000, ""])] = rng.choice(EXTREMES)
        case _:
            holder[key] = copy.deepcopy(rng.choice(EXTREMES))


def _somewhere(data: Any, rng: random.Random) -> tuple[Any, Any]:
    """Walk down from the top to any depth, and return what holds the value there, and under which key."""
    while True:
        key = rng.choice(list(data)) if isinstance(data, dict) else rng.randrange(len(data))
        below = data[key]
        is_leaf = not isinstance(below, dict | list) or not below
        if is_leaf or rng.random() < 0.15:
            return data, key
        data = below

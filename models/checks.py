"""Checks of what every architecture must keep, on small random data.

The tests check the architectures of this package, and `tuner models` checks a person's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from data_pipeline.front_ends import FrontEnd
from models.architecture import Architecture
from models.errors import FailedCheck, described
from models.module_files import fault_in_module

N_CLASSES = 4
SECONDS = (2.0, 61.0, 30.0, 9.7, 30.0)
RATE = 300.0
"""Sampling rate of the random recordings, in hertz."""

LENGTHS = (1, 2, 127, 999)
"""Samples of the recordings by which front ends are checked."""

EXTRA = 1000
"""Additional steps of padding beyond the longest recording."""

_TOLERANCES = {torch.float32: (1e-3, 1e-4), torch.float64: (1e-7, 1e-9)}
"""Largest relative and absolute difference that another order of sums may make."""

Check = Callable[[Architecture, Any], None]


def check(architecture: Architecture) -> Iterator[str]:
    """Check an architecture at its default settings.

    Yields
    ------
    str
        Name of each check that has passed.

    Raises
    ------
    FailedCheck
        If a check fails, or the architecture's own code raises an error in it; later checks are not made.
    """
    for name, one in CHECKS.items():
        try:
            one(architecture, architecture.config())
        except FailedCheck as error:
            raise FailedCheck(f"{architecture.name}: not proved: {name}: {error}") from error
        except (Exception, SystemExit) as error:
            fault = fault_in_module(error) or described(error)
            raise FailedCheck(f"{architecture.name}: not proved: {name}: {fault}") from error
        yield name


def built(architecture: Architecture, config: Any, seed: int = 0) -> nn.Module:
    """Build the model of a config, with the initial weights of a seed."""
    torch.manual_seed(seed)
    return architecture.build(config, N_CLASSES)


def random_items(architecture: Architecture, config: Any, seconds: tuple[float, ...]) -> list[Tensor]:
    """Return the architecture's inputs for noise of these durations, at least one sample long."""
    front_end = architecture.front_end(config)
    return [torch.from_numpy(front_end.of(_noise(int(s * RATE)), 1.0, RATE)) for s in seconds]


def as_batch(items: list[Tensor], extra: int = 0) -> tuple[Tensor, Tensor]:
    """Pad to the longest and `extra` steps more; return the batch and the lengths."""
    lengths = torch.tensor([len(item) for item in items])
    inputs = pad_sequence(items, batch_first=True)
    return torch.cat([inputs, torch.zeros(len(inputs), extra, *inputs.shape[2:])], dim=1), lengths


def with_moved_weights(model: nn.Module, inputs: Tensor, lengths: Tensor) -> nn.Module:
    """Change the weights and running statistics, so that they differ from their initial values."""
    torch.manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 1.0  # the running statistics become those of one batch
    model.train()(inputs, lengths)
    return model.eval()


def check_front_end_is_a_value(architecture: Architecture, config: Any) -> None:
    """Refuse a front end that lacks an attribute, or of which two with the same settings are not equal."""
    one, other = architecture.front_end(config), architecture.front_end(config)
    lacking = [name for name in dir(FrontEnd) if not name.startswith("_") and not hasattr(one, name)]
    if lacking:
        raise FailedCheck(f"{type(one).__name__} lacks {lacking[0]}: see data_pipeline.front_ends.FrontEnd")
    if one != other or hash(one) != hash(other) or repr(one) != repr(other):
        raise FailedCheck(f"two {one!r} of the same settings are not equal: make it a frozen dataclass")
    if not re.fullmatch(r"[a-z0-9_]+", one.name):
        raise FailedCheck(f"its name {one.name!r} begins the names of files: use small letters, digits and _")


def check_front_end_takes_any_length(architecture: Architecture, config: Any) -> None:
    """Refuse items whose shape or type differs from the announced one, or with infinite values."""
    front_end = architecture.front_end(config)
    for n in LENGTHS:
        for rate in (RATE, 257.3):
            item = front_end.of(_noise(n), 1.0, rate)
            (steps,) = front_end.n_steps(front_end.source().n_samples(np.array([n]), rate)).tolist()
            shape = (steps, front_end.n_features) if front_end.n_features else (steps,)
            if item.shape != shape or item.dtype != np.float32:
                raise FailedCheck(
                    f"{n} samples at {rate:g} Hz give {item.dtype}{item.shape}, announced is float32{shape}"
                )
            if np.isinf(item).any():
                raise FailedCheck(f"{n} samples at {rate:g} Hz give infinite values")


def check_front_end_forms_agree(architecture: Architecture, config: Any) -> None:
    """Refuse a front end whose items of a batch differ from those of single signals, or fill the padding."""
    front_end = architecture.front_end(config)
    signals = [front_end.source().of(_noise(n), 1.0, RATE) for n in LENGTHS]
    batch, lengths = as_batch([torch.from_numpy(signal) for signal in signals])
    together = front_end.from_signals(batch, lengths).numpy()
    for row, signal in zip(together, signals, strict=True):
        alone = front_end.from_signal(signal)
        if row[: len(alone)].shape != alone.shape or not np.allclose(row[: len(alone)], alone, 0, 1e-3, equal_nan=True):
            raise FailedCheck("from_signals and from_signal make different items of the same signal")
        if row[len(alone) :].any():
            raise FailedCheck("from_signals leaves other values than zeros beyond the end of an item")


def check_ranges_can_be_built(architecture: Architecture, config: Any) -> None:
    """Refuse ranges with an end or a choice for which no model, or no front end, can be built."""
    for name, allowed in architecture.ranges.items():
        for value in _ends(allowed):
            changed = replace(config, **{name: value})
            try:
                architecture.front_end(changed)
                built(architecture, changed)
            except (Exception, SystemExit) as error:
                fault = fault_in_module(error) or described(error)
                raise FailedCheck(f"{name} = {value!r}: {fault}") from error


def check_logits(architecture: Architecture, config: Any) -> None:
    """Refuse a model that its trainer cannot take, or without one finite float32 logit per class and recording."""
    model = built(architecture, config)
    if architecture.trainer == "boosting":
        from models.feature_boosting import FeatureBoosting  # slow to import

        if not isinstance(model, FeatureBoosting):
            raise FailedCheck(f"build gives a {type(model).__name__}: the trainer boosting needs a FeatureBoosting")
    for mode in (True, False):
        logits = model.train(mode)(*as_batch(random_items(architecture, config, (4.0, 9.7, 5.0))))
        if logits.shape != (3, N_CLASSES) or logits.dtype != torch.float32:
            raise FailedCheck(
                f"3 recordings of {N_CLASSES} classes give {logits.dtype} {tuple(logits.shape)}, "
                f"expected is torch.float32 {(3, N_CLASSES)}"
            )
        if not logits.isfinite().all():
            raise FailedCheck("some logits are not finite")


def check_padding_changes_no_score(architecture: Architecture, config: Any) -> None:
    """Refuse a model whose logits depend on the other recordings of a batch."""
    items = random_items(architecture, config, SECONDS)
    model = with_moved_weights(built(architecture, config), *as_batch(items))
    with torch.inference_mode():
        together = model(*as_batch(items))
        alone = torch.cat([model(*as_batch([item])) for item in items])
    difference = float((together - alone).abs().max())
    if not difference < 1e-4 * max(1.0, float(alone.abs().max())):
        raise FailedCheck(f"a logit changes by {difference:.2g}: keep steps beyond `lengths` out of every layer")
    if list(model.parameters()) and not together.std(0).max() > 1e-3:
        raise FailedCheck("all recordings have the same logits")


def check_padding_does_not_enter_training(
    architecture: Architecture,
    config: Any,
    dtype: torch.dtype = torch.float32,
    seconds: tuple[float, ...] = (2.0, 8.0, 5.1),
) -> None:
    """Refuse a model whose loss, gradients or running statistics change with the padding."""
    items = random_items(architecture, config, seconds)
    bare, padded = (_trained_on(architecture, config, *as_batch(items, extra), dtype) for extra in (0, EXTRA))
    relative, absolute = _TOLERANCES[dtype]
    for name, value in bare.items():
        if not torch.allclose(padded[name], value, relative, absolute):
            difference = float((padded[name] - value).abs().max())
            raise FailedCheck(f"{name} changes by {difference:.2g}: keep steps beyond `lengths` out of every layer")


def check_gradients(architecture: Architecture, config: Any) -> None:
    """Refuse a model with parameters that get no gradient."""
    model = built(architecture, config).train()
    logits = model(*as_batch(random_items(architecture, config, (4.0, 9.0, 30.0))))
    parameters = dict(model.named_parameters())
    if parameters:
        logits.square().sum().backward()
    if dead := [name for name, one in parameters.items() if one.grad is None or not one.grad.any()]:
        raise FailedCheck(f"no gradient reaches {dead[0]}: use it in forward, or leave it out")


def check_a_recording_alone(architecture: Architecture, config: Any) -> None:
    """Refuse a model that fails on a batch of one recording, be it long or of a single step."""
    (long,) = random_items(architecture, config, (9.7,))
    (short,) = random_items(architecture, config, (0.0,))
    noise = np.random.default_rng(0).normal(size=short.shape).astype(np.float32)  # one sample minus its median is zero
    for item in (long, torch.from_numpy(noise)):
        model = built(architecture, config)
        inputs, lengths = as_batch([item])
        logits = model.train()(inputs, lengths)
        if list(model.parameters()):
            logits.sum().backward()
        scores = model.eval()(inputs, lengths)
        kept = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        values = [logits, scores, *kept.values(), *(one.grad for one in kept.values() if one.grad is not None)]
        if not all(value.isfinite().all() for value in values):
            raise FailedCheck(f"a batch of one recording of {len(item)} steps gives values that are not finite")


def check_state_comes_back(architecture: Architecture, config: Any) -> None:
    """Refuse a model that predicts differently after its state was saved and loaded."""
    inputs, lengths = as_batch(random_items(architecture, config, (5.0, 9.0)))
    model = with_moved_weights(built(architecture, config), inputs, lengths)
    stored = save({name: tensor.contiguous() for name, tensor in model.state_dict().items()})
    other = built(architecture, config, seed=1).eval()
    other.load_state_dict(load(stored))
    with torch.inference_mode():
        if not torch.equal(other(inputs, lengths), model(inputs, lengths)):
            raise FailedCheck("scores differ afterwards: register whatever is learnt as parameter or buffer")


CHECKS: Mapping[str, Check] = {
    "its front end is a value": check_front_end_is_a_value,
    "any recording has an item, however short": check_front_end_takes_any_length,
    "both forms of its front end agree": check_front_end_forms_agree,
    "all ends of its ranges can be built": check_ranges_can_be_built,
    "a batch gives logits": check_logits,
    "padding changes no score": check_padding_changes_no_score,
    "padding does not enter training": check_padding_does_not_enter_training,
    "a gradient reaches every parameter": check_gradients,
    "a recording can come alone": check_a_recording_alone,
    "its state comes back from a file": check_state_comes_back,
}
"""All checks by name, in the order in which they are made."""


def _noise(n: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.rint(np.random.default_rng(n).normal(0, 300, max(n, 1))).astype(np.int16)


def _ends(allowed: Any) -> tuple[Any, ...]:
    """Return both ends of a range, all its choices, or its one value."""
    if not isinstance(allowed, Mapping):
        return (allowed,)
    return tuple(allowed["choices"]) if "choices" in allowed else (allowed["low"], allowed["high"])


def _trained_on(
    architecture: Architecture, config: Any, inputs: Tensor, lengths: Tensor, dtype: torch.dtype
) -> dict[str, Tensor]:
    """Return the loss, the gradients and the buffers after one batch."""
    model = built(architecture, config).to(dtype).train()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.eval()  # its random numbers depend on the padded shape, which is no fault
    torch.manual_seed(1)  # other kinds of dropout draw the same numbers
    loss = nn.functional.cross_entropy(model(inputs.to(dtype), lengths), torch.arange(len(inputs)) % N_CLASSES)
    if list(model.parameters()):
        loss.backward()  # type: ignore[no-untyped-call]
    gradients = {f"the gradient of {name}": one.grad for name, one in model.named_parameters() if one.grad is not None}
    return {"the loss": loss.detach(), **gradients, **dict(model.named_buffers())}

"""Predictions of a recording do not depend on what it is predicted with."""

import numpy as np
import pytest
import torch

from data_pipeline import Augmentation, Cache
from models import get_architecture
from tuner.training.prediction import predict

DISTURBED = Augmentation(gain=0.2, resample=0.2, noise=0.1, burst=0.5)


@pytest.mark.parametrize("augmentation", [None, DISTURBED])
@pytest.mark.parametrize("name", ["resnet1d", "crnn1d"])
def test_company_and_order_make_no_difference(cache: Cache, name: str, augmentation: Augmentation | None) -> None:
    torch.manual_seed(0)
    architecture = get_architecture(name)
    settings = architecture.config(width=8, stages=3)
    models, front_end = [architecture.build(settings, 4) for _ in range(2)], architecture.front_end(settings)
    source, device = front_end.source(), torch.device("cpu")

    def predicted(indices: list[int]) -> np.ndarray:  # type: ignore[type-arg]
        def item(k: int) -> np.ndarray:  # type: ignore[type-arg]
            i = indices[k]
            return source.of(cache.signal(i), float(cache.scale[i]), cache.rate)

        return predict(models, front_end, cache.lengths[indices], item, device, augmentation)

    together = predicted(list(range(20)))
    assert together.shape == (2, 20, 4) and np.allclose(together.sum(2), 1, atol=1e-5)
    assert not np.allclose(together[0], together[1])
    backwards = predicted(list(range(19, -1, -1)))
    assert np.allclose(backwards[:, ::-1], together, atol=1e-5)
    for i in (3, 11):
        assert np.allclose(predicted([i])[:, 0], together[:, i], atol=1e-5)


def test_disturbed_versions_are_averaged_with_the_recording_as_it_is(cache: Cache) -> None:
    torch.manual_seed(0)
    architecture = get_architecture("resnet1d")
    settings = architecture.config(width=8, stages=3)
    model, front_end = architecture.build(settings, 4), architecture.front_end(settings)
    signal = front_end.of(cache.signal(0), float(cache.scale[0]), cache.rate)
    lengths, device = np.array([len(signal)]), torch.device("cpu")

    def once(changed: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return predict([model], front_end, lengths, lambda i: changed, device)[0, 0]

    views = [DISTURBED.of(signal, front_end.rate, seed=0, epoch=view, recording=0) for view in range(4)]
    expected = np.mean([once(signal), *map(once, views)], axis=0)
    found = predict([model], front_end, lengths, lambda i: signal, device, DISTURBED)[0, 0]
    assert np.allclose(found, expected, atol=1e-6) and not np.allclose(found, once(signal), atol=1e-4)

"""Splits and folds whose parts share no group and no identical recordings."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_pipeline.cache import Cache
from data_pipeline.errors import DataError, LeakingSplit, first_few
from data_pipeline.recordings import Indices

FEW_RECORDINGS = 300
"""Number of labelled recordings below which ten folds pay: a fold of them has fewer than 60 recordings."""


@dataclass(frozen=True, eq=False)
class Split:
    """Positions in a cache to train and to validate on.

    Attributes
    ----------
    train, validation : ndarray, int64
        Positions, in ascending order.
    fingerprint : str
        SHA-256 (hex) of the cache's fingerprint and both parts.
    given : bool
        Whether the split came with the recordings.
    """

    train: Indices
    validation: Indices
    fingerprint: str
    given: bool


def make_split(cache: Cache, *, validation: float = 0.2, seed: int = 0) -> Split:
    """Split the labelled recordings, or take the split that came with them.

    A split that is made here is stratified by class, as far as groups allow. It is always the same for the same cache,
    share and seed.

    Parameters
    ----------
    cache : Cache
        Cache with at least one labelled recording.
    validation : float
        Wanted share of the validation part, above 0 and below 1.
    seed : int
        Decides which recordings go where.

    Raises
    ------
    LeakingSplit
        If a given split has identical recordings, or recordings of one group, on both sides.
    DataError
        If nothing is labelled, the share is not between 0 and 1, or the groups of a class do not suffice for two sides.
    """
    if not len(cache.labelled):
        raise DataError(f"cache {cache.path} has no labelled recordings to split: prepare a source with labels")
    if cache.given_split is not None:
        train, chosen = (np.sort(part) for part in cache.given_split)
        _refuse_leak(cache, train, chosen)
    else:
        if not 0 < validation < 1:
            raise DataError(f"validation share {validation:g}: it must lie between 0 and 1, 0.2 say")
        is_chosen = _choose(cache, cache.labelled, validation, np.random.default_rng(seed))
        train, chosen = cache.labelled[~is_chosen], cache.labelled[is_chosen]
    content = hashlib.sha256(cache.fingerprint.encode() + train.tobytes() + b"|" + chosen.tobytes())
    return Split(train, chosen, content.hexdigest(), cache.given_split is not None)


def make_folds(cache: Cache, n_folds: int = 5, *, seed: int = 0) -> Indices:
    """Deal the labelled recordings into stratified folds that share no group and no identical recordings.

    Parameters
    ----------
    cache : Cache
        Cache with labelled recordings.
    n_folds : int
        Wanted number of folds; there are fewer where a class has fewer groups.
    seed : int
        Decides which recordings go where.

    Returns
    -------
    ndarray of shape (len(cache.labelled),), int64
        Fold of each labelled recording, counted from 0.

    Raises
    ------
    DataError
        If a class has all its recordings in one group.
    """
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    n_groups = [len(np.unique(groups[labels == label])) for label in range(cache.n_classes)]
    rarest = int(np.argmin(n_groups))
    if n_groups[rarest] < 2:
        raise DataError(
            f"class {cache.class_names[rarest]!r} in {cache.path} cannot be cross-validated, since its recordings are "
            "identical or in one group: add others"
        )
    # These random numbers differ from those of `make_split`, so that no fold is the part on which a search chose.
    stream = (seed, 1)
    for n in range(min(n_folds, n_groups[rarest]), 2, -1):
        # Groups of unequal size may leave later folds without a class.
        with suppress(DataError):
            return _deal_folds(cache, n, np.random.default_rng(stream))
    return _deal_folds(cache, 2, np.random.default_rng(stream))


def folds_for(n_recordings: int, fewest_groups: int) -> int:
    """Return how many folds suit so many labelled recordings: five, or ten where there are few.

    With few recordings a training on nine tenths of them is worth more than one on four fifths, and costs little; ten
    stratified folds are what Kohavi [1]_ found best for choosing between models. A class with fewer groups than folds
    would be missing from some of them.

    Parameters
    ----------
    n_recordings : int
        Number of labelled recordings.
    fewest_groups : int
        Number of groups of the class that has the fewest, 2 or more.

    References
    ----------
    .. [1] Kohavi, R. (1995). A study of cross-validation and bootstrap for accuracy estimation and model selection.
       IJCAI.
    """
    return min(10 if n_recordings < FEW_RECORDINGS else 5, fewest_groups)


def leave_out(cache: Cache, folds: Indices, fold: int) -> Split:
    """Return the split whose validation part is one of the folds of `make_folds`, and whose training part the others.

    Parameters
    ----------
    cache : Cache
        Cache with labelled recordings.
    folds : ndarray of shape (len(cache.labelled),), int64
        Fold of each labelled recording.
    fold : int
        Which of them is left out, counted from 0.
    """
    is_chosen = folds == fold
    content = hashlib.sha256(cache.fingerprint.encode() + folds.tobytes() + f"|{fold}".encode())
    return Split(cache.labelled[~is_chosen], cache.labelled[is_chosen], content.hexdigest(), given=False)


def _deal_folds(cache: Cache, n_folds: int, rng: np.random.Generator) -> Indices:
    folds = np.zeros(len(cache.labelled), np.int64)
    for left in range(n_folds, 1, -1):
        # With this share of the rest, all folds have the same size.
        rest = np.flatnonzero(folds == 0)
        folds[rest[_choose(cache, cache.labelled[rest], 1 / left, rng)]] = left - 1
    return folds


def _refuse_leak(cache: Cache, train: Indices, validation: Indices) -> None:
    leaking = validation[np.isin(cache.groups[validation], cache.groups[train])]
    if not len(leaking):
        return
    pairs = [
        f"{cache.ids[i]} ({cache.ids[train[np.argmax(cache.groups[train] == cache.groups[i])]]} in training)"
        for i in leaking[:3]
    ]
    raise LeakingSplit(
        f"the given split of {cache.path} has {len(leaking)} validation recordings identical to, or in one group "
        f"with, training ones: {first_few(pairs)}; correct train_idx.npy and val_idx.npy or remove both"
    )


def _choose(cache: Cache, recordings: Indices, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose a share of labelled recordings, in whole groups, to validate on; return it as a mask."""
    labels = cache.labels[recordings]
    _, group = np.unique(cache.groups[recordings], return_inverse=True)
    counts = np.zeros((group.max() + 1, cache.n_classes), dtype=np.int64)
    np.add.at(counts, (group, labels), 1)
    order = rng.permutation(len(counts))
    sizes = counts.sum(axis=1)
    chosen = np.zeros(len(counts), dtype=bool)
    _deal_large(counts, order[sizes[order] > 1], share, chosen)
    _fill_with_single(counts, order[sizes[order] == 1], share, chosen)
    _cover_classes(cache, counts, chosen)
    mask: NDArray[np.bool_] = chosen[group]
    return mask


def _deal_large(counts: Indices, groups: Indices, share: float, chosen: NDArray[np.bool_]) -> None:
    """Deal groups of several recordings, largest first, each to the side that keeps the shares nearer.

    So both sides get large and small groups; if validation were filled first, it would get the largest ones only.
    """
    weights = 1 / counts.sum(axis=0)
    excess = np.zeros(counts.shape[1])  # recordings in validation beyond its share of those dealt so far
    for i in groups[np.argsort(-counts[groups].sum(axis=1), kind="stable")]:
        excess -= share * counts[i]
        with_it = excess + counts[i]
        if (weights * with_it**2).sum() < (weights * excess**2).sum():
            chosen[i] = True
            excess = with_it


def _fill_with_single(counts: Indices, groups: Indices, share: float, chosen: NDArray[np.bool_]) -> None:
    """Fill each class up to its share with recordings that are the only ones of their group."""
    totals = counts.sum(axis=0)
    wanted = np.clip(np.rint(share * totals), 1, totals - 1).astype(np.int64)
    missing = wanted - counts[chosen].sum(axis=0)
    classes = counts[groups].argmax(axis=1)
    for label, n in enumerate(missing):
        chosen[groups[classes == label][: max(n, 0)]] = True


def _cover_classes(cache: Cache, counts: Indices, chosen: NDArray[np.bool_]) -> None:
    """Where a side lacks a class, move the smallest suitable group with that class to it."""
    for label, name in enumerate(cache.class_names):
        for lacks in (True, False):
            holders = np.flatnonzero(counts[:, label])
            if (chosen[holders] == lacks).any():
                continue
            # A group is suitable if its own side still has all its classes without it.
            left = counts[chosen != lacks].sum(axis=0) - counts[holders]
            spare = holders[((left > 0) | (counts[holders] == 0)).all(axis=1)]
            if not len(spare):
                raise DataError(
                    f"class {name!r} in {cache.path} cannot be both trained and validated on, since its recordings are "
                    "identical or in too few groups: add others"
                )
            chosen[spare[np.argmin(counts[spare].sum(axis=1))]] = lacks

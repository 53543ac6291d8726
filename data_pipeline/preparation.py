"""Preparation: the recordings of a source are checked, hashed and written to a cache.

The cache is written beside its place, synced and then renamed, so that a kill or a power cut at any moment leaves no
half-written cache there.
"""

import errno
import io
import json
import logging
import os
import shutil
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data_pipeline import sealed
from data_pipeline.cache import (
    FILES,
    FORMATS,
    META,
    OPENINGS,
    SAMPLES,
    Cache,
    content_checksum,
    content_fingerprint,
    sample_digest,
)
from data_pipeline.disk import make_folder, move, remedy, sync, sync_tree
from data_pipeline.errors import CacheMissing, CacheStale, DataError, first_few
from data_pipeline.readers.sources import open_source
from data_pipeline.recordings import LONGEST_CLASS, MOST_CLASSES, Indices, Recordings, listed
from data_pipeline.regular_files import read_regular
from data_pipeline.tables import MOST_BYTES

log = logging.getLogger(__name__)


def prepare(
    source: str | Path,
    out: str | Path,
    *,
    rate: float | None = None,
    signal: str | None = None,
    reference: Path | None = None,
) -> Cache:
    """Turn any supported source into a cache folder.

    Recordings that are empty, infinite somewhere, or lack more than a tenth of their samples are refused by name. Fewer
    missing samples are bridged by straight lines, and those at the ends cut off. Recordings with bridged samples,
    constant and very short ones are kept, and named in a warning and in ``cache.odd``. Test recordings that are
    identical to labelled ones, or in one group with them, are kept and named in a warning. A cache that exists at
    `out` is kept, with its views, if it holds the same recordings; if it holds others, it is refused, since studies may
    depend on it. A damaged cache, or one of another format, is replaced.

    Parameters
    ----------
    source : str or Path
        Path of the recordings, or ``synthetic:N[:SEED]``.
    out : str or Path
        Folder of the cache; it does not exist yet, is empty, or is a cache.
    rate : float, optional
        Sampling rate in hertz, for sources whose files have none.
    signal : str, optional
        Name or number, from 0, of the signal to read, for files that hold several.
    reference : Path, optional
        Table of labels to read in place of the usual one.

    Returns
    -------
    Cache

    Raises
    ------
    DataError
        If the source cannot be used, or the cache cannot be written.
    """
    out = Path(out)
    _check_place(out)
    recordings = open_source(source, rate=rate, signal=signal, reference=reference)
    _check_classes(recordings)
    sealed_names = _sealed_names(recordings)
    arrays, digests = _arrays(recordings)
    meta = _meta(recordings, arrays, digests)
    _tell_of_padding(recordings)
    _warn_of_odd(recordings, meta["odd"])
    _warn_of_leak(recordings, arrays)
    try:
        if not _is_same(out, meta["fingerprint"]):
            _refuse_other(out, meta["fingerprint"])
            _write(out, recordings, arrays, meta)
        if sealed_names is not None:
            sealed.write_sealed_labels(out, sealed_names)
    except OSError as error:
        raise DataError(
            f"cache {out} cannot be written: {error.strerror or error}; {remedy(error)} or go elsewhere"
        ) from error
    return Cache.open(out)


def _check_place(out: Path) -> None:
    try:
        out.exists()
    except OSError as error:
        raise DataError(f"{str(out)[:80]}… cannot be a folder ({error.strerror}): give another name") from error
    if out.name in ("", ".."):
        raise DataError(f"{out} is no place for a cache, which is renamed into it: give a new folder")
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file, not a folder: give a new folder")
    if out.is_dir() and _holds_others(out):
        raise DataError(f"{out} holds other things than a cache: give a new folder")


def _holds_others(folder: Path) -> bool:
    """Whether a folder contains other things than a cache; such a folder is never replaced."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}; {remedy(error)} or give a new folder") from error
    if META not in names:
        return bool(names)
    try:
        Cache.open(folder)
    except CacheStale:
        return not names <= FILES
    return False


def _check_classes(recordings: Recordings) -> None:
    """Refuse classes of fewer than two recordings, and what can be no classes."""
    names = recordings.class_names
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{recordings.source} has {len(names)} classes, more than {MOST_CLASSES}: is this the right column?"
        )
    if long := [name for name in names if len(name) > LONGEST_CLASS]:
        raise DataError(
            f"{recordings.source}: class {long[0][:40]!r}… has more than {LONGEST_CLASS} letters: shorten it"
        )
    counts = Counter(recordings.labels)
    for name in names:
        if counts[name] < 2:
            raise DataError(f"{recordings.source}: class {name!r} has one recording; add another or leave it out")


def _sealed_names(recordings: Recordings) -> list[str] | None:
    if recordings.sealed_labels is None:
        return None
    names = recordings.sealed_labels()
    sealed.check_names(recordings.source, names, recordings.class_names)
    return names


def _arrays(recordings: Recordings) -> tuple[dict[str, NDArray[Any]], list[bytes]]:
    """Return one array for each property of recordings, and the hash of each recording's samples."""
    digests = [sample_digest(signal) for signal in recordings.signals]
    number: dict[str | None, int] = {name: i for i, name in enumerate(recordings.class_names)}
    arrays: dict[str, NDArray[Any]] = {
        "lengths": np.array([len(signal) for signal in recordings.signals], dtype=np.int64),
        "labels": np.array([number.get(label, -1) for label in recordings.labels], dtype=np.int64),
        "groups": merge_groups(digests, recordings.groups),
        "scale": recordings.scale,
        "ids": np.array(recordings.ids),
    }
    if recordings.offset.any():
        arrays["offset"] = recordings.offset
    if recordings.given_split:
        arrays["given_train"], arrays["given_validation"] = recordings.given_split
    return arrays, digests


def merge_groups(digests: list[bytes], groups: list[str | None]) -> Indices:
    """Merge given groups and identical recordings: recordings that are linked by either share a number.

    Returns
    -------
    ndarray of shape (N,), int64
        Group number of each recording, in the order in which groups appear.
    """
    n = len(digests)
    keys: dict[object, int] = {}
    # Recordings and keys are the nodes of a graph; each recording is linked to its digest and to its given group.
    of_digest = [keys.setdefault(digest, n + len(keys)) for digest in digests]
    of_group = [keys.setdefault(name, n + len(keys)) if name is not None else i for i, name in enumerate(groups)]
    rows, columns = np.tile(np.arange(n), 2), np.array(of_digest + of_group)
    size = n + len(keys)
    graph = coo_array((np.ones(2 * n, dtype=np.int8), (rows, columns)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, first, inverse = np.unique(component[:n], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _meta(recordings: Recordings, arrays: dict[str, NDArray[Any]], digests: list[bytes]) -> dict[str, Any]:
    facts = {"rate": recordings.rate, "unit": recordings.unit, "class_names": list(recordings.class_names)}
    checked = {name: array for name, array in arrays.items() if name != "ids"}
    hashed = {name: array for name, array in checked.items() if name != "offset"}
    return {
        "format": _format(recordings),
        "fingerprint": content_fingerprint(facts, digests, recordings.ids, hashed),
        "checksum": content_checksum(recordings.signals, recordings.ids, checked),
        "n": len(recordings),
        "given_split": recordings.given_split is not None,
        "odd": recordings.odd(),
        "missing": dict(recordings.missing),
        **facts,
    }


def _format(recordings: Recordings) -> int:
    return next(number for number, kind in FORMATS.items() if kind == recordings.signals[0].dtype)


def _tell_of_padding(recordings: Recordings) -> None:
    if n := recordings.missing.get("trimmed"):
        log.info("%d missing samples before or after recordings in %s are left out", n, recordings.source)


def _warn_of_odd(recordings: Recordings, odd: dict[str, list[str]]) -> None:
    if odd:
        log.warning(
            "odd recordings in %s are kept (%s); remove them if they are mistakes", recordings.source, listed(odd)
        )


def _warn_of_leak(recordings: Recordings, arrays: dict[str, NDArray[Any]]) -> None:
    """Warn of test recordings that a model sees in training, which would make a test score too good."""
    is_test, groups = arrays["labels"] < 0, arrays["groups"]
    leaking = np.flatnonzero(is_test & np.isin(groups, groups[~is_test]))
    if len(leaking):
        log.warning(
            "%d test recordings in %s are identical to labelled ones, or in one group with them (%s): a score on them "
            "flatters; remove them from one side",
            *(len(leaking), recordings.source, first_few([recordings.ids[i] for i in leaking])),
        )


def _is_same(out: Path, fingerprint: str) -> bool:
    if not (out / META).is_file():
        return False
    try:
        cache = Cache.open(out)
        if cache.fingerprint == fingerprint:
            cache.verify()
            return True
    except CacheStale:
        pass  # an older or damaged cache is to be replaced
    return False


def _refuse_other(out: Path, fingerprint: str) -> None:
    try:
        cache = Cache.open(out)
        cache.verify()
    except (CacheMissing, CacheStale):
        return  # there is no cache, or none that can be used
    raise DataError(
        f"cache {out} holds other recordings (fingerprint {cache.fingerprint[:12]}, these have {fingerprint[:12]}): "
        "go on with its own source, or remove it first"
    )


def _write(out: Path, recordings: Recordings, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
    make_folder(out.parent)
    partial = out.with_name(f".{out.name}.{uuid.uuid4().hex}.tmp")
    partial.mkdir()
    try:
        with (partial / SAMPLES).open("wb") as stream:
            for signal in recordings.signals:
                stream.write(np.ascontiguousarray(signal, dtype=FORMATS[meta["format"]]).data)
        for name, array in arrays.items():
            (partial / f"{name}.npy").write_bytes(_npy(array))
        (partial / META).write_text(json.dumps(meta, indent=1), encoding="utf-8")
        sync_tree(partial)
        _move_into_place(partial, out, meta["fingerprint"])
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _npy(array: NDArray[Any]) -> bytes:
    """Pack an array in memory: numpy does not say why a file could not be written."""
    packed = io.BytesIO()
    np.save(packed, array, allow_pickle=False)
    return packed.getvalue()


def _move_into_place(partial: Path, out: Path, fingerprint: str) -> None:
    try:
        os.rename(partial, out)
        sync(out.parent)
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    if _is_same(out, fingerprint):  # another process has prepared the same meanwhile
        return
    _refuse_other(out, fingerprint)  # another process may have prepared another source
    if _holds_others(out):
        raise DataError(f"{out} holds other things than a cache by now: give a new folder")
    log.warning("cache %s was damaged or of another format, and is replaced", out)
    if (out / OPENINGS).exists():
        (partial / OPENINGS).write_bytes(read_regular(out / OPENINGS, MOST_BYTES))
        sync_tree(partial)
    older = partial.with_suffix(".old")
    os.rename(out, older)
    move(partial, out)
    shutil.rmtree(older, ignore_errors=True)

"""What a cache contains: statistics for people and programs, and one picture."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.amplitudes import Samples
from data_pipeline.cache import Cache
from data_pipeline.disk import remedy
from data_pipeline.errors import DataError
from data_pipeline.recordings import Indices
from data_pipeline.splits import make_split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAT_S = 0.25
"""Shortest run of equal samples that counts as flat, in seconds."""

CLIPPED_SAMPLES = 3
"""Shortest run of samples at a recording's highest or lowest value that counts as clipped."""

_STRIP_S = 10.0
_MOST_ROWS = 12
_COLOURS = ("#1f6f8b", "#c8553d", "#6a994e", "#7d5ba6", "#b08900", "#3d5a80")
_UNLABELLED, _GREY = "unlabelled", "#5c677d"

Measures = dict[str, NDArray[np.float64]]


def describe(cache: Cache) -> dict[str, Any]:
    """Sum up a cache.

    Parameters
    ----------
    cache : Cache
        Cache to sum up.

    Raises
    ------
    CacheStale
        If a file of the cache was changed or damaged.

    Returns
    -------
    dict
        Plain data for JSON: `path`, `fingerprint`, `rate` (Hz), `unit`, `recordings`, `hours`; `classes`, a list of
        dicts with `name`, `recordings`, `share` and statistics; `test`, the same for the unlabelled part, and whether
        it has `sealed_labels`; `odd`; `missing`, numbers of samples; `duplicates`; `groups`; and `split`, the default
        split of a study. Statistics are `seconds` (min, median, max), the medians over recordings of `mean` and
        `deviation` (in `unit`), and the means over recordings of `clipped_share` and `flat_share` (of samples).
    """
    cache.verify()
    measures = _measure(cache)
    return {
        "path": str(cache.path),
        "fingerprint": cache.fingerprint,
        "rate": cache.rate,
        "unit": cache.unit,
        "recordings": len(cache),
        "hours": round(float(cache.lengths.sum()) / cache.rate / 3600, 2),
        "classes": [
            {"name": name, "share": round(float((cache.labels == k).sum() / len(cache.labelled)), 4)}
            | _statistics(measures, np.flatnonzero(cache.labels == k))
            for k, name in enumerate(cache.class_names)
        ],
        "test": {"sealed_labels": cache.has_sealed_labels} | _statistics(measures, cache.test),
        "odd": {kind: list(names) for kind, names in cache.odd.items()},
        "missing": {"bridged": 0, "trimmed": 0} | dict(cache.missing),
        "duplicates": _duplicates(cache),
        "groups": _groups(cache),
        "split": _split(cache),
    }


def _measure(cache: Cache) -> Measures:
    """Measure each recording; the arrays have shape (N,)."""
    rows = np.array([_measure_one(cache.signal(i), FLAT_S * cache.rate) for i in range(len(cache))])
    mean, deviation, clipped, flat = rows.T
    return {
        "seconds": cache.lengths / cache.rate,
        "mean": mean * cache.scale + cache.offset,
        "deviation": deviation * cache.scale,
        "clipped_share": clipped,
        "flat_share": flat,
    }


def _measure_one(signal: Samples, flat: float) -> tuple[float, float, float, float]:
    """Return mean and standard deviation in counts, and the shares of clipped and of flat samples."""
    n = len(signal)
    ends = np.append(np.flatnonzero(signal[1:] != signal[:-1]), n - 1)
    runs, values = np.diff(ends, prepend=-1), signal[ends]
    at_limit = (values == signal.max()) | (values == signal.min())
    clipped = runs[at_limit & (runs >= CLIPPED_SAMPLES)].sum()
    mean, deviation = signal.mean(dtype=np.float64), signal.std(dtype=np.float64)
    return float(mean), float(deviation), float(clipped / n), float(runs[runs >= flat].sum() / n)


def _statistics(measures: Measures, indices: Indices) -> dict[str, Any]:
    if not len(indices):
        return {"recordings": 0}
    seconds = measures["seconds"][indices]
    medians = {name: round(float(np.median(measures[name][indices])), 5) for name in ("mean", "deviation")}
    shares = {name: round(float(measures[name][indices].mean()), 5) for name in ("clipped_share", "flat_share")}
    return {
        "recordings": len(indices),
        "seconds": {
            "min": round(float(seconds.min()), 2),
            "median": round(float(np.median(seconds)), 2),
            "max": round(float(seconds.max()), 2),
        },
        **medians,
        **shares,
    }


def _duplicates(cache: Cache) -> dict[str, Any]:
    """Count the sets of identical recordings, and how many of these sets have several labels."""
    _, inverse, sizes = np.unique(cache.groups, return_inverse=True, return_counts=True)
    labels_of: dict[bytes, list[int]] = {}
    for i in np.flatnonzero(sizes[inverse] > 1).tolist():
        labels_of.setdefault(hashlib.sha256(cache.signal(i).data).digest(), []).append(int(cache.labels[i]))
    twins = [labels for labels in labels_of.values() if len(labels) > 1]
    contradicting = sum(len({label for label in labels if label >= 0}) > 1 for labels in twins)
    return {"sets": len(twins), "recordings": sum(map(len, twins)), "sets_with_several_labels": contradicting}


def _groups(cache: Cache) -> dict[str, int]:
    sizes = Counter(cache.groups.tolist()).values()
    return {"groups": len(sizes), "of_several_recordings": sum(n > 1 for n in sizes), "largest": max(sizes)}


def _split(cache: Cache) -> dict[str, Any] | None:
    if not len(cache.labelled):
        return None
    try:
        split = make_split(cache)
    except DataError as error:  # a cache that cannot be split can still be looked at
        return {"refused": str(error)}
    parts = {"train": split.train, "validation": split.validation}
    counts = {part: np.bincount(cache.labels[i], minlength=cache.n_classes).tolist() for part, i in parts.items()}
    return {"given": split.given, "fingerprint": split.fingerprint, **counts}


def plot(cache: Cache, path: str | Path) -> None:
    """Draw typical recordings of each class, and how long its recordings are, into one picture.

    Parameters
    ----------
    cache : Cache
        Cache to draw.
    path : str or Path
        Path of the picture; its ending decides the format (``.png``).

    Raises
    ------
    DataError
        If it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not Path(path).parent.is_dir():  # checked before the drawing, which takes long
        raise DataError(f"picture {path} cannot be written: there is no folder {Path(path).parent}; make it first")
    rows = _rows(cache)
    height = 1.4 + 2 * len(rows)
    figure = Figure(figsize=(15, height))
    FigureCanvasAgg(figure)
    # Margins are set by hand, since the automatic layout doubles the time.
    margins = {"left": 0.05, "right": 0.99, "top": 1 - 0.85 / height, "bottom": 0.55 / height}
    axes = figure.subplots(
        len(rows), 3, squeeze=False, width_ratios=(5, 5, 3), gridspec_kw={"hspace": 0.5, "wspace": 0.17, **margins}
    )
    measures = _measure(cache)
    edges = np.linspace(0, measures["seconds"].max() * 1.02, 40)
    for row, (name, indices) in enumerate(rows):
        colour = _GREY if name == _UNLABELLED else _COLOURS[row % len(_COLOURS)]
        for ax, i in zip(axes[row, :2], _typical(measures, indices), strict=False):
            _draw_strip(ax, cache, i, colour)
        axes[row, 0].set_title(f"{name}: {len(indices)} recordings", loc="left", fontweight="bold", color=colour)
        _draw_lengths(axes[row, 2], measures["seconds"][indices], edges, colour)
    axes[0, 2].set_title("length in seconds", loc="left", fontsize=10)
    for ax in axes[-1]:
        ax.set_xlabel("seconds")
    figure.suptitle(
        f"{len(cache)} recordings at {cache.rate:g} Hz, cache {cache.fingerprint[:12]}",
        x=0.05,
        y=1 - 0.25 / height,
        ha="left",
    )
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise DataError(f"picture {path} cannot be written: {error.strerror or error}; {remedy(error)}") from error
    except ValueError as error:  # a kind of picture that nobody knows
        raise DataError(f"picture {path} cannot be written: {error}; name it .png") from error


def _rows(cache: Cache) -> list[tuple[str, Indices]]:
    rows = [(f"class {name}", np.flatnonzero(cache.labels == k)) for k, name in enumerate(cache.class_names)]
    rows = rows[:_MOST_ROWS]
    return [*rows, (_UNLABELLED, cache.test)] if len(cache.test) else rows


def _typical(measures: Measures, indices: Indices) -> list[int]:
    """Choose two recordings of medium deviation, preferably of those that are long enough for a whole strip."""
    long = indices[measures["seconds"][indices] >= _STRIP_S]
    candidates = long if len(long) > 1 else indices
    ranked = candidates[np.argsort(measures["deviation"][candidates], kind="stable")]
    return [int(ranked[int(share * (len(ranked) - 1))]) for share in (0.4, 0.6)]


def _draw_strip(ax: "Axes", cache: Cache, i: int, colour: str) -> None:
    """Draw some seconds from the middle of a recording."""
    n = round(_STRIP_S * cache.rate)
    start = round(max(0, (int(cache.lengths[i]) - n) // 2) // cache.rate * cache.rate)
    values = cache.signal(i)[start : start + n] * cache.scale[i] + cache.offset[i]
    ax.plot((start + np.arange(len(values))) / cache.rate, values, color=colour, linewidth=0.8)
    ax.set_xlim(start / cache.rate, (start + n) / cache.rate)
    ax.grid(color="#f2d0c9", linewidth=0.6)
    ax.set_ylabel(cache.unit)
    ax.set_title(cache.ids[i], loc="right", fontsize=8, color="#666666")
    _clear_frame(ax)


def _draw_lengths(ax: "Axes", seconds: NDArray[np.float64], edges: NDArray[np.float64], colour: str) -> None:
    ax.hist(seconds, bins=edges.tolist(), color=colour, alpha=0.85)
    ax.set_yscale("log", subs=[])  # most recordings often have the same length
    ax.set_ylim(bottom=0.5)  # a bar of one recording must be visible
    ax.set_xlim(left=0)
    ax.set_ylabel("recordings")
    _clear_frame(ax)


def _clear_frame(ax: "Axes") -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)

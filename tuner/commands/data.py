"""`tuner data`: prepare recordings, and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from data_pipeline.errors import DataError
from tuner.commands.options import echo_json, json_option, source_options
from tuner.screen.lines import echo


@click.group()
def data() -> None:
    """Prepare recordings for training, and look at them."""


@data.command()
@click.argument("source")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the cache to write.")
@source_options
@json_option
def prepare(
    source: str, out: Path, rate: float | None, signal: str | None, reference: Path | None, as_json: bool
) -> None:
    """Turn SOURCE into a memory-mapped cache.

    SOURCE is a folder with X_train.zip and y_train.csv, of WFDB records, of .npy, .npz, .edf, .bdf, .csv or .tsv files
    with labels.csv, or with NAME_TRAIN and NAME_TEST of the UCR archive; one file of recordings (.zip, .bin, .npz,
    .npy, .csv, .tsv, .ts); or synthetic:N[:SEED].
    """
    from data_pipeline import prepare as prepare_cache

    cache = prepare_cache(source, out, rate=rate, signal=signal, reference=reference)
    if as_json:
        echo_json({"cache": str(cache.path), "fingerprint": cache.fingerprint, "recordings": len(cache)})
    else:
        echo(
            f"{cache.path}: {len(cache.labelled)} labelled and {len(cache.test)} test recordings at {cache.rate:g} Hz, "
            f"fingerprint {cache.fingerprint[:12]}"
        )


@data.command()
@click.argument("cache", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw example strips and lengths.")
@json_option
def info(cache: Path, plot: Path | None, as_json: bool) -> None:
    """Show class counts, lengths and signal statistics of a prepared CACHE."""
    from data_pipeline import Cache, describe
    from data_pipeline import plot as draw
    from tuner.screen.terminal import print_out, table

    opened = Cache.open(cache)
    facts = describe(opened)
    if plot is not None:
        draw(opened, plot)
    if as_json:
        echo_json(facts)
        return
    rows = [_flat(row) for row in facts.pop("classes")]
    if rows:
        print_out(table(list(rows[0]), [list(row.values()) for row in rows]), "")
    print_out(*(f"{name}: {_said(value)}" for name, value in facts.items()))
    if plot is not None:
        print_out(f"drawn: {plot}")


@data.command()
@click.argument("cache", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write every recording's features as CSV.")
@json_option
def features(cache: Path, out: Path | None, as_json: bool) -> None:
    """Compute the features of a prepared CACHE, which are then there for every study, and say what each is."""
    from data_pipeline import Cache, Features, open_view
    from data_pipeline.disk import remedy
    from data_pipeline.features import FEATURES
    from tuner.screen.csv_text import csv_text
    from tuner.screen.terminal import print_out, table

    opened = Cache.open(cache)
    view = open_view(opened, Features())
    if as_json:
        echo_json([vars(feature) for feature in FEATURES])
    else:
        print_out(table(("feature", "unit", "source"), [list(vars(feature).values()) for feature in FEATURES]))
    if out is not None:
        import pandas as pd

        try:
            ids = [csv_text(one) for one in opened.ids]
            pd.DataFrame(view.values, ids, [feature.name for feature in FEATURES]).to_csv(out, index_label="id")
        except OSError as error:
            raise DataError(
                f"{out}: the features cannot be written: {error.strerror or error}; {remedy(error)}"
            ) from error


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Spread the values of inner tables over columns of their own."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= {f"{name} {key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _said(value: Any, *, inner: bool = False) -> str:
    """Write a fact as people would, with the name of each value of a table."""
    from tuner.screen.terminal import show

    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        parts = [f"{name.replace('_', ' ')} {_said(one, inner=True)}" for name, one in value.items()]
    elif isinstance(value, list):
        parts = [show(one) for one in value]
    else:
        return show(value)
    return f"({', '.join(parts)})" if inner else ", ".join(parts) or "none"

"""A power cut at any moment leaves files that are whole or absent, and everything that was said to be safe."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from power_loss import Cut, cuts_of

from data_pipeline import Cache, Signal, open_view
from data_pipeline.sealed import noted_openings
from tuner.bundle import Manifest
from tuner.bundle.files import read_files
from tuner.study.files import read_home_id
from tuner.training.tensors import load_tensors

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")]

OLD_BUNDLE = Path(__file__).parent / "data" / "da733b9" / "bundle_export"


@pytest.fixture
def for_each_cut(tmp_path: Path) -> Callable[[str, Callable[[Path, Cut], None]], int]:
    """Run a program and check what each power cut would have left; return how many there were."""

    def check(program: str, is_as_promised: Callable[[Path, Cut], None]) -> int:
        (tmp_path / "root").mkdir()
        (tmp_path / "cuts").mkdir()
        number = count()
        for cut in cuts_of(program, tmp_path / "root", tmp_path):
            folder = cut.restore(tmp_path / "cuts" / str(next(number)))
            is_as_promised(folder, cut)
            shutil.rmtree(folder)
        return next(number)

    return check


HOME = """
from pathlib import Path
import torch
from tuner.study.files import home_id
from tuner.training.tensors import save_tensors
home = Path(sys.argv[1]) / "new" / "home"
home_id(home)
said("id")
for epoch in (1, 2):
    save_tensors(home / "study" / "0-1.safetensors", {"x": torch.full((2000,), epoch)}, {"epoch": epoch})
    said(f"epoch {epoch}")
"""


def test_a_home_and_its_checkpoints(for_each_cut: Callable[..., int]) -> None:
    found: set[str] = set()

    def check(folder: Path, cut: Cut) -> None:
        home = folder / "new" / "home"
        if "id" in cut.said:
            found.add(read_home_id(home) or "none")
        checkpoint = home / "study" / "0-1.safetensors"
        last = load_tensors(checkpoint)[1]["epoch"] if checkpoint.exists() else 0
        assert last >= sum(name.startswith("epoch") for name in cut.said), cut.when

    assert for_each_cut(HOME, check) > 20
    assert len(found) == 1 and found != {"none"}


DATA = """
from pathlib import Path
from data_pipeline import Signal, open_view, prepare
from data_pipeline.sealed import note_opening
folder = Path(sys.argv[1]) / "data" / "cache"
cache = prepare("synthetic:12:0", folder)
said("cache")
open_view(cache, Signal(50))
said("view")
note_opening(folder, "the first")
said("opening")
"""


def test_a_cache_and_its_views(for_each_cut: Callable[..., int], tmp_path: Path) -> None:
    def check(folder: Path, cut: Cut) -> None:
        cache = folder / "data" / "cache"
        assert cache.exists() or "cache" not in cut.said, cut.when
        if not cache.exists():
            return
        opened = Cache.open(cache)
        opened.verify()
        if "view" in cut.said:
            (view,) = (cache / "views").glob("*.f32")
            before = view.stat().st_ino
            values = open_view(opened, Signal(50)).values
            assert view.stat().st_ino == before, "it was whole"
            assert np.array_equal(values, open_view(Cache.open(tmp_path / "root/data/cache"), Signal(50)).values)
        if "opening" in cut.said:
            assert noted_openings(cache) == {"the first"}

    assert for_each_cut(DATA, check) > 20


BUNDLE = f"""
from pathlib import Path
from tuner.bundle import Manifest, write_bundle
from tuner.training.tensors import load_tensors
old, out = Path({str(OLD_BUNDLE)!r}), Path(sys.argv[1]) / "best" / "model"
manifest = Manifest.from_json((old / "bundle.json").read_text())
models = {{path.name: load_tensors(path)[0] for path in old.glob("*.safetensors")}}
for study in ("first", "second"):
    write_bundle(out, manifest.model_copy(update={{"study": study}}), models)
    said(study)
"""


def test_a_bundle_and_the_one_in_its_place(for_each_cut: Callable[..., int]) -> None:
    def check(folder: Path, cut: Cut) -> None:
        path, old = folder / "best" / "model", folder / "best" / ".model.old"
        if "first" in cut.said:
            there = path if path.exists() else old  # the next writing puts it back
            read_files(there)
            study = Manifest.from_json((there / "bundle.json").read_text()).study
            assert "second" not in cut.said or (there, study) == (path, "second"), cut.when
        elif path.exists():
            read_files(path)

    assert for_each_cut(BUNDLE, check) > 20


DATABASE = """
from tuner.storage import open_storage
storage = open_storage(f"sqlite:///{sys.argv[1]}/tuner.db", create=True)
study = storage.optuna.create_new_study([])
said("study")
for number in range(8):
    storage.optuna.set_study_user_attr(study, f"attribute {number}", "x" * 3000)
    said(f"attribute {number}")
    if number == 4:  # as it does by itself every thousand pages
        with storage.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)")
storage.close()
"""


def test_a_database(for_each_cut: Callable[..., int]) -> None:
    def check(folder: Path, cut: Cut) -> None:
        if "study" not in cut.said:
            return
        with closing(sqlite3.connect(folder / "tuner.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], cut.when
            keys = {key for (key,) in database.execute("SELECT key FROM study_user_attributes")}
        assert keys >= set(cut.said) - {"study"}, cut.when

    assert for_each_cut(DATABASE, check) > 20


def test_what_is_not_synced_is_lost(for_each_cut: Callable[..., int]) -> None:
    """The instrument itself: without it, the tests above could not fail."""
    kinds: set[bytes | None] = set()

    def check(folder: Path, cut: Cut) -> None:
        if "written" in cut.said:
            kinds.add((folder / "file").read_bytes() if (folder / "file").exists() else None)

    program = "open(sys.argv[1] + '/file', 'w').write('x' * 1024)\nsaid('written')"
    for_each_cut(program, check)
    half = b"x" * 512
    zeros = bytes(512)
    assert kinds == {None, b"", half + zeros, zeros + half}

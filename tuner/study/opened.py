"""An open study: each command opens it once and passes it on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from models import get_architecture
from tuner.study.files import StudyFiles
from tuner.study.record import N_FOLDS, StudyRecord, load_study, open_data
from tuner.study.trust import load_code
from tuner.study.versions import check_versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from data_pipeline import Cache, Split
    from tuner.storage import Storage


@dataclass(frozen=True)
class OpenStudy:
    """A study with its database, files and data on this machine; made by `open_study`.

    Parameters
    ----------
    storage : Storage
        Database of the study.
    record : StudyRecord
        What was stored when the study was created.
    home : Path
        Folder of all studies' files.
    data_path : Path or None
        Path of its cache on this machine; None for the path at which the study was created.
    """

    storage: Storage
    record: StudyRecord
    home: Path
    data_path: Path | None

    @property
    def study_id(self) -> int:
        """Row of the study in the database."""
        return self.record.study_id

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.record.name

    @cached_property
    def files(self) -> StudyFiles:
        """Files of the study under its home."""
        return StudyFiles(self.home, self.record)

    @cached_property
    def _data(self) -> tuple[Cache, Split]:
        return open_data(self.record, self.data_path)

    @property
    def cache(self) -> Cache:
        """The study's data, opened when first asked for.

        Raises
        ------
        CacheMissing, CacheStale
            If the data are gone or changed.
        """
        return self._data[0]

    @property
    def split(self) -> Split:
        """The split of a trial's first part, checked when first asked for; errors as for `cache`."""
        return self._data[1]

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """Fold of each labelled recording, (n_labelled,) int64; each part of a trial leaves one fold out.

        Where trials have a single part, the final step's trainings leave the folds out. They are drawn independently
        of the search's split then, so that none is the part on which the search chose.
        """
        from data_pipeline import make_folds

        n_parts = self.record.data.parts
        return make_folds(self.cache, N_FOLDS if n_parts == 1 else n_parts)

    @property
    def n_folds(self) -> int:
        """Number of folds; it is below `N_FOLDS` where a class has fewer groups."""
        return int(self.folds.max()) + 1

    def check_program(self) -> None:
        """Refuse to work on the study under other versions, without its architectures, or with code nobody trusts.

        Raises
        ------
        StudyError, UntrustedCode, BadArchitecture, UnknownArchitecture
            If the versions give other results, the code is not trusted or cannot be used, or is not installed.
        """
        check_versions(self.record.versions, self.record.spec)
        load_code(self.record)
        for name in self.record.spec.search.architectures:
            get_architecture(name)  # of a package that may not be installed here

    def check(self) -> None:
        """Check program, code and data before working on the study.

        Raises
        ------
        StudyError, UntrustedCode, BadArchitecture, UnknownArchitecture, CacheMissing, CacheStale
            As for `check_program`, or if the data are missing, changed or damaged.
        """
        self.check_program()
        self.cache.verify()


def open_study(storage: Storage, name: str, home: Path, data: Path | None = None) -> OpenStudy:
    """Open a study.

    Parameters
    ----------
    storage : Storage
        Database of the study.
    name : str
        Name of the study.
    home : Path
        Folder of all studies' files.
    data : Path, optional
        Path of its cache on this machine; by default the path at which the study was created.

    Raises
    ------
    StudyError
        If there is no such study.
    """
    return OpenStudy(storage, load_study(storage, name), home, data)

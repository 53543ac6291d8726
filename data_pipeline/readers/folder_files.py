"""The files of a folder that are meant: none of those that systems put beside them."""

from pathlib import Path


def files_of(folder: Path, ending: str) -> list[Path]:
    """Return the files of a folder with an ending such as ``.npy``, in any case, in alphabetical order.

    Hidden files are left out: macOS puts a ``._name`` beside each file that it copies to other disks.
    """
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ending and not path.name.startswith(".") and not path.is_dir()
    )

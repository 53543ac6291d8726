"""How files come to be: whole or not at all, and there after a power cut, for whoever may read them.

A write is safe from a power cut once the file has been synced, and so has the folder that names it. The functions here
return only then.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from data_pipeline.errors import DataError

UMASK_VARIABLE = "TUNER_UMASK"

_SYNCS_NO_FOLDERS = (errno.EINVAL, errno.ENOTSUP)  # some network file systems

_REMEDIES = {
    "free some space there": (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    "make it accessible to you": (errno.EACCES, errno.EPERM),
    "make the disk writable": (errno.EROFS,),
    "give it more memory, or run fewer processes": (errno.ENOMEM, errno.EAGAIN),
    "raise the limit on open files": (errno.EMFILE, errno.ENFILE),
    "see to the disk": (errno.EIO, errno.ENODEV, errno.ENXIO),
    "see to the mount": (errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN),
}


def remedy(error: OSError) -> str:
    """Say what to do about a file that could not be written or read."""
    return next((what for what, numbers in _REMEDIES.items() if error.errno in numbers), "see to its folder")


def keep_private() -> None:
    """Let their owner alone read what this process and its children write, unless TUNER_UMASK says otherwise.

    Files and folders that are there keep their permissions.

    Raises
    ------
    DataError
        If TUNER_UMASK is no umask, or one that would lock the owner out.
    """
    text = os.environ.get(UMASK_VARIABLE) or "077"
    if not re.fullmatch("0{0,2}[0-7]{2}", text):
        raise DataError(f"{UMASK_VARIABLE}={text[:20]!r}: set it to 077 (the owner alone), 007 (the group, too) or 022")
    os.umask(int(text, 8))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a kill or a power cut at any moment leaves the old one or the new one.

    Raises
    ------
    OSError
        If the disk is full or the folder is not writable; the old file is then unchanged.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync(path.parent)


def move(old: Path, new: Path) -> None:
    """Rename a file or folder that has been synced, in place of the file that is there."""
    os.replace(old, new)
    sync(new.parent)


def sync_tree(folder: Path) -> None:
    """Sync all files and folders in a folder, and itself."""
    for path in folder.iterdir():
        if path.is_dir():
            sync_tree(path)
        else:
            sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Sync the content of a file, or what a folder lists, where the file system can."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _SYNCS_NO_FOLDERS:
            raise
    finally:
        os.close(descriptor)

"""Files that anybody may have put there, opened only if they are regular files, and read only up to a size.

A named pipe would keep its reader waiting for ever, and a device like ``/dev/zero`` never ends. Both are refused as
`OSError`, like a file that cannot be opened, so that whoever reads files needs no other care.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, *, follow_link: bool = True) -> BinaryIO:
    """Open a regular file to read its bytes; this never waits.

    Parameters
    ----------
    path : Path
        The file.
    follow_link : bool
        Whether `path` may be a link to the file.

    Raises
    ------
    OSError
        If it is missing, cannot be opened, or is a folder, a pipe, a device or a socket.
    """
    _check_kind(os.stat(path, follow_symlinks=follow_link), path)  # opening a device may already set it going
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_link else os.O_NOFOLLOW)
    stream = os.fdopen(os.open(path, flags), "rb")
    try:
        _check_kind(os.fstat(stream.fileno()), path)  # it may have been exchanged since
    except OSError:
        stream.close()
        raise
    return stream


def read_regular(path: Path, most_bytes: int, *, follow_link: bool = True) -> bytes:
    """Read a whole regular file.

    Parameters
    ----------
    path : Path
        The file.
    most_bytes : int
        Largest size that is read.
    follow_link : bool
        Whether `path` may be a link to the file.

    Raises
    ------
    OSError
        As `open_regular`, and if it is larger or grows meanwhile.
    """
    with open_regular(path, follow_link=follow_link) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most_bytes:
            raise OSError(errno.EFBIG, f"it has {size:,} bytes, and {most_bytes:,} are the most", str(path))
        content = stream.read(size + 1)  # not more: the memory for what is asked is taken at once
    if len(content) > size:
        raise OSError(errno.EFBIG, f"it has more than the {size:,} bytes that it is said to have", str(path))
    return content


def _check_kind(about: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISLNK(about.st_mode):
        raise OSError(errno.ELOOP, "it is a link, not a file", str(path))
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe, a device or a socket, not a file", str(path))

"""What a power cut at any moment of a program would have left of a folder.

The program runs with a small library that stops it before and after every call that syncs or names a file. Each time,
the folder is looked at, and what a disk may then hold is made of it: what has been synced, with or without the names
and the halves of contents that have not been.
"""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512

Tree = dict[str, "bytes | Tree"]
"""A folder: a file's content or a folder's tree, by name."""


@dataclass
class Inode:
    """A file or folder, held open so that no other gets its number."""

    descriptor: int
    synced: bytes = b""
    synced_names: dict[str, int] = field(default_factory=dict)

    def content(self) -> bytes:
        return os.pread(self.descriptor, 2**30, 0)


@dataclass(frozen=True)
class Cut:
    """What one power cut leaves.

    Attributes
    ----------
    when : str
        The call that was about to be made, or had been.
    said : tuple of str
        What the program had said to be safe.
    tree : Tree
        What is left of the folder.
    """

    when: str
    said: tuple[str, ...]
    tree: Tree

    def restore(self, folder: Path) -> Path:
        """Write what is left into a new folder."""
        folder.mkdir()
        _write(self.tree, folder)
        return folder


def _write(tree: Tree, folder: Path) -> None:
    for name, content in tree.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            (folder / name).mkdir()
            _write(content, folder / name)


class _Recorder:
    """Looks at a folder each time the program is stopped."""

    def __init__(self, root: Path, said: Path) -> None:
        self._root, self._said = root, said
        self._inodes: dict[int, Inode] = {}
        self._marks: list[str] = []
        self.cuts: list[Cut] = []
        self._look()
        for inode in self._inodes.values():  # what was there before is on the disk
            self._sync(inode)

    def told(self, kind: str, inode: int, path: str) -> None:
        self._look()
        if kind == "sync" and inode in self._inodes:
            self._sync(self._inodes[inode])
        if kind == "mkdir" and Path(path).parent == self._said:
            self._marks.append(Path(path).name)
        number = self._root.stat().st_ino
        for tree in (
            self._tree(number, as_synced=True, torn=None),
            *(self._tree(number, as_synced=False, torn=torn) for torn in ("lost", "first half", "second half")),
        ):
            cut = Cut(kind, tuple(self._marks), tree)
            if not self.cuts or cut not in self.cuts[-4:]:
                self.cuts.append(cut)

    def _look(self) -> None:
        for path in (self._root, *self._root.rglob("*")):
            number = path.stat().st_ino
            if number not in self._inodes:
                self._inodes[number] = Inode(os.open(path, os.O_RDONLY))

    def _sync(self, inode: Inode) -> None:
        if _is_folder(inode):
            inode.synced_names = _names(inode)
        else:
            inode.synced = inode.content()

    def _tree(self, number: int, *, as_synced: bool, torn: str | None) -> Tree:
        inode = self._inodes[number]
        names = inode.synced_names if as_synced else _names(inode)
        tree: Tree = {}
        for name, child in names.items():
            if _is_folder(self._inodes[child]):
                tree[name] = self._tree(child, as_synced=as_synced, torn=torn)
            else:
                tree[name] = _left_of(self._inodes[child], torn)
        return tree

    def close(self) -> None:
        for inode in self._inodes.values():
            os.close(inode.descriptor)


def _is_folder(inode: Inode) -> bool:
    return Path(f"/proc/self/fd/{inode.descriptor}").is_dir()


def _names(inode: Inode) -> dict[str, int]:
    return {name: os.stat(name, dir_fd=inode.descriptor).st_ino for name in os.listdir(inode.descriptor)}


def _left_of(inode: Inode, torn: str | None) -> bytes:
    """Return what is left of a file: what was synced, or that with one half of what has been written since."""
    if torn is None or torn == "lost":
        return inode.synced
    now = inode.content()
    then = inode.synced.ljust(len(now), b"\0")[: len(now)]
    middle = len(now) // 2 // SECTOR * SECTOR
    return now[:middle] + then[middle:] if torn == "first half" else then[:middle] + now[middle:]


def cuts_of(program: str, root: Path, beside: Path) -> Iterator[Cut]:
    """Run a Python program, and yield what power cuts would have left of its folder.

    Parameters
    ----------
    program : str
        It gets the folder as first argument, and says that something is safe by ``said(name)``.
    root : Path
        The folder.
    beside : Path
        Folder for the library and the socket.
    """
    library, said, address = beside / "power_loss.so", beside / "said", str(beside / "socket")
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    said.mkdir()
    recorder = _Recorder(root, said)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            kind, inode, path = self.rfile.read().decode().split(" ", 2)
            recorder.told(kind, int(inode), path)
            self.wfile.write(b"!")

    prelude = f"import os, sys\ndef said(name): os.mkdir({str(said)!r} + '/' + name)\n"
    with socketserver.UnixStreamServer(address, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            subprocess.run(
                [sys.executable, "-c", prelude + program, root],
                env={**os.environ, "LD_PRELOAD": str(library), "POWER_RECORDER": address},
                check=True,
            )
        finally:
            server.shutdown()
            thread.join()
            recorder.close()
    yield from recorder.cuts

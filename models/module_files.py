"""Architectures in a person's own Python file, whose text is stored in studies and bundles.

Reading a file does not run it. Loading its text runs it, with all rights of the user, so the caller must first make
sure that this is wanted. The text becomes a module whose name contains the text's hash, so that two versions of a file
are two modules.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from types import ModuleType

from models.architecture import Architecture
from models.contract import check_contract
from models.errors import BadArchitecture, described
from models.installed import packages_of_architectures
from models.registry import check_free, register
from models.visible import visible

MOST_BYTES = 2**20

ONE, SEVERAL = "ARCHITECTURE", "ARCHITECTURES"
"""Names that a file assigns its architecture, or a list of architectures, to."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\.py")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ModuleFile:
    """A Python file as it was read.

    Parameters
    ----------
    name : str
        Name of the file, without its folder.
    sha256 : str
        SHA-256 hash (hex) of its text as UTF-8.
    text : str
        Text of the file.
    """

    name: str
    sha256: str
    text: str

    def __str__(self) -> str:
        return f"{visible(self.name)} ({visible(self.sha256[:12])})"

    @property
    def module(self) -> str:
        """Name of the module that is made of its text."""
        return f"{self.name.removesuffix('.py')}_{self.sha256[:12]}"


_places: dict[str, str] = {}
"""Names of the files that this process has run, by the path that tracebacks show."""


_loaded: dict[str, tuple[ModuleFile, tuple[Architecture, ...]]] = {}
"""Files that this process has loaded, with their architectures, by the name of the module."""


def read_module(path: Path) -> ModuleFile:
    """Read a file without running it.

    Raises
    ------
    BadArchitecture
        If it is missing, too large or not text, or has a name that no module can have.
    """
    _check_name(path)
    try:
        if not path.is_file() and path.exists():  # reading a pipe may wait for ever
            raise BadArchitecture(f"{path}: is no file: name a Python file")
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadArchitecture(f"{path}: cannot be read: {error.strerror or error}; name a Python file") from error
    return module_of(path, data)


def module_of(path: Path, data: bytes) -> ModuleFile:
    """Make a module file of what was read from a path.

    Raises
    ------
    BadArchitecture
        If it is too large or not text, or has a name that no module can have.
    """
    _check_name(path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadArchitecture(f"{path}: byte {error.start + 1} is not UTF-8: save it as UTF-8 text") from error
    if len(data) > MOST_BYTES:
        raise BadArchitecture(f"{path} has more than {MOST_BYTES} bytes: keep data out of it")
    return ModuleFile(path.name, hashlib.sha256(data).hexdigest(), text)


def _check_name(path: Path) -> None:
    if not _NAME.fullmatch(path.name):
        raise BadArchitecture(
            f"{visible(str(path))}: call a file of architectures by letters, digits and _, 64 at most, as in my_net.py"
        )


def restore_module(data: object) -> ModuleFile:
    """Return the file of a stored "name", "sha256" and "text", without running it; other keys are ignored.

    The text may be missing: such a file cannot be loaded.

    Raises
    ------
    BadArchitecture
        If the name is not one of `read_module`'s, or the hash is none.
    """
    name, sha256, text = (data.get(key) for key in ("name", "sha256", "text")) if isinstance(data, dict) else [None] * 3
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadArchitecture("a stored file of architectures has no name that a Python file can have")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise BadArchitecture(f"the stored file {name} has no SHA-256 hash of 64 hex digits")
    if not isinstance(text, str | None):
        raise BadArchitecture(f"the stored text of {name} is a {type(text).__name__}, not text")
    return ModuleFile(name, sha256, text or "")


def check_unchanged(file: ModuleFile) -> None:
    """Refuse a file whose text does not have its hash, or whose name no module can have.

    Raises
    ------
    BadArchitecture
        If it is such a file.
    """
    # A text from a database may hold what UTF-8 cannot: it is then not the one that was read.
    sha256 = hashlib.sha256(file.text.encode(errors="surrogatepass")).hexdigest()
    if not _NAME.fullmatch(file.name) or sha256 != file.sha256:
        raise BadArchitecture(f"{file}: its text was changed since it was stored: take it from where it was written")


def load_module(file: ModuleFile) -> tuple[Architecture, ...]:
    """Run a file's text, once per process, and register its architectures.

    Raises
    ------
    BadArchitecture
        If the text does not match its hash, fails, has no architecture that can be used, or one whose name is taken:
        another version of a loaded file needs a new process.
    """
    loaded = _loaded.get(file.module)
    if loaded is None or loaded[0] != file:
        architectures = run_module(file)
        for architecture in architectures:
            check_free(architecture.name, str(file))
        for architecture in architectures:
            register(architecture, str(file))
        _loaded[file.module] = file, architectures
    return _loaded[file.module][1]


def run_module(file: ModuleFile) -> tuple[Architecture, ...]:
    """Run a file's text and return its architectures, without registering them: their names may be taken.

    Raises
    ------
    BadArchitecture
        If the text does not match its hash, fails, or has no architecture that can be used.
    """
    check_unchanged(file)
    return _checked(file, _run(file))


def files_of(architectures: Iterable[str]) -> tuple[ModuleFile, ...]:
    """Return the loaded files that contain any of these architectures, each once."""
    names = set(architectures)
    return tuple(file for file, brought in _loaded.values() if names & {one.name for one in brought})


def fault_in_module(error: BaseException) -> str | None:
    """Describe an error from a person's file or installed package in one line; None if it comes from elsewhere.

    The line names the innermost place in that file or package at which the error passed.
    """
    return _located(error, _places) or _in_package(error)


def _run(file: ModuleFile) -> ModuleType:
    module, path = ModuleType(file.module), f"{file.module}.py"
    module.__file__ = path
    # Dataclasses look up their module while it is run, and tracebacks look up its lines.
    sys.modules[file.module] = module
    linecache.cache[path] = (len(file.text), None, file.text.splitlines(keepends=True), path)
    try:
        exec(compile(_code(file), path, "exec", dont_inherit=True), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[file.module]
        raise BadArchitecture(_located(error, {path: file.name}) or f"{file.name}: {described(error)}") from error
    _places[path] = file.name
    return module


def _code(file: ModuleFile) -> str:
    """Return the text without the byte order mark that some editors begin it with."""
    return file.text.removeprefix("\ufeff")


def _checked(file: ModuleFile, module: ModuleType) -> tuple[Architecture, ...]:
    several = getattr(module, SEVERAL, [getattr(module, ONE)] if hasattr(module, ONE) else [])
    if not isinstance(several, list | tuple) or not several:
        raise BadArchitecture(f"{file.name}: no {ONE}: assign a models.Architecture to it, or a list to {SEVERAL}")
    try:
        checked = tuple(check_contract(one) for one in several)
        if len({one.name for one in checked}) < len(checked):
            raise BadArchitecture("two architectures have the same name: rename one")
        return checked
    except BadArchitecture as error:
        raise BadArchitecture(f"{file.name} line {_line_of_assignment(_code(file))}: {error}") from error


def _line_of_assignment(text: str) -> int:
    for node in ast.walk(ast.parse(text)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id in (ONE, SEVERAL) for target in targets):
            return int(getattr(node, "lineno", 1))
    return 1


def _located(error: BaseException, places: dict[str, str]) -> str | None:
    if isinstance(error, SyntaxError) and error.filename in places:
        return f"{places[error.filename]} line {error.lineno}: {type(error).__name__}: {error.msg}"
    found = None
    for frame, line in walk_tb(error.__traceback__):
        if (path := frame.f_code.co_filename) in places:
            found = f"{places[path]} line {line}: {described(error)}"
    return found


def _in_package(error: BaseException) -> str | None:
    packages, found = packages_of_architectures(), None
    for frame, line in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__"))
        if package := packages.get(module.partition(".")[0]):
            found = f"{package}, {module} line {line}: {described(error)}"
    return found

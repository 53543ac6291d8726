"""Loops over arrays that numba compiles; they are kept on disk for the next process where that is possible."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel, **options: Any) -> Kernel:
    """Compile a kernel at its first call, or load what an earlier process has compiled.

    If neither its folder nor the user's cache can be written, or the disk is full, each process compiles for itself.

    Parameters
    ----------
    kernel : callable
        Function of arrays and numbers; it runs without the interpreter's lock.
    **options
        Further options of `numba.njit`.
    """
    chosen: dict[str, Any] = {"nogil": True, "error_model": "numpy", **options}
    dispatcher = numba.njit(**chosen)(kernel)  # compiles nothing yet
    try:
        keeping = numba.njit(cache=True, **chosen)(kernel)
    except RuntimeError:  # no folder to keep it in
        return cast(Kernel, dispatcher)
    use = keeping

    @wraps(kernel)
    def run(*arguments: Any) -> Any:
        nonlocal use
        try:
            return use(*arguments)
        except OSError:  # loading or keeping failed, before the kernel ran: kernels use no files
            use = dispatcher
            return use(*arguments)

    return cast(Kernel, run)

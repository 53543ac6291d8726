"""The steps of long work, counted, so that whoever watches over this process sees whether its main thread gets on."""

import threading

_count = 0


def count_step() -> None:
    """Count a step of whatever takes long; only the main thread's, as others may go on while that one hangs."""
    global _count
    if threading.current_thread() is threading.main_thread():
        _count += 1


def n_steps() -> int:
    """Return how many steps the main thread has made so far."""
    return _count

"""Limits that a container, a batch system or a service manager sets to this process: control groups, version 2."""

from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


def limits(name: str) -> list[str]:
    """Return what a file of limits says in the group of this process and in all those that contain it.

    Parameters
    ----------
    name : str
        ``memory.max`` or ``cpu.max``.
    """
    try:
        lines = OWN_GROUP.read_text().splitlines()
    except OSError:  # no Linux, or hidden
        lines = []
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    # In a container, the path may be the one that the group has outside: what is not there is passed over.
    files = [folder / name for folder in (GROUPS / own, *(GROUPS / own).parents) if folder.is_relative_to(GROUPS)]
    return [file.read_text().strip() for file in files if file.is_file()]

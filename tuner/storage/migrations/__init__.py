"""Numbered steps that bring a database of an older version up to date, forward only.

A step has table definitions of its own, as they were then, and never imports those of today. The step to version N is
in ``to_N.py``; all steps that a database needs run in one transaction, so that one that is killed leaves nothing.
"""

from collections.abc import Callable

from sqlalchemy import Column, Connection, Integer, MetaData, Table, update

from tuner.storage.migrations import to_3

OLDEST_VERSION = 2
"""Databases that are older cannot be migrated."""

STEPS: dict[int, Callable[[Connection], None]] = {3: to_3.migrate}
"""By the version that each leads to."""

_schema = Table("tuner_schema", MetaData(), Column("version", Integer, primary_key=True, autoincrement=False))


def migrate(connection: Connection, version: int, goal: int) -> None:
    """Lead a database from one version to another.

    Parameters
    ----------
    connection : Connection
        A connection in a transaction beside which no other process migrates.
    version, goal : int
        The version it has, and the one it is to have.

    Raises
    ------
    StorageError
        If it cannot be done now.
    """
    for number in range(version + 1, goal + 1):
        STEPS[number](connection)
    connection.execute(update(_schema).values(version=goal))

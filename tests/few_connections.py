"""A role that may have few connections."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from tools.postgres import PostgresServer


@contextmanager
def limited(server: PostgresServer, url: str, n: int) -> Iterator[str]:
    """Give the address of a database for a role that may have so many connections."""
    role = f"few_{make_url(url).database}"
    with server.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret' CONNECTION LIMIT {n}")
    with server.connect(str(make_url(url).database)) as connection:
        for what in ("ALL TABLES", "ALL SEQUENCES"):
            connection.execute(f"GRANT ALL ON {what} IN SCHEMA public TO {role}")
        connection.execute(f"GRANT ALL ON SCHEMA public TO {role}")
    yield make_url(url).set(username=role, password="secret").render_as_string(hide_password=False)
    with server.connect(str(make_url(url).database)) as connection:
        connection.execute(f"DROP OWNED BY {role} CASCADE")
        connection.execute(f"DROP ROLE {role}")

"""A throwaway PostgreSQL server."""

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class PostgresServer:
    """A throwaway server on this machine."""

    host: str
    port: int
    user: str
    password: str

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database, autocommit=True
        )

"""Databases by URL: `sql:sqlite:///data.db#customers`; or a script for SQLite: `sql:data.sql`."""

import sqlite3
from pathlib import Path

import pandas as pd
import sqlalchemy
from sqlalchemy.pool import StaticPool

from customer_spend.data_loaders.data_loader import Frame, typed
from customer_spend.errors import InputError

NAME = "sql"
USAGE = "sql:URL#TABLE or sql:FILE.sql#TABLE"
DEFAULT_TABLE = "customers"


class Loader:
    """Reads one table of a database, which any driver of SQLAlchemy may reach."""

    def __init__(self, source: str) -> None:
        self._source, _, table = source.partition("#")
        self._table = table or DEFAULT_TABLE

    def load(self) -> Frame:
        """Read the table.

        Raises:
            InputError: there is no such database or table, its driver is not installed, or a column
                is missing or of another type.
        """
        # A URL may hold a password, so messages name what follows it alone.
        where = f"table {self._table}"
        try:
            engine = self._engine()
            with engine.connect() as connection:
                table = pd.read_sql_table(self._table, connection)
            engine.dispose()
        except OSError as error:
            raise InputError(f"cannot read {self._source}: {error.strerror}") from error
        except (
            sqlalchemy.exc.SQLAlchemyError,
            sqlite3.Error,
            ImportError,
            ValueError,
        ) as error:
            said = str(error).splitlines()[0]
            raise InputError(
                f"cannot load {where}: {said}; usage: --data {USAGE}"
            ) from error
        return typed(table, where)

    def _engine(self) -> sqlalchemy.Engine:
        if self._source.endswith(".sql"):
            script = Path(self._source).read_text(encoding="utf-8")
            engine = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool)
            raw = engine.raw_connection()
            raw.cursor().executescript(script)
            raw.commit()
            raw.close()
            return engine
        url = sqlalchemy.make_url(self._source)
        if url.get_backend_name() == "sqlite" and url.database:
            # SQLite would make an empty database of a name that is misspelt.
            with Path(url.database).open("rb"):
                pass
        return sqlalchemy.create_engine(url)

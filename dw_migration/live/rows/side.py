"""One side of a copy: a session, and how its server is called when it refuses something."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from dw_migration.errors import DwMigrationError, ServerError
from dw_migration.live.connections import translation
from dw_migration.live.stop import stoppable
from dw_migration.sql import Sql

Session = psycopg.Connection[tuple[Any, ...]]

# What a row's own values cause: data exceptions, constraints, WITH CHECK OPTION.
_OF_ROWS = frozenset({"22", "23", "44"})
# A row too large for an index or a page; RAISE in the function of a domain or a CHECK.
_STATES_OF_ROWS = frozenset({"54000", "P0001"})
# Bytes that no server writes: the stream is at fault, and not one row of it.
_OF_THE_STREAM = frozenset({"22P04"})


class Refused(ServerError):  # noqa: N818 - its name says what is the matter
    """A server refused a row's values; the message never carries them. The row can be looked for, and left out."""

    def __init__(self, message: str, *, sqlstate: str, reason: str, column: str | None = None) -> None:
        self.reason = reason
        """The condition with the constraint's or the column's name: `not null violation: column total`."""
        self.column = column
        """Among those that are written, where the server says which."""
        super().__init__(message, sqlstate=sqlstate)


@dataclass(frozen=True, slots=True)
class Side:
    """A session, and its server's place in the config."""

    session: Session
    where: str

    @contextmanager
    def told(self, columns: Collection[str] = ()) -> Iterator[None]:
        """In the block, psycopg's errors become ours: `Refused` where a row is to blame, else as `translation`."""
        try:
            yield
        except psycopg.Error as error:
            raise self._telling(error, columns) from None
        except UnicodeDecodeError:
            raise ServerError(
                f"{self.where}: the server sent a name or a key that is not UTF-8: the database's encoding may be "
                f"SQL_ASCII, and its text of several encodings: convert it to UTF8"
            ) from None

    def _telling(self, error: psycopg.Error, columns: Collection[str]) -> DwMigrationError:
        state = error.sqlstate or ""
        if not _is_of_rows(state):
            return translation(error, self.where, self.session)
        column = _column(error.diag, columns)
        reason = _reason(error, column)
        told = translation(error, self.where, self.session)  # last, since it blanks the error
        return Refused(str(told), sqlstate=state, reason=reason, column=column)

    def rows(self, query: Sql) -> list[tuple[Any, ...]]:
        """What the query gives. Raises: Refused, ServerError, NotAllowed, NoConnection."""
        with self.told(), stoppable(self.session):
            return self.session.execute(query.text.encode()).fetchall()

    def run(self, statement: Sql) -> int:
        """How many rows the statement was about. Raises: as `rows`."""
        with self.told(), stoppable(self.session):
            return self.session.execute(statement.text.encode()).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The block as one transaction; as a savepoint inside of one. Raises: as `rows`, for its begin and its end."""
        with self.told(), self.session.transaction():
            yield

    def close_unless_settled(self) -> None:
        """Close a session that is in the middle of a statement: the server undoes what its transaction did."""
        if self.session.pgconn.transaction_status == TransactionStatus.ACTIVE:
            self.session.close()


def _is_of_rows(state: str) -> bool:
    return (state[:2] in _OF_ROWS or state in _STATES_OF_ROWS) and state not in _OF_THE_STREAM


def _column(diag: psycopg.errors.Diagnostic, columns: Collection[str]) -> str | None:
    """The column that the server names, in a field or, for a value that it cannot read, in COPY's context."""
    context = (diag.context or "").partition("\n")[0]
    named = [each for each in columns if re.search(rf", column {re.escape(each)}(: |$)", context)]
    return max(named, key=len, default=diag.column_name if diag.column_name in columns else None)


def _reason(error: psycopg.Error, column: str | None) -> str:
    condition = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    if error.diag.constraint_name:
        return f"{condition}: constraint {error.diag.constraint_name}"
    return f"{condition}: column {column}" if column else condition

"""What a workspace's env.py asks for: the connection, the options, the ledger in Alembic's own transaction."""

import getpass
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from dw_migration.config import CONFIG_VARIABLE, Config, load_config
from dw_migration.errors import BrokenHistory, DwMigrationError
from dw_migration.live.apply import Terms, entry_of, note, note_failure, on, outcome_now, run_by_hand
from dw_migration.live.borrowed import borrowed
from dw_migration.live.by_hand import note_other
from dw_migration.live.connections import connect_target, translated, translation
from dw_migration.live.ledger import SCHEMA, Actor, Entry, Ledger
from dw_migration.live.locks import acquire, check_held, holds
from dw_migration.live.travel import finish
from dw_migration.live.versions import version_table
from dw_migration.live.workspace import RevisionFile, Workspace, compare_texts, is_open, read
from dw_migration.sql import names

if TYPE_CHECKING:
    import sqlalchemy

Connection = psycopg.Connection[tuple[Any, ...]]

_WRITING = frozenset({"upgrade", "downgrade", "stamp"})


class Environment:
    """One start of Alembic in a source's folder."""

    def __init__(self, context: Any, *, folder: Path, not_compared: Callable[[object], bool] = lambda _: False) -> None:
        self.alembic = context
        self.folder = folder
        self.source = str(context.config.get_section_option("dw_migration", "source"))
        self.workspace = Workspace(folder, self.source)
        self._not_compared = not_compared
        self._psycopg: Connection | None = None

    @property
    def options(self) -> dict[str, str]:
        """Where Alembic keeps its version."""
        return {"version_table": version_table(self.source), "version_table_schema": SCHEMA}

    @property
    def command(self) -> str:
        """`upgrade`, `current`, ...; called by a program it could be anything, so it is taken for one that writes."""
        given = getattr(self.alembic.config.cmd_opts, "cmd", None)
        return given[0].__name__ if given else "upgrade"

    @cached_property
    def config(self) -> Config:
        """The settings: of $DW_MIGRATION_CONFIG, else of the file that alembic.ini names, else of the environment."""
        named = None if os.environ.get(CONFIG_VARIABLE) else self.workspace.config_file()
        return load_config(named)

    @cached_property
    def terms(self) -> Terms:
        """Who applies, and how long others may be made to wait."""
        given: Terms | None = self.alembic.config.attributes.get("terms")
        if given is not None:
            return given
        told = self.alembic.get_x_argument(as_dictionary=True).get("allow_breaking", "no").lower()
        policy = self.config.policy
        allowed = told in {"yes", "true", "1"} or policy.breaking == "allow"
        actor = Actor(_user(), secrets.token_hex(6))
        return Terms(actor, policy.lock_timeout, policy.lock_budget, allowed, probe_timeout=policy.probe_timeout)

    # --- the connection -----------------------------------------------------------------------------------------------

    @contextmanager
    def connection(self) -> Iterator["sqlalchemy.Connection"]:
        """The target, under the source's lock if the command writes; afterwards the target is read again."""
        with _told_by_alembic(), self._opened() as connection, on(self.terms):
            self._psycopg = connection
            writing = self.command in _WRITING
            if writing:
                Ledger(connection).ensure()
                if not holds(connection, self.source):
                    acquire(connection, self.source)
                self._name_schemas(connection)
                known = Ledger(connection).revisions(self.source)
            try:
                with borrowed(connection) as lent, _translated(self.source):
                    if writing:
                        self._guard(lent, known)
                    yield lent
            except DwMigrationError as error:
                self._note(connection, error)
                raise
            if writing:
                finish(connection, self.workspace)

    def _guard(self, lent: "sqlalchemy.Connection", known: Sequence[Entry]) -> None:
        """From now on what is not ours to the letter runs as ours does: history and consent come before its code."""
        from sqlalchemy import event  # noqa: PLC0415 - Alembic has loaded it already

        event.listen(lent, "before_cursor_execute", _note_other)
        ours = {each.id: each.script for each in known if not each.revision.hand_written}
        for script in self.alembic.script.walk_revisions():
            file = RevisionFile(script.revision, script.down_revision, Path(script.path), read(Path(script.path)))
            if ours.get(file.id) == file.text:
                continue
            for direction, name in (("up", "upgrade"), ("down", "downgrade")):
                act = getattr(script.module, name, None)
                if act is not None:
                    setattr(script.module, name, partial(self._run_by_hand, file, direction, act))

    def _run_by_hand(self, file: RevisionFile, direction: str, act: Callable[[], None]) -> None:
        connection = self._psycopg
        if connection is None:
            raise BrokenHistory(f"{self.source}: Alembic has no connection: call it through this env.py")
        connection.commit()  # what Alembic wrote for itself: its empty version table
        self._take_in(Ledger(connection), file)
        connection.commit()
        outcome_now.set(run_by_hand(connection, self.source, file.id, direction, act))

    def _name_schemas(self, connection: Connection) -> None:
        """A hand-written revision may leave the schema out: it means the source's, by name the first."""
        path = str(names(Ledger(connection).schemas(self.source)))
        with translated("target", connection):
            connection.execute("SELECT pg_catalog.set_config('search_path', %s, false)", (path,))

    def _note(self, connection: Connection, error: DwMigrationError) -> None:
        """A failure goes into the history; what went through before it is read again."""
        if self.alembic.config.attributes.get("connection") is not None or connection.closed or connection.broken:
            return
        with suppress(DwMigrationError):
            note_failure(connection, self.source, None, self.terms.actor, error)
            finish(connection, self.workspace)

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        given: Connection | None = self.alembic.config.attributes.get("connection")
        if given is not None:
            yield given
            return
        run = f"dw/{self.terms.actor.run}"
        strict_tls = self.config.policy.strict_tls
        with connect_target(
            self.config.target,
            application_name=run,
            lock_timeout=self.config.policy.lock_timeout,
            strict_tls=strict_tls,
        ) as connection:
            yield connection

    # --- the ledger ---------------------------------------------------------------------------------------------------

    def on_version_apply(self, *, ctx: Any, step: Any, heads: set[str], run_args: Mapping[str, Any]) -> None:
        """Write the ledger in the transaction in which Alembic has just moved its version."""
        del run_args
        connection: Connection = ctx.connection.connection.driver_connection
        check_held(connection, self.source)
        ledger = Ledger(connection)
        if ledger.source(self.source) is None:
            raise BrokenHistory(f"the ledger does not know the source {self.source}: run dw-migration plan first")
        if step.is_stamp:
            ledger.stamp(self.source, next(iter(heads), None), self.terms.actor)
            return
        revision, direction = step.up_revision_id, "up" if step.is_upgrade else "down"
        outcome, _ = outcome_now.get(), outcome_now.set(None)
        if outcome is None or (outcome.revision, outcome.direction) != (revision, direction):
            raise BrokenHistory(
                f"{step.up_revision.path}: is a revision of dw_migration whose code was edited, so that it ran past "
                f"us: delete the file, it is restored from the ledger"
            )
        note(connection, self.source, outcome, self.terms.actor)

    def _take_in(self, ledger: Ledger, file: RevisionFile) -> None:
        """A hand-written revision stands in the ledger as it is run now. Raises: BrokenHistory if applied otherwise."""
        known = {each.id: each for each in ledger.revisions(self.source)}
        entry = known.get(file.id)
        if entry is not None and not is_open(entry):
            compare_texts(file.path, file.text, entry.script)
        elif entry is None or entry.script != file.text:
            revision = file.parsed()
            if not revision.hand_written:
                entry_of(ledger, self.source, file.id)
            ledger.add_hand_written(self.source, revision, file.text, self.terms.actor)

    # --- autogenerate -------------------------------------------------------------------------------------------------

    def target_metadata(self) -> Any:
        """What models.py declares, if Alembic is to compare it with the target; importing it takes long."""
        options = self.alembic.config.cmd_opts
        if not getattr(options, "autogenerate", False) and self.command != "check":
            return None
        sys.path.insert(0, str(self.folder))
        models = import_module("models")
        if (self.folder / "models_extra.py").exists():
            import_module("models_extra")
        return models.Base.metadata

    @cached_property
    def _schemas(self) -> frozenset[str]:
        return frozenset(Ledger(self._psycopg).schemas(self.source)) if self._psycopg else frozenset()

    @cached_property
    def _managed(self) -> frozenset[tuple[str, str, str]]:
        """(kind, schema, name) of managed tables and indexes."""
        objects = Ledger(self._psycopg).desired(self.source).objects if self._psycopg else {}
        return frozenset((each.kind, each.schema, each.name) for each in objects)

    def include_name(self, name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        """Whether Alembic looks at it: only at this source's schemas."""
        schema = name if type_ == "schema" else parent_names.get("schema_name")
        return schema in self._schemas

    def include_object(self, item: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:  # noqa: FBT001 - Alembic calls it so
        """Whether Alembic compares it: not what stands in the target alone, and was never ours."""
        if type_ == "index" and self._not_compared(compare_to if reflected else item):
            return False
        if not reflected or compare_to is not None or type_ not in {"table", "index"}:
            return True
        schema = item.schema if type_ == "table" else item.table.schema
        return (type_, schema, name) in self._managed


def _note_other(_connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: Any) -> None:
    note_other(statement)


@contextmanager
def _translated(source: str) -> Iterator[None]:
    """In the block, what the server says to a hand-written revision becomes our error, without rows' values."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - Alembic has loaded it already

    refused: psycopg.Error | None = None
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        refused = error.orig
    if refused is not None:  # raised out here, since SQLAlchemy's error shows the parameters
        raise translation(refused, f"{source}, under Alembic", show_raised=True)


@contextmanager
def _told_by_alembic() -> Iterator[None]:
    """In the block, our errors become Alembic's, which it tells in a line; the cause stays."""
    from alembic.util import CommandError  # noqa: PLC0415 - Alembic is loaded already

    try:
        yield
    except DwMigrationError as error:
        raise CommandError(str(error)) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

"""Hand-written SQL files of a config, on its target: each command of the group `sql` is one function here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from dw_migration.config import Config
from dw_migration.errors import BadConfig, ConsentNeeded, NotOurs
from dw_migration.live.backup import back_up, dumper
from dw_migration.live.connections import Session, connect_target, translated
from dw_migration.live.ledger import SCHEMA, Actor, Ledger
from dw_migration.live.sqlfiles import amending, importing, running
from dw_migration.live.sqlfiles.amending import Back, Repair
from dw_migration.live.sqlfiles.asking import Logic, carry_out
from dw_migration.live.sqlfiles.history import Event, History
from dw_migration.live.sqlfiles.importing import TOOLS, Imported
from dw_migration.live.sqlfiles.running import Backup, Gate, Ran, Standing, Task
from dw_migration.live.sqlfiles.session import Place, Terms
from dw_migration.rule import Finding, Severity
from dw_migration.sqlfiles.file import Script, SqlFile
from dw_migration.sqlfiles.judging import findings
from dw_migration.sqlfiles.modules import Module, Settings, read_modules, version_of
from dw_migration.sqlfiles.new import new_file
from dw_migration.sqlfiles.template import Names

APPLICATION = "dw/sql"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """How files are run."""

    to: str | None = None
    dry_run: bool = False
    out_of_order: bool = False
    allow_breaking: bool = False
    by: str = ""
    run: str = ""
    backup: Literal["affected", "database"] | None = None
    """What is saved by pg_dump before anything runs: the schemas that files name, or all."""
    tell: Callable[[Finding], None] = lambda _: None
    """Is told what is found in the files, before any of them runs."""


@dataclass(slots=True)
class Applied:
    """What became of the files, and what was found in them."""

    ran: tuple[Ran, ...] = ()
    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    """By file."""


def status(config: Config, names: Sequence[str] = ()) -> tuple[Standing, ...]:
    """How each file stands, by module, in order. Raises: BadConfig, BadSqlFiles, NoConnection."""
    with _opened(config, read_only=True) as files:
        return tuple(each for name in files.chosen(names) for each in files.done(running.standings(files.places[name])))


def warnings(config: Config) -> tuple[str, ...]:
    """What is odd about the names of files."""
    return tuple(each for module in modules_of(config).values() for each in module.warnings)


def history(config: Config, names: Sequence[str] = ()) -> tuple[Event, ...]:
    """What happened, by module, oldest first. Raises: BrokenHistory if somebody changed it."""
    with _opened(config, read_only=True) as files:
        return tuple(
            each for name in files.chosen(names) for each in files.done(files.places[name].history.chain(name))
        )


def apply(config: Config, names: Sequence[str] = (), options: Options = Options()) -> Applied:
    """What is pending is run, in order; with `dry_run` it is rolled back.

    Raises: BadSqlFiles, HistoryChanged and ConsentNeeded before anything runs; Locked; NotOurs; for a statement that
    fails ServerError, NotAllowed, NoConnection: nothing of its file stays, and what ran before it does.
    """
    with _opened(config, read_only=False, options=options) as files:
        chosen = files.chosen(names)
        if options.to is not None and len(chosen) != 1:
            raise BadConfig("--to: a version is one of a module: name the module too")
        if options.to is not None:
            files.places[chosen[0]].module.check_known(version_of(options.to))
        applied = Applied()
        task = Task(
            files.places,
            chosen,
            to=None if options.to is None else version_of(options.to),
            gate=_gate(config, options, files, applied),
            backup=files.backup(options),
        )
        if not options.dry_run:
            files.prepare()
        act = running.try_out if options.dry_run else running.apply
        applied.ran = files.done(act(task, files.terms))
        return applied


def rollback(config: Config, name: str | None, back: Back, options: Options = Options()) -> tuple[Ran, ...]:
    """Files that were taken back, the last first. Raises: as `apply`; BadConfig."""
    with _opened(config, read_only=False, options=options) as files:
        gate = _gate(config, options, files, Applied())
        chosen, backup = files.single(name), files.backup(options)
        return files.done(amending.roll_back(files.places, chosen, back, files.terms, gate=gate, backup=backup))


def repair(config: Config, name: str | None, wanted: Repair, options: Options = Options()) -> tuple[Standing, ...]:
    """What was accepted as it is. Raises: BadConfig."""
    with _opened(config, read_only=False, options=options) as files:
        return files.done(amending.repair(files.places[files.single(name)], wanted, files.terms))


def baseline(config: Config, name: str | None, version: str, options: Options = Options()) -> tuple[Ran, ...]:
    """Files that are noted as applied without being run. Raises: BadConfig, HistoryChanged."""
    with _opened(config, read_only=False, options=options) as files:
        files.prepare()
        return files.done(amending.baseline(files.places[files.single(name)], version_of(version), files.terms))


def import_history(config: Config, tool: str, name: str | None, options: Options = Options()) -> Imported:
    """What another tool ran is noted as applied. Raises: BadConfig, HistoryChanged."""
    if tool not in TOOLS:
        raise BadConfig(f"{tool}: expected {', '.join(TOOLS)}")
    with _opened(config, read_only=False, options=options) as files:
        files.prepare()
        return files.done(importing.import_history(files.places[files.single(name)], tool, files.terms))


def new(config: Config, name: str, module: str | None = None) -> Path:
    """An empty file with the module's next number. Raises: BadConfig."""
    folder = config.sql.path if module is None else config.sql.path / module
    if module is not None and (given := config.sql.modules.get(module)) and given.path is not None:
        folder = given.path
    elif module is not None and (known := modules_of(config).get(module)):
        folder = known.folder
    return new_file(folder, name)


def modules_of(config: Config) -> dict[str, Module]:
    """All modules, in the order in which they run. Raises: BadSqlFiles with every fault."""
    given = {name: Settings(each.path, each.schema_, each.after) for name, each in config.sql.modules.items()}
    return read_modules(config.sql.path, given)


# --- the target -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Files:
    """The modules of a config, on a session of its target."""

    config: Config
    session: Session
    ledger: Ledger
    places: Mapping[str, Place]
    terms: Terms

    def done(self, logic: Logic[T]) -> T:
        """What the logic comes to."""
        with translated("target", self.session, show_raised=True):
            return carry_out(self.session, logic)

    def chosen(self, names: Sequence[str]) -> tuple[str, ...]:
        """The modules of these names, or all, in order. Raises: BadConfig."""
        for name in names:
            if name not in self.places:
                raise BadConfig(f"{name}: there is no such module: expected {self._told}")
        return tuple(name for name in self.places if not names or name in names)

    @property
    def _told(self) -> str:
        return ", ".join(self.places) or "none: there is no file yet, and sql new NAME --module MODULE writes one"

    def single(self, name: str | None) -> str:
        """The module of this name, or the only one there is. Raises: BadConfig."""
        if name is None and len(self.places) != 1:
            raise BadConfig(f"which module: name one of {self._told}")
        return self.chosen((name,) if name is not None else ())[0]

    def backup(self, options: Options) -> Backup | None:
        """Saves what is asked for, into the workspace's `backups`. Raises: BadConfig without a fitting pg_dump."""
        if options.backup is None or options.dry_run:
            return None
        programs, folder = dumper(self.session), self.config.workspace / "backups"

        def save(name: str, schemas: frozenset[str]) -> Path | None:
            return back_up(self.session, programs, folder, name, None if options.backup == "database" else schemas)

        return save

    def prepare(self) -> None:
        """The ledger's tables are there, and no module writes where others are at home. Raises: NotOurs."""
        for name, place in self.places.items():
            schema = place.names.schema
            holder = self.ledger.holder(schema) if schema and self.ledger.exists() else None
            if holder or schema == SCHEMA:
                raise NotOurs(
                    f"sql.modules.{name}.schema: {schema} is that of {holder or 'the ledger'}: choose another one; "
                    f"files may name its tables by {{{{source.{holder or 'NAME'}.SCHEMA}}}}"
                )
        if self.config.sql.ledger == "target":
            self.ledger.ensure()


@contextmanager
def _opened(config: Config, *, read_only: bool, options: Options = Options()) -> Iterator[_Files]:
    modules = modules_of(config)
    terms = Terms(
        Actor(options.by, options.run),
        config.policy.lock_timeout,
        config.policy.lock_budget,
        out_of_order=options.out_of_order,
    )
    session = connect_target(
        config.target,
        application_name=f"{APPLICATION}/{options.run}" if options.run else APPLICATION,
        read_only=read_only,
        lock_timeout=config.policy.lock_timeout,
        strict_tls=config.policy.strict_tls,
    )
    with session:
        ledger = Ledger(session)
        sources = _sources(ledger)
        places = {name: _place(config, module, sources) for name, module in modules.items()}
        yield _Files(config, session, ledger, places, terms)


def _place(config: Config, module: Module, sources: Mapping[str, Mapping[str, str]]) -> Place:
    is_central = config.sql.ledger == "target"
    return Place(
        module,
        Names(module.schema, config.sql.vars, sources),
        History.in_ledger() if is_central else History.in_schema(module.schema or _NO_SCHEMA),
        (module.schema or _NO_SCHEMA,),
    )


_NO_SCHEMA = "public"
"""In which a module without a schema makes what it names by bare names, as everywhere in PostgreSQL."""


def _sources(ledger: Ledger) -> dict[str, dict[str, str]]:
    """For each source its schemas with their names in the target."""
    return ledger.all_schemas() if ledger.exists() else {}


# --- the gate ---------------------------------------------------------------------------------------------------------


def _gate(config: Config, options: Options, files: _Files, applied: Applied) -> Gate:
    is_open = options.allow_breaking or options.dry_run or config.policy.breaking == "allow"

    def gate(file: SqlFile, script: Script, known: tuple[Finding, ...]) -> None:
        found = (*findings(script, files.places[file.module].names.schema), *known)
        if found:
            applied.findings[file.label] = found
            for each in found:
                options.tell(each)
        worst = [each for each in found if each.severity is Severity.BREAKING]
        if worst and not is_open:
            told = "; ".join(each.message for each in worst[:5])
            raise ConsentNeeded(
                f"{file.label}: can lose data: {told}: nothing was run: read it, then run it with --allow-breaking "
                f"(or set policy.breaking: allow)"
            )

    return gate

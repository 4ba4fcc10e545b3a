"""The rows of one range, from the source to the target, in transactions that are open on both."""

from dataclasses import dataclass, replace

from dw_migration.errors import NotConverged, SourceChanging
from dw_migration.live.rows.checks import NewTable
from dw_migration.live.rows.chunks import Copy, Mode
from dw_migration.live.rows.hashes import Digest, RowHash, source_digest, target_digest
from dw_migration.live.rows.pump import Moved, Pipe, Pumped, Rate, pump
from dw_migration.live.rows.side import Refused, Side
from dw_migration.live.rows.snapshots import storage
from dw_migration.resolutions.compiled import STAGED, CompiledColumn, Range, StagedLookup, TablePlan
from dw_migration.revision import one_line
from dw_migration.sql import Sql, identifier, joined, names, sql

NOTHING = Digest()
_STAGE = Sql("pg_temp.dw_rows")
_NO_ENTRY = "23503"
"""As for a foreign key: the value names nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every chunk of a table must know."""

    plan: TablePlan
    copy: Copy | None
    """None: rows are compared, and none are written."""
    new: NewTable
    files: str
    """Where the old table's rows were when the run began; see `storage`."""
    hashed_as: RowHash | None = None
    """None: rows are counted alone."""
    strict: bool = False
    """Whether a refused row is an error, instead of a reject."""
    keep_values: bool = False
    """Whether rejects hold the refused values themselves."""
    rate: Rate | None = None
    moved: Moved | None = None

    @property
    def noted(self) -> Copy:
        """The copy that the ledger notes."""
        assert self.copy is not None  # noqa: S101 - a job without one writes nothing
        return self.copy

    @property
    def mode(self) -> Mode:
        """What becomes of rows that are there already."""
        return self.noted.mode

    @property
    def is_staged(self) -> bool:
        """Whether the rows meet others in the target before they are written."""
        return bool(self.plan.staged) or self.mode is Mode.UPSERT

    @property
    def name(self) -> str:
        """The new table, for messages."""
        return one_line(self.new.address.text)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows that were written, as the source counted and hashed them."""

    digest: Digest = NOTHING
    bytes: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(self.digest + other.digest, self.bytes + other.bytes)


def load(source: Side, target: Side, job: Job, chunk: Range) -> Loaded:
    """The range's rows, written and not committed. Where they are staged they are verified here; else by the caller.

    Raises: Refused; SourceChanging, NotConverged; as `pump`.
    """
    sent = source_digest(source, job.plan, job.hashed_as, chunk) if job.hashed_as else None
    pumped = _staged(source, target, job, chunk, sent) if job.is_staged else _pumped(source, target, job, chunk, sent)
    if storage(source, *job.plan.old) != job.files:
        raise SourceChanging(
            f"{source.where}: {one_line(identifier(*job.plan.old).text)} was truncated or rewritten since the copy "
            f"began: nothing of this chunk was kept: run it again"
        )
    if sent is not None and sent.rows != pumped.rows:
        raise NotConverged(
            f"{job.name}: the source counted {sent.rows} rows and sent {pumped.rows}: nothing of them was kept"
        )
    return Loaded(sent or Digest(pumped.rows), pumped.bytes)


def arrived(target: Side, job: Job, chunk: Range) -> Digest:
    """The new table's rows in this range; nothing where rows are not hashed."""
    if job.hashed_as is None:
        return Digest()
    rows = sql("{}{}", job.new.rows, job.plan.where_new(chunk))
    return target_digest(target, job.plan, job.hashed_as, rows)


def check_equal(job: Job, sent: Digest, found: Digest) -> None:
    """Nothing, where the rows arrived as they left. Raises: NotConverged: the caller's transaction must not commit."""
    if job.hashed_as is not None and sent != found:
        raise NotConverged(
            f"{job.name}: {sent.rows} rows were sent, and {found.rows} are found to have come, "
            f"{'with other values' if sent.rows == found.rows else 'which is not as many'}: this chunk was not kept: "
            f"another session, a trigger or a rule changes what is written there"
        )


# --- straight into the table ----------------------------------------------------------------------------------------


def _pumped(source: Side, target: Side, job: Job, chunk: Range, sent: Digest | None) -> Pumped:
    return pump(source, target, _pipe(job, chunk, sent))


def _pipe(job: Job, chunk: Range, sent: Digest | None) -> Pipe:
    plan = job.plan
    return Pipe(
        plan.select(chunk),
        job.new.address,
        plan.new_columns,
        "text" if any(each.is_text for each in plan.columns) else "binary",
        written=[each.name for each in plan.columns],
        most=sent.rows if sent else None,
        rate=job.rate,
        moved=job.moved,
    )


# --- by way of a temporary table ------------------------------------------------------------------------------------


def _staged(source: Side, target: Side, job: Job, chunk: Range, sent: Digest | None) -> Pumped:
    target.run(_stage(job))
    pumped = pump(source, target, replace(_pipe(job, chunk, sent), into=_STAGE))
    if job.plan.staged:
        target.run(sql("ANALYZE {} ({})", _STAGE, names(each.column for each in job.plan.staged)))
    written = target.run(_written(job))
    if written != pumped.rows or job.hashed_as is None:  # one too few and one too many would be as many
        _check_entries(target, job)
    if job.mode is not Mode.UPSERT and written != pumped.rows:
        raise NotConverged(
            f"{job.name}: {pumped.rows} rows came, and {written} were written: a key stands in a lookup table more "
            f"than once, or a rule changes what is written: nothing of this chunk was kept"
        )
    if job.mode is Mode.UPSERT and job.hashed_as and sent is not None:
        check_equal(job, sent, target_digest(target, job.plan, job.hashed_as, _upserted(job)))
    target.run(sql("DROP TABLE {}", _STAGE))
    return pumped


def _stage(job: Job) -> Sql:
    """The stage has the table's columns and types, and none of its constraints; what is to be looked up is text."""
    looked_up = {each.column for each in job.plan.staged}
    columns = [
        sql("NULL::pg_catalog.text AS {}", identifier(each.name)) if each.name in looked_up else identifier(each.name)
        for each in job.plan.columns
    ]
    made = sql("CREATE TEMPORARY TABLE {} ON COMMIT DROP", _STAGE)
    return sql("{} AS SELECT {} FROM {} WITH NO DATA", made, joined(columns), job.new.address)


def _check_entries(target: Side, job: Job) -> None:
    """Nothing, if each value to be looked up has its entry. Raises: Refused: some row has none."""
    for number, each in enumerate(job.plan.staged):
        value, entry = sql("{}.{}", STAGED, identifier(each.column)), _entry(number, each)
        rows = sql("{} AS {}{}", _STAGE, STAGED, _join(number, each))
        # all are counted: for EXISTS the planner hopes for an early one, and takes a loop in a loop
        missing = sql("SELECT pg_catalog.count(*) FROM {} WHERE {} IS NOT NULL AND {} IS NULL", rows, value, entry)
        if each.default is None and target.rows(missing) != [(0,)]:
            raise Refused(
                f"{job.name}: a value of {one_line(each.column)} has no entry in "
                f"{one_line(identifier(*each.table).text)}",
                sqlstate=_NO_ENTRY,
                reason=f"no entry in the lookup table: column {each.column}",
                column=each.column,
            )


def _entry(number: int, lookup: StagedLookup) -> Sql:
    return sql("{}.{}", identifier(f"l{number}"), identifier(lookup.key_column))


def _join(number: int, lookup: StagedLookup) -> Sql:
    """Values are compared as the source would: as text, by their bytes."""
    return sql(
        ' LEFT JOIN {} AS {} ON {}::pg_catalog.text COLLATE pg_catalog."C" = {}.{}',
        identifier(*lookup.table),
        identifier(f"l{number}"),
        _entry(number, lookup),
        STAGED,
        identifier(lookup.column),
    )


def _written(job: Job) -> Sql:
    """From the stage into the table, without rows that lack an entry. Identities too come from the old rows."""
    values = [_value(job, each) for each in job.plan.columns]
    joins = joined([_join(number, each) for number, each in enumerate(job.plan.staged)], "")
    rows = sql(
        "SELECT {} FROM {} AS {}{}{}{}", joined(values), _STAGE, STAGED, joins, _with_entries(job), _in_order(job)
    )
    into = sql("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE", job.new.address, job.plan.new_columns)
    return sql("{} {}{}", into, rows, _conflict(job) if job.mode is Mode.UPSERT else Sql(""))


def _with_entries(job: Job) -> Sql:
    tests = [
        sql("({}.{} IS NULL OR {} IS NOT NULL)", STAGED, identifier(each.column), _entry(number, each))
        for number, each in enumerate(job.plan.staged)
        if each.default is None
    ]
    return sql(" WHERE {}", joined(tests, " AND ")) if tests else Sql("")


def _in_order(job: Job) -> Sql:
    """The key's, which joins do not keep: the index and the table itself are then filled from one end to the other."""
    key = [sql("{}.{}", STAGED, identifier(each.new)) for each in job.plan.key]
    return sql(" ORDER BY {}", joined(key)) if key and job.plan.staged else Sql("")


def _value(job: Job, column: CompiledColumn) -> Sql:
    staged = sql("{}.{}", STAGED, identifier(column.name))
    for number, each in enumerate(job.plan.staged):
        if each.column == column.name:
            found = sql("{}.{}", identifier(f"l{number}"), identifier(each.value_column))
            default = sql(" WHEN {} IS NULL THEN {}", _entry(number, each), each.default) if each.default else Sql("")
            null = each.for_null or Sql("NULL")
            return sql("CASE WHEN {} IS NULL THEN {}{} ELSE {} END", staged, null, default, found)
    return staged


def _conflict(job: Job) -> Sql:
    key = [each.new for each in job.plan.key]
    rest = [each.name for each in job.plan.columns if each.name not in key]
    if not rest:
        return sql(" ON CONFLICT ({}) DO NOTHING", names(key))
    changes = joined(sql("{} = EXCLUDED.{}", identifier(name), identifier(name)) for name in rest)
    return sql(" ON CONFLICT ({}) DO UPDATE SET {}", names(key), changes)


def _upserted(job: Job) -> Sql:
    """The new table's rows with a key that is on the stage."""
    key = [identifier(each.new) for each in job.plan.key]
    same = joined([sql("n.{} = {}.{}", each, STAGED, each) for each in key], " AND ")
    return sql("{} JOIN {} AS {} ON {}", job.new.rows, _STAGE, STAGED, same)

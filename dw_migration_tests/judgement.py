"""Judgements tried on rows: what a plan says of a change, and what the change then does to rows and readers.

A file in `judgements/<rule>/` has a change that the rule calls breaking. Its head says what is true of it:

    -- counts: 2 rows hold NULL         what the finding says of the rows that break it
    -- refused: 23502                   the sqlstate with which the server refuses the change then, or
    -- loses: t.a                       what has not the rows or values that it had, or
    -- readers: 42P01                   how the query under `read` fails then; `other rows`: it gives others
    -- harmless: safe                   what the finding is where the rows do not break it, and the change goes through
    -- differs: t.a                     what is not as it was then: spelt otherwise, or gone to another whole

`rows` are statements for the target, whose tables are named without a schema. Of a change that nothing can count, the
head has no `counts`; of one that breaks readers whatever the rows, the file has no `rows that do not`.
"""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.changes import Drops, Rename
from dw_migration.live.probes import probed
from dw_migration.rule import Severity
from dw_migration.rules.alters import FIELDS
from dw_migration_tests.life import RETIRED, Case, Stage, Step
from dw_migration_tests.walk import filled, scene_of

SCHEMA = "dw__app__public"


@dataclass(frozen=True)
class Values:
    """A column of a table, and what is in it."""

    name: str
    type: str
    is_own: bool
    """Whether the type is none of PostgreSQL's own."""
    texts: tuple[str, ...]
    """The values that are not NULL, in their order."""


@dataclass(frozen=True)
class Table:
    """A table of the target, with its own rows; one that is partitioned has those of its partitions."""

    name: str
    is_whole: bool
    """Whether it is partitioned."""
    count: int
    columns: Mapping[int, Values]
    """By number; not those that are generated."""


_TABLES = r"""
    select c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'r', coalesce(
        jsonb_object_agg(a.attnum, jsonb_build_array(quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                                                     t.typnamespace <> 'pg_catalog'::regnamespace))
        filter (where a.attnum is not null), '{}')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    left join pg_type t on t.oid = coalesce((select e.oid from pg_type e where e.typarray = a.atttypid), a.atttypid)
    where c.relkind in ('r', 'p') and n.nspname like 'dw\_%' and n.nspname <> 'dw_migration'
    group by c.oid, n.nspname, c.relname order by 2
"""


def tables_of(stage: Stage) -> dict[int, Table]:
    """The rows of all tables that are or were ours, by oid."""
    return {oid: _table(stage, *told) for oid, *told in stage.target.execute(_TABLES).fetchall()}


def _table(stage: Stage, name: str, is_plain: bool, columns: Mapping[str, list[Any]]) -> Table:  # noqa: FBT001 - a row
    texts = ", ".join(f"{column}::text" for column, *_ in columns.values())
    place = f"ONLY {name}" if is_plain else name
    rows = [row for (row,) in stage.target.execute(f"SELECT ARRAY[{texts}]::text[] FROM {place}").fetchall()]
    held = {
        int(number): Values(*told, tuple(sorted(row[at] for row in rows if row[at] is not None)))
        for at, (number, told) in enumerate(columns.items())
    }
    return Table(name, not is_plain, len(rows), held)


def lost(before: Mapping[int, Table], after: Mapping[int, Table]) -> Iterator[str]:
    """Tables and columns that have not the rows or values that they had, under the names that they had.

    A table is the same by its oid, or made anew by its name. A column that gets another type is compared by how many
    values it has: what becomes of each is told by `altered`.
    """
    for oid, was in before.items():
        now = _now(oid, was, after, before)
        if now is not None and now.count > was.count and now.is_whole:
            continue  # a partition has brought its rows along
        if now is None or now.count != was.count:
            yield from [_short(was.name)] * bool(was.count)
            continue
        for number, values in was.columns.items():
            since = _since(number, values, now, is_same=oid in after)
            if not _has_kept(values, since):
                yield f"{_short(was.name)}.{values.name}"


def altered(before: Mapping[int, Table], after: Mapping[int, Table]) -> Iterator[str]:
    """As `lost`, and columns that have other texts, also by another type."""
    yield from lost(before, after)
    for oid, was in before.items():
        now = _now(oid, was, after, before)
        for number, values in was.columns.items() if now and now.count == was.count else ():
            since = _since(number, values, now, is_same=oid in after) if now else None
            if since and since.texts != values.texts:
                yield f"{_short(was.name)}.{values.name}"


def _now(oid: int, was: Table, after: Mapping[int, Table], before: Mapping[int, Table]) -> Table | None:
    anew = (each for number, each in after.items() if number not in before and each.name == was.name)
    return after.get(oid) or next(anew, None)


def _since(number: int, values: Values, now: Table, *, is_same: bool) -> Values | None:
    if is_same and number in now.columns:
        return now.columns[number]
    return next((each for each in now.columns.values() if each.name == values.name), None)


def _has_kept(values: Values, since: Values | None) -> bool:
    if since is None:
        return not values.texts
    if since.type == values.type and not values.is_own:
        return since.texts == values.texts
    return len(since.texts) == len(values.texts)


def _short(name: str) -> str:
    return name.removeprefix(f"{SCHEMA}.")


# --- A judgement ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What the head of a file says of its change."""

    counts: str
    refused: str
    loses: tuple[str, ...]
    readers: str
    harmless: str
    differs: tuple[str, ...]

    @classmethod
    def by(cls, case: Case) -> "Said":
        """The head's word, each part empty where it says nothing."""
        told = dict(line[3:].split(": ", 1) for line in case.head if ": " in line)
        counts, refused, readers, harmless = (
            told.get(each, "") for each in ("counts", "refused", "readers", "harmless")
        )
        return cls(counts, refused, case.remarks("loses"), readers, harmless, case.remarks("differs"))

    @property
    def harm(self) -> tuple[str, tuple[str, ...], str]:
        """As of what was tried."""
        return self.refused, self.loses, self.readers


@dataclass(frozen=True)
class Tried:
    """What was said of a change, and what it did."""

    severity: Severity
    """What the file's rule said."""
    counted: str
    refused: str
    """The sqlstate, or nothing."""
    lost: tuple[str, ...]
    readers: str
    """How the query failed, that it gives `other rows`, or nothing."""
    changed: frozenset[tuple[str, str]]
    """Kind and attribute of all that is another afterwards."""

    @property
    def harm(self) -> tuple[str, tuple[str, ...], str]:
        """What came of it; all empty where it did none."""
        return self.refused, self.lost, self.readers


def tried(stage: Stage, case: Case, rows: str) -> Tried:
    """The change, with these rows in the target: judged, and then made."""
    stage.reset()
    stage.shape(grants="keep")
    stage.run_app(case.sections["before"])
    stage.forward()
    on_target(stage, case.sections.get(rows, ""))
    stage.run_app(case.sections["after"])
    step = stage.look()
    plan = probed(stage.target, step.plan)
    rule = case.path.parent.name
    found = [each for judged in plan.changes for each in judged.findings if each.rule == rule]
    assert found, f"{rule} says nothing of it"
    before, read = tables_of(stage), _read(stage, case)
    refused = applied(stage, step)
    readers = _read(stage, case)
    return Tried(
        max(each.severity for each in found),
        "; ".join(dict.fromkeys(each.evidence for each in found if each.probe)),
        refused,
        tuple(sorted(set(altered(before, tables_of(stage))))),
        "" if readers == read else str(readers) if isinstance(readers, Failed) else "other rows",
        frozenset(_changed(step)),
    )


def applied(stage: Stage, step: Step) -> str:
    """The sqlstate with which the rows refuse the plan; empty where it went through, and nothing is left to do."""
    try:
        stage.run(step.plan.up)
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__
    stage.settle_down(step.desired)
    return ""


def on_target(stage: Stage, text: str) -> None:
    """Run statements on the target that name our tables without a schema."""
    with stage.target.transaction():
        stage.target.execute(f"SET LOCAL search_path TO {SCHEMA}, public")
        stage.target.execute(text.encode())


class Failed(str):
    """The sqlstate of a query that fails."""

    __slots__ = ()


def _read(stage: Stage, case: Case) -> str:
    """What the file's query gives, or how it fails."""
    *first, query = [each for each in case.sections.get("read", "SELECT").split(";") if each.strip()]
    try:
        with stage.target.transaction(force_rollback=True):
            stage.target.execute(f"SET LOCAL search_path TO {SCHEMA}, public; SET LOCAL row_security TO on")
            for each in first:
                stage.target.execute(each.encode())
            return json.dumps(sorted(map(str, stage.target.execute(query.encode()).fetchall())))
    except psycopg.Error as error:
        return Failed(error.sqlstate)


# --- A case on rows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """What became of a case's tables with rows."""

    severity: Severity
    rows: int
    """How many there were."""
    refused: str
    lost: tuple[str, ...]
    changed: frozenset[tuple[str, str]]
    """Kind and attribute of all that is another afterwards."""


def moved(stage: Stage, case: Case, rng: random.Random) -> Moved:
    """The case's change, with rows of any kind in the target, of which the source has none any more."""
    stage.reset()
    stage.shape(
        partitions="flatten" if case.has("flattened") else "keep", grants="keep" if case.has("grants kept") else "skip"
    )
    stage.online, stage.drops = case.has("online"), RETIRED if case.has("drops retired") else Drops()
    stage.run_app(case.sections["before"])
    stage.forward()
    stage.run_app(case.sections.get("rows", ""))
    for _ in range(3):  # as many as the tables take
        list(filled(stage, rng))
    stage.copy_rows()
    emptied_of_rows(stage)
    stage.target.execute(case.sections.get("target", "").encode())
    stage.run_app(case.sections["after"])
    step = stage.look()
    plan, before = probed(stage.target, step.plan), tables_of(stage)
    changed = frozenset(_changed(step))
    stage.hidden = {each.kept.name for each in step.plan.retired if each.kept.kind == "column"}
    refused = applied(stage, step)
    after = tables_of(stage)
    aside = {_short(each.name) for each in before.values() if each.is_whole and case.has("drops retired")}
    left = sorted({each for each in lost(before, after) if each not in aside})  # its rows are in a retired partition
    return Moved(plan.severity, sum(each.count for each in before.values()), refused, tuple(left), changed)


def emptied_of_rows(stage: Stage) -> None:
    """Take the source's rows away, so that they are in no change's way there."""
    tables = [each.name for each in scene_of(stage.app).of("rp")]
    if tables:
        stage.app.execute("SET session_replication_role TO replica")
        stage.app.execute(f"TRUNCATE {', '.join(tables)} CASCADE".encode())
        stage.app.execute("RESET session_replication_role")


def _changed(step: Step) -> Iterator[tuple[str, str]]:
    """What differs between what is there before the plan, under the names that it gives, and after it."""
    before, after = step.difference.before.objects, step.difference.after.objects
    for address in before.keys() & after.keys():
        old, new = before[address], after[address]
        yield from ((new.kind, each) for each in FIELDS.get(new.kind, {}) if getattr(old, each) != getattr(new, each))
    for change in step.difference.changes:
        if isinstance(change, Rename):
            fields = FIELDS.get(change.kind, {})
            yield from (
                (change.kind, each) for each in fields if getattr(change.old, each) != getattr(change.new, each)
            )

"""What makes a copy slow, or would fire for its rows: taken off a table before, and put back after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import LiteralString

from dw_migration.errors import DwMigrationError, NotAllowed
from dw_migration.kind import Address
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.shape import TableName
from dw_migration.revision import one_line
from dw_migration.sql import Sql, deparsed, identifier, names, sql

# Of a partition, what it has from its parent is not its own.
_OWN: LiteralString = """
WITH RECURSIVE tree (id) AS (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = %(table)s
    UNION
    SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.id
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), top AS (
    SELECT c.oid AS id, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = %(table)s
), own AS (
"""
_TRIGGERS: LiteralString = """
    SELECT 3 AS rank, 'trigger' AS kind, t.tgrelid AS on_id, t.tgname AS name, t.tgenabled::text AS definition,
           NULL AS comment
      FROM tree JOIN pg_catalog.pg_trigger t ON t.tgrelid = tree.id
      LEFT JOIN pg_catalog.pg_constraint o ON o.oid = t.tgconstraint
     WHERE (NOT t.tgisinternal OR t.tgparentid <> 0) AND o.contype IS DISTINCT FROM 'f' AND t.tgenabled IN ('O', 'A')
"""
_FOREIGN_KEYS: LiteralString = """
    SELECT 0, 'foreign key', o.conrelid, o.conname, pg_catalog.pg_get_constraintdef(o.oid),
           pg_catalog.obj_description(o.oid, 'pg_constraint')
      FROM top JOIN pg_catalog.pg_constraint o
        ON o.contype = 'f' AND o.conparentid = 0 AND (o.conrelid = top.id OR (%(emptied)s AND o.confrelid = top.id))
"""
# Left in place: the key of the chunks; what others stand on, or replication and CLUSTER use; what a definition does
# not tell whole (storage parameters, tablespace and comment of a constraint's index, statistics of expressions);
# indexes of partitioned tables, whose definitions make them on the parent alone.
_INDEXES: LiteralString = """
    SELECT CASE WHEN o.oid IS NULL THEN 2 ELSE 1 END, CASE WHEN o.oid IS NULL THEN 'index' ELSE 'constraint' END,
           top.id, coalesce(o.conname, c.relname),
           coalesce(pg_catalog.pg_get_constraintdef(o.oid), pg_catalog.pg_get_indexdef(c.oid)),
           coalesce(pg_catalog.obj_description(o.oid, 'pg_constraint'), pg_catalog.obj_description(c.oid, 'pg_class'))
      FROM top JOIN pg_catalog.pg_index i ON i.indrelid = top.id
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_constraint o
        ON o.conindid = c.oid AND o.conrelid = top.id AND o.contype IN ('p', 'u', 'x')
     WHERE top.relkind = 'r' AND NOT c.relispartition AND i.indisvalid
       AND NOT i.indisreplident AND NOT i.indisclustered
       AND (o.oid IS NULL OR (c.reloptions IS NULL AND c.reltablespace = 0
                              AND pg_catalog.obj_description(c.oid, 'pg_class') IS NULL))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = c.oid AND coalesce(a.attstattarget, -1) <> -1)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.deptype <> 'i' AND (d.refclassid, d.refobjid) IN (
                              ('pg_catalog.pg_class'::pg_catalog.regclass, c.oid),
                              ('pg_catalog.pg_constraint'::pg_catalog.regclass, o.oid)))
       AND NOT (i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
                AND ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                           WHERE a.attrelid = top.id AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
                           ORDER BY 1)
                  = ARRAY(SELECT k FROM pg_catalog.unnest(%(key)s::text[]) k ORDER BY k))
"""
_FOUND: LiteralString = """
)
SELECT own.kind, n.nspname, c.relname, own.name, own.definition, own.comment,
       pg_catalog.pg_has_role(c.relowner, 'USAGE')
  FROM own JOIN pg_catalog.pg_class c ON c.oid = own.on_id JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY own.rank, n.nspname, c.relname, own.name
"""
_ONLY_TRIGGERS: LiteralString = _OWN + _TRIGGERS + _FOUND
_ALL: LiteralString = _OWN + _TRIGGERS + "UNION ALL" + _FOREIGN_KEYS + "UNION ALL" + _INDEXES + _FOUND

_NOTED: LiteralString = (
    "INSERT INTO dw_migration.taken_off (new_schema, new_table, on_schema, on_table, kind, name, definition, comment)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (on_schema, on_table, kind, name) DO UPDATE SET new_schema = EXCLUDED.new_schema,"
    " new_table = EXCLUDED.new_table, definition = EXCLUDED.definition, comment = EXCLUDED.comment"
)
_TO_PUT_BACK: LiteralString = """
SELECT number, kind, on_schema, on_table, name, definition, comment FROM dw_migration.taken_off
 WHERE (new_schema, new_table) = (%s, %s)
 ORDER BY pg_catalog.array_position('{constraint,index,trigger,foreign key}'::text[], kind), number
"""
_REFERENCED: LiteralString = """
SELECT fn.nspname, f.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = %s
  JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid AND o.contype = 'f'
  JOIN pg_catalog.pg_class f ON f.oid = o.confrelid
  JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
 WHERE c.relname = %s
"""
_ARE_OFF: LiteralString = """
SELECT CASE kind WHEN 'foreign key' THEN 'constraint' ELSE kind END, on_schema, on_table, name
  FROM dw_migration.taken_off WHERE on_schema = ANY (%s)
"""
_STATES = {"O": Sql("ENABLE"), "A": Sql("ENABLE ALWAYS"), "R": Sql("ENABLE REPLICA")}


@dataclass(frozen=True, slots=True)
class TakenOff:
    """An index, a constraint, a foreign key or a trigger."""

    kind: str
    on: TableName
    """Its table: the one that is copied, a partition of it, or one that references it."""
    name: str
    definition: str
    """As PostgreSQL wrote it; of a trigger: tgenabled."""
    comment: str | None = None

    def __str__(self) -> str:
        return one_line(f"{self.kind} {identifier(self.name)} on {identifier(*self.on)}")

    @property
    def off(self) -> Sql:
        """The statement that takes it off."""
        table, name = identifier(*self.on), identifier(self.name)
        if self.kind == "trigger":
            return sql("ALTER TABLE ONLY {} DISABLE TRIGGER {}", table, name)
        if self.kind == "index":
            return sql("DROP INDEX {}", identifier(self.on[0], self.name))
        return sql("ALTER TABLE {} DROP CONSTRAINT {}", table, name)

    @property
    def back(self) -> tuple[Sql, ...]:
        """The statements that put it back."""
        table, name = identifier(*self.on), identifier(self.name)
        if self.kind == "trigger":
            return (sql("ALTER TABLE ONLY {} {} TRIGGER {}", table, _STATES[self.definition], name),)
        if self.kind == "index":
            made, named = deparsed(self.definition), sql("INDEX {}", identifier(self.on[0], self.name))
        else:
            made = sql("ALTER TABLE {} ADD CONSTRAINT {} {}", table, name, deparsed(self.definition))
            named = sql("CONSTRAINT {} ON {}", name, table)
        return (made,) if self.comment is None else (made, sql("COMMENT ON {} IS {}", named, self.comment))

    @property
    def is_there(self) -> Sql:
        """A query whether it is on its table, but for a trigger, whose state may be set again."""
        on = sql("pg_catalog.to_regclass({})", identifier(*self.on).text)
        if self.kind == "trigger":
            return sql(
                "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {} AND tgname = {})",
                on,
                self.name,
            )
        if self.kind == "index":
            index = sql("pg_catalog.to_regclass({})", identifier(self.on[0], self.name).text)
            return sql(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = {} AND indrelid = {})", index, on
            )
        return sql(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {})", on, self.name
        )


@dataclass(frozen=True, slots=True)
class StillOff:
    """What could not be put back, and why; it stays noted for the next run."""

    what: TakenOff
    error: DwMigrationError

    def __str__(self) -> str:
        return f"{self.what} could not be put back: {self.error}"


def take_off(
    target: Side, table: TableName, *, key: Collection[str] = (), emptied: bool = False, triggers_alone: bool = False
) -> tuple[TakenOff, ...]:
    """What was taken off, noted in the same transaction, which the caller has open.

    Foreign keys of the table, and where it is emptied those to it; indexes and constraints but for those of the key;
    and triggers, which are all if the table has rows of others. Takes ACCESS EXCLUSIVE on the table, and on tables that
    a foreign key joins with it, until the transaction ends; for triggers SHARE ROW EXCLUSIVE.
    Raises: NotAllowed, naming what is another's; ServerError.
    """
    found = to_take_off(target, table, key=key, emptied=emptied, triggers_alone=triggers_alone)
    for each in found:
        with target.told():
            target.session.execute(_NOTED, (*table, *each.on, each.kind, each.name, each.definition, each.comment))
        target.run(each.off)
    return found


def to_take_off(
    target: Side, table: TableName, *, key: Collection[str], emptied: bool, triggers_alone: bool
) -> tuple[TakenOff, ...]:
    """What `take_off` would take off. Raises: NotAllowed."""
    values = {"schema": table[0], "table": table[1], "key": list(key), "emptied": emptied}
    with target.told():
        rows = target.session.execute(_ONLY_TRIGGERS if triggers_alone else _ALL, values).fetchall()
    found = tuple(TakenOff(kind, (schema, on), *rest) for kind, schema, on, *rest, _ in rows)
    others = [each for each, (*_, ours) in zip(found, rows, strict=True) if not ours]
    if others:
        listed = "; ".join(map(str, others))
        raise NotAllowed(
            f"{target.where}: rows are copied into {one_line(identifier(*table).text)} with these off, and the tables "
            f"belong to other roles: {listed}: have their owner run the copy, or make our role a member of theirs"
        )
    return found


def put_back(target: Side, table: TableName, *, foreign_keys: bool = True) -> tuple[StillOff, ...]:
    """Put back what was taken off for the table, each in a transaction of its own; what could not be, with the reason.

    May be run again at any time. `foreign_keys`: those too, which needs the rows of all tables that they join.
    Takes ACCESS EXCLUSIVE for constraints, SHARE for indexes, SHARE ROW EXCLUSIVE for foreign keys and triggers.
    Raises: NoConnection.
    """
    with target.told():
        rows = target.session.execute(_TO_PUT_BACK, table).fetchall()
    failed = []
    for number, kind, schema, on, *rest in rows:
        each = TakenOff(kind, (schema, on), *rest)
        if kind == "foreign key" and not foreign_keys:
            continue
        try:
            _put_back(target, number, table, each)
        except DwMigrationError as error:
            if target.session.closed:
                raise
            failed.append(StillOff(each, error))
    return tuple(failed)


def _put_back(target: Side, number: int, table: TableName, each: TakenOff) -> None:
    path = sql("pg_catalog, {}, pg_temp", names(dict.fromkeys((each.on[0], table[0]))))
    with target.transaction():
        ((there,),) = target.rows(each.is_there)
        if not there:
            # functions of an index or a CHECK may call others by their bare names
            for statement in (sql("SELECT pg_catalog.set_config('search_path', {}, true)", path.text), *each.back):
                target.run(statement)
        target.run(sql("DELETE FROM dw_migration.taken_off WHERE number = {}", number))


def referenced(target: Side, table: TableName) -> frozenset[TableName]:
    """The tables that the foreign keys which stand on this one lead to."""
    with target.told():
        return frozenset(tuple(row) for row in target.session.execute(_REFERENCED, table))


def tables_apart(target: Side, schemas: Sequence[str]) -> tuple[TableName, ...]:
    """The tables of these schemas from which something is still taken off: a run before did not come to its end."""
    query: LiteralString = (
        "SELECT DISTINCT new_schema, new_table FROM dw_migration.taken_off WHERE new_schema = ANY (%s) ORDER BY 1, 2"
    )
    with target.told():
        return tuple((schema, name) for schema, name in target.session.execute(query, (list(schemas),)))


def are_off(target: Side, schemas: Collection[str]) -> frozenset[Address]:
    """What is noted as taken off tables of these schemas; nothing where the ledger has no such notes."""
    ((noted,),) = target.rows(sql("SELECT pg_catalog.to_regclass('dw_migration.taken_off') IS NOT NULL"))
    if not noted:
        return frozenset()
    with target.told():
        return frozenset(Address(*row) for row in target.session.execute(_ARE_OFF, (list(schemas),)))

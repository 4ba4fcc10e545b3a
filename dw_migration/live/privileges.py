"""Owners and privileges of what a batch drops and makes again: given back as they were a moment before."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from dw_migration.errors import NotAllowed
from dw_migration.kind import regranted
from dw_migration.sql import Sql, Statement, deparsed, identifier, quoted, sql, statement

Connection = psycopg.Connection[tuple[Any, ...]]

# A view may become a materialized one: who may read the one may read the other. The owner of a sequence that belongs to
# a column is the table's. Of columns only those are told of which somebody has rights, or whose relation is asked for.
HELD = """
    select case c.relkind when 'p' then 'r' when 'm' then 'v' else c.relkind::text end as sort,
           n.nspname::text, c.relname::text, '' as part, c.oid::int8, 0 as number,
           c.relowner::int8 as owner,
           c.relkind = 'S' and exists (select from pg_catalog.pg_depend d
                                       where d.classid = 1259 and d.objid = c.oid and d.refobjsubid > 0
                                         and d.deptype in ('a', 'i')) as follows,
           c.relacl::text[] as privileges
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname = any(%(schemas)s)
    union all
    select 'c', n.nspname, c.relname, a.attname, c.oid::int8, a.attnum, c.relowner::int8, true, a.attacl::text[]
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
      and (a.attacl is not null or c.relname = any(%(relations)s)) and n.nspname = any(%(schemas)s)
    union all
    select 'f', n.nspname, p.proname,
           pg_catalog.array_to_string(array(
               select pg_catalog.format_type(u.type, null)
               from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality u(type, at) order by at), ', '),
           p.oid::int8, 0, p.proowner::int8, false, p.proacl::text[]
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any(%(schemas)s)
    union all
    select 'T', n.nspname, t.typname, t.typtype::text, t.oid::int8, 0, t.typowner::int8, false, t.typacl::text[]
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
    where t.typtype in ('e', 'd', 'r', 'c') and coalesce(c.relkind = 'c', true) and n.nspname = any(%(schemas)s)
"""

# Of each object what everybody should have and has, whoever granted it; none for what is equal.
UNLIKE = """
    with asked as (
        select u.at, case u.sort when 'r' then 'r' when 'v' then 'r' when 'S' then 's' else u.sort end as sort,
               u.wanted, u.found, u.owner
        from pg_catalog.jsonb_to_recordset(%s) u (at int, sort text, wanted aclitem[], found aclitem[], owner oid)
    ), wanted as (
        select at, w.grantee, w.privilege_type, pg_catalog.bool_or(w.is_grantable) as is_grantable
        from asked, pg_catalog.aclexplode(coalesce(wanted, pg_catalog.acldefault(sort::"char", owner))) w
        group by 1, 2, 3
    ), found as (
        select at, f.grantee, f.privilege_type, pg_catalog.bool_or(f.is_grantable) as is_grantable
        from asked, pg_catalog.aclexplode(coalesce(found, pg_catalog.acldefault(sort::"char", owner))) f
        group by 1, 2, 3
    )
    select at, case grantee when 0 then '' else pg_catalog.pg_get_userbyid(grantee) end, privilege_type,
           f.is_grantable, w.is_grantable
    from wanted w full join found f using (at, grantee, privilege_type)
    where f.is_grantable is distinct from w.is_grantable
    order by 1, 2, 3
"""


class Key(NamedTuple):
    """What an object is called: what bears its name later has its rights."""

    sort: str
    """`r` table, `v` view, `S` sequence, `c` column, `f` function, `T` type."""
    schema: str
    name: str
    part: str
    """A column's name, what a function takes, what sort of type it is."""

    @property
    def place(self) -> Sql:
        """Its name as SQL; of a column, that of its relation."""
        name = identifier(self.schema, self.name)
        return sql("{}({})", name, deparsed(self.part)) if self.sort == "f" else name

    @property
    def what(self) -> Sql:
        """As GRANT names it."""
        words = {"S": sql("SEQUENCE"), "f": sql("ROUTINE"), "T": sql("TYPE")}
        return sql("{} {}", words.get(self.sort, sql("TABLE")), self.place)


class Standing(NamedTuple):
    """Which object it is, whose, and who may do what with it."""

    oid: int
    number: int
    owner: int
    follows: bool
    """The owner is that of what it belongs to."""
    privileges: list[str] | None
    """As in the system catalogs; None for PostgreSQL's own choice."""

    @property
    def identity(self) -> tuple[int, int]:
        """Equal for the same object."""
        return self.oid, self.number


Held = Mapping[Key, Standing]


def dumped(held: Held) -> list[Any]:
    """What JSON is made of."""
    return [[key, standing] for key, standing in held.items()]


def loaded(written: Iterable[Any]) -> dict[Key, Standing]:
    """What `dumped` wrote."""
    return {Key(*key): Standing(*standing) for key, standing in written}


@dataclass(slots=True)
class Keeper:
    """Stands by while the statements of a batch run: what was there before has its owner and privileges afterwards.

    Renames come first on the way up and last on the way down, and grants before or behind all that is dropped and made:
    between the two an object is known by its name.
    """

    connection: Connection
    schemas: Collection[str]
    statements: Sequence[str]
    held: Held = field(default_factory=dict)
    """What former batches dropped and did not make again; at the end, what is still to come."""
    _before: dict[Key, Standing] = field(default_factory=dict)
    _first: int = -1
    _last: int = -1

    def __post_init__(self) -> None:
        if self.held or any(map(_MAKES_WAY.search, self.statements)):
            self._first, self._last = _between(self.statements)

    def before(self, at: int) -> None:
        """Look, if it is time to; to be called before each statement."""
        if at == self._first:
            self._before = {**self.held, **_held(self.connection, self.schemas)}

    def after(self, at: int) -> None:
        """Give back, if it is time to; to be called after each statement. Raises: NotAllowed, psycopg.Error."""
        if at == self._last:
            self.held = self._give_back()

    def _give_back(self) -> Held:
        now = _held(self.connection, self.schemas, self._before)
        made = _made_again(self._before, now)
        owners = [
            statement("ALTER {} OWNER TO {}", key.what, identifier(_name(self.connection, was.owner)))
            for key, was in made.items()
            if not now[key].follows and now[key].owner != was.owner
        ]
        if owners:
            self._run(owners)
            now = _held(self.connection, self.schemas, self._before)
        self._run(_regranting(self.connection, made, now))
        known = {was.identity for was in made.values()}
        return {key: was for key, was in self._before.items() if key not in now and was.identity not in known}

    def _run(self, statements: Iterable[Statement]) -> None:
        for each in statements:
            try:
                self.connection.execute(each.text.encode())
            except psycopg.errors.InsufficientPrivilege as error:
                user = quoted(self.connection.info.user)
                raise NotAllowed(
                    f"{each.text}: {error.diag.message_primary}: what has to be dropped and made again gets back its "
                    f"owner and its grants, which {user} cannot give: make {user} a member of the owner, or change the "
                    "owner, then run this again"
                ) from None


def _held(connection: Connection, schemas: Collection[str], among: Iterable[Key] = ()) -> dict[Key, Standing]:
    """What stands in the schemas; also each column of those relations, of one of whose columns something is told."""
    relations = sorted({key.name for key in among if key.sort == "c"})
    rows = connection.execute(HELD, {"schemas": list(schemas), "relations": relations}).fetchall()
    return {Key(*row[:4]): Standing(*row[4:]) for row in rows}


def _made_again(before: Held, now: Held) -> dict[Key, Standing]:
    """By its name now, what each object that was made again had before."""
    made = {key: was for key, was in before.items() if key in now and now[key].identity != was.identity}
    gone: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    new: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for here, there, found in ((before, now, gone), (now, before, new)):
        for key in here:
            if key.sort == "f" and key not in there:
                found[key[:3]].append(key)
    # One function instead of another, with other arguments, is the same to those who call it.
    pairs = {new[name][0]: before[keys[0]] for name, keys in gone.items() if len(keys) == len(new[name]) == 1}
    return {**made, **pairs}


def _name(connection: Connection, role: int) -> str:
    row = connection.execute("select pg_catalog.pg_get_userbyid(%s)", [role]).fetchone()
    return str(row[0]) if row else ""


def _regranting(connection: Connection, made: Held, now: Held) -> Iterator[Statement]:
    keys = list(made)
    asked = [
        {
            "at": at,
            "sort": key.sort,
            "wanted": made[key].privileges,
            "found": now[key].privileges,
            "owner": now[key].owner,
        }
        for at, key in enumerate(keys)
    ]
    rows = connection.execute(UNLIKE, [Jsonb(asked)]).fetchall() if asked else []
    changes: dict[tuple[int, str], tuple[dict[str, bool], dict[str, bool]]] = defaultdict(lambda: ({}, {}))
    for at, grantee, privilege, found, wanted in rows:
        for side, grantable in zip(changes[at, grantee], (found, wanted), strict=True):
            if grantable is not None:
                side[privilege] = grantable
    for (at, grantee), (found, wanted) in changes.items():
        key = keys[at]
        column = key.part if key.sort == "c" else ""
        yield from regranted(key.what, grantee, found, wanted, column=column)


_MAKES_WAY = re.compile(r"\ADROP | DROP COLUMN | RENAME TO ")
_SWAPPED = re.compile(r'\AALTER .* RENAME TO .*__before"?\Z', re.DOTALL)
"""What takes the place of its old self, which goes once nothing stands on it: no rename that anybody asked for."""
_PASSED = frozenset(
    {
        *("rename_stmt", "alter_object_schema_stmt", "alter_enum_stmt"),  # the last is a label's
        *("grant_stmt", "alter_default_privileges_stmt"),
    }
)
_READ = ("ALTER ", "GRANT ", "REVOKE ")


def _between(statements: Sequence[str]) -> tuple[int, int]:
    """The first and the last statement between leading and trailing renames and grants; (0, -1) for none."""
    numbers = range(len(statements))
    first = next((at for at in numbers if _sort(statements[at]) not in _PASSED), 0)
    last = next((at for at in reversed(numbers) if _sort(statements[at]) not in _PASSED), -1)
    return first, last


def _sort(text: str) -> str:
    """What PostgreSQL's grammar calls the statement, where that matters here: `rename_stmt`."""
    if not text.startswith(_READ) or _SWAPPED.match(text):
        return ""
    parsed: Any = import_module("postgast").parse(text)  # 0.1 s, and mypy cannot read its stubs
    return str(parsed.stmts[0].stmt.WhichOneof("node"))

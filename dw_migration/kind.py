"""What a kind is: how its objects are addressed, read, made, changed and taken away."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from dw_migration.naming import QUERY, Code
from dw_migration.sql import Sql, Statement, identifier, joined, sql, statement


class Address(NamedTuple):
    """Which object: unique within one catalog. A named tuple, since it is hashed a million times."""

    kind: str
    schema: str = ""
    owner: str = ""
    """The relation or domain that the object belongs to; empty for what stands in a schema by itself."""
    name: str = ""
    of: str = ""
    """For comments: the kind of what is described."""

    def __str__(self) -> str:
        """`dw__shop__public.users.email`: what a person reads; the kind is told beside it."""
        return ".".join(part for part in (self.schema, self.owner, self.name) if part)


class Renamer(Protocol):
    """Old names to new ones: `naming.Names` from source to target, `changes.Renames` within the target."""

    def schema(self, schema: str) -> str: ...  # noqa: D102 - a Protocol's methods are described by naming.Names
    def name(self, schema: str, name: str, of: str = "") -> str: ...  # noqa: D102
    def member(self, schema: str, owner: str, name: str) -> str: ...  # noqa: D102
    def constraint(self, schema: str, owner: str, name: str) -> str: ...  # noqa: D102
    def label(self, schema: str, name: str, label: str) -> str: ...  # noqa: D102
    def qualified(self, schema: str, name: str) -> tuple[str, str]: ...  # noqa: D102
    def called(self, schema: str, name: str) -> tuple[str, str]: ...  # noqa: D102
    def expression(self, text: str, *, schema: str = "", relation: str = "", wrapper: str = ...) -> str: ...  # noqa: D102
    def type(self, text: str) -> str: ...  # noqa: D102
    def code(self, text: str, schema: str, *, has_path: bool) -> Code: ...  # noqa: D102
    def path(self, schemas: Iterable[str]) -> tuple[str, ...]: ...  # noqa: D102


class DatabaseObject(ABC):
    """One object of a catalog. Subclasses are frozen dataclasses; their equality is what makes a change."""

    __slots__ = ()

    kind: ClassVar[str]
    catalog: ClassVar[str]
    """The system catalog that the object's oid is from: `pg_class`."""
    query: ClassVar[str]
    """One row an object: oid, subid (attnum or 0), row type (a table's, else 0), then the fields.

    It runs with an empty search_path and the parameter `schemas`, an array of the oids of schemas.
    `{{15: a | b}}` stands for `a` from PostgreSQL 15 on, and for `b` before.
    """
    found_where: ClassVar[str] = ""
    """A condition without which a server has none of it, so that its query need not be planned; empty: always read."""
    watched: ClassVar[str]
    """One number: a hash of what the fingerprint sees of this kind; same parameter."""
    holds_data: ClassVar[bool] = False
    """Dropping it would drop rows: no cascade may pass through it."""
    folds: ClassVar[bool] = False
    """Its creation is written into its parent's CREATE, if the parent is created too."""
    inseparable: ClassVar[bool] = False
    """Only its parent as a whole can change when what it stands on does: an attribute of a composite type."""
    locks: ClassVar[int] = 2
    """About how many entries of the server's lock table a transaction takes that makes or drops one."""
    is_right: ClassVar[bool] = False
    """What somebody may do: given back by the way to what is made again, and none of our business where not ours."""
    shared: ClassVar[bool] = False
    """Belongs to the whole database: made where it is missing, never dropped."""

    @property
    @abstractmethod
    def address(self) -> Address:
        """Which object this is."""

    @property
    def parent(self) -> Address | None:
        """The object whose DROP takes this one along, or None."""
        return None

    def needs(self) -> Iterable[Address]:
        """What must be there before, as far as the fields tell; pg_depend tells the rest."""
        return ()

    @property
    def whole(self) -> Address | None:
        """The object that has taken this one in: it goes with that one, and cannot be dropped by itself."""
        return None

    @property
    def taken_in_by(self) -> Address | None:
        """The whole; or what holds this one as fast, but cannot go while it stands: only detaching parts them."""
        return self.whole

    @property
    def overrides(self) -> Address | None:
        """The object whose statements would undo this one: it is said again after them."""
        return None

    @abstractmethod
    def renamed(self, names: Renamer) -> Self:
        """The same object under other names."""

    @abstractmethod
    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:
        """What makes it, with the texts of the parts that are folded into its CREATE."""

    def finish(self) -> tuple[Statement, ...]:
        """What must be said apart once the object stands, since its definition cannot say it."""
        return ()

    @abstractmethod
    def drop(self) -> tuple[Statement, ...]:
        """What takes it away; never CASCADE."""

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the default of a verb
        """What turns `old`, of the same address, into this one; None where only drop and create can."""
        return None

    def rename(self, new: Self) -> tuple[Statement, ...]:
        """What gives this object the name that `new` has."""
        raise NotImplementedError(f"{self.kind} has no rename")

    def through(self, old: Self) -> str | None:  # noqa: ARG002 - the default of a verb
        """For types: the type by way of which rows get from `old` to this one; None where nothing carries them.

        Empty for what only tells how rows are compared: their type stays.
        """
        return None

    def disturbs(self, old: Self) -> frozenset[str]:  # noqa: ARG002 - the default of a verb
        """In which ways altering `old` into this one is in the way of dependents: words of `disturbed_by`.

        Of a type `rows` besides: PostgreSQL refuses while rows stand on it, and it is swapped.
        """
        return frozenset()

    @property
    def disturbed_by(self) -> frozenset[str]:
        """In which ways of what it stands on it must be dropped before and created after.

        `type`, `family`, `swap`; `attributes` of a composite type.
        """
        return frozenset()

    def folded(self, parts: tuple[str, ...] = ()) -> str:
        """The text that stands in the parent's CREATE, for kinds that fold."""
        raise NotImplementedError(f"{self.kind} does not fold")

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among the parts of its parent's CREATE."""
        return (0, "")

    def alike(self) -> object:
        """What parts have in common of which PostgreSQL would make one in their parent's CREATE; else None."""
        return None

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        """Names that nothing else may have at the same time: (namespace, schema, name)."""
        return ()

    def recast(self, through: str) -> tuple[Statement, ...]:
        """For columns: what carries the rows over to the type of the same name, by way of a type that both know."""
        raise NotImplementedError(f"{self.kind} has no rows to carry over")

    def values(self) -> tuple[Any, ...]:
        """The fields in order: what JSON is made of."""
        return tuple(getattr(self, name) for name in _fields(type(self)))

    def compared(self) -> tuple[Any, ...]:
        """The fields that equality looks at: what a digest is made of."""
        return tuple(getattr(self, name) for name in _fields(type(self), compared=True))


@dataclass(frozen=True, slots=True)
class Named(DatabaseObject):
    """What stands in a schema under a name of its own; a class of kinds, and none itself."""

    namespaces: ClassVar[tuple[str, ...]]
    """Where nothing else of the schema can have its name: `relation`, `type`, `collation` ..."""

    schema: str
    name: str

    @property
    def address(self) -> Address:  # noqa: D102 - verbs are described by DatabaseObject
        return Address(self.kind, self.schema, name=self.name)

    @property
    def identifier(self) -> Sql:
        """The name as SQL."""
        return identifier(self.schema, self.name)

    def occupies(self) -> tuple[tuple[str, str, str], ...]:  # noqa: D102
        return tuple((each, self.schema, self.name) for each in self.namespaces)

    def needs(self) -> tuple[Address, ...]:  # noqa: D102
        return (Address("schema", self.schema),)


@dataclass(frozen=True, slots=True)
class Query(Named):
    """What views have in common, materialized or not; a class of kinds, and none itself."""

    namespaces: ClassVar[tuple[str, ...]] = ("relation", "type")

    columns: tuple[str, ...]
    types: tuple[str, ...]
    definition: str
    """The query, as pg_get_viewdef writes it."""

    @property
    def disturbed_by(self) -> frozenset[str]:  # noqa: D102
        return frozenset({"type", "swap"})

    def renamed(self, names: Renamer) -> Self:  # noqa: D102
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name),
            columns=tuple(names.member(self.schema, self.name, column) for column in self.columns),
            types=tuple(map(names.type, self.types)),
            definition=names.expression(self.definition, schema=self.schema, wrapper=QUERY),
        )


class Called(DatabaseObject):
    """What expressions call: its comment is part of it, its address has types; a class of kinds, and none itself."""

    __slots__ = ()

    schema: str
    comment: str

    @property
    @abstractmethod
    def described(self) -> Sql:
        """As COMMENT and DROP name it: `FUNCTION x(integer)`."""

    @property
    def disturbed_by(self) -> frozenset[str]:  # noqa: D102
        return frozenset({"swap"})

    def needs(self) -> tuple[Address, ...]:  # noqa: D102
        return (Address("schema", self.schema),)

    def finish(self) -> tuple[Statement, ...]:  # noqa: D102
        return (self.commented(),) if self.comment else ()

    def commented(self) -> Statement:
        """What gives it its comment."""
        return commented(self.described, self.comment)

    def drop(self) -> tuple[Statement, ...]:  # noqa: D102
        return (statement("DROP {}", self.described),)


@cache
def _fields(of: type[DatabaseObject], *, compared: bool = False) -> tuple[str, ...]:
    return tuple(field.name for field in fields(of) if field.compare or not compared)  # type: ignore[arg-type]


class Qualified(Protocol):
    """What stands in a schema under its own name."""

    @property
    def schema(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


def moved(what: Sql, old: Qualified, new: Qualified) -> tuple[Statement, ...]:
    """What gives the `TABLE`, `TYPE`, `SEQUENCE` ... another schema, then another name."""
    moves = []
    if old.schema != new.schema:
        place = identifier(old.schema, old.name)
        moves.append(statement("ALTER {} {} SET SCHEMA {}", what, place, identifier(new.schema)))
    if old.name != new.name:
        place = identifier(new.schema, old.name)
        moves.append(statement("ALTER {} {} RENAME TO {}", what, place, identifier(new.name)))
    return tuple(moves)


_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def sequence_options(
    of: str, *, start: int, increment: int, minimum: int, maximum: int, cache: int, cycle: bool
) -> tuple[Sql, ...]:
    """The options that differ from what PostgreSQL takes by itself for a sequence of this type and direction."""
    upward = increment > 0
    limit = 2 ** _BITS[of]
    parts = (
        (start != (minimum if upward else maximum), sql("START WITH {}", start)),
        (increment != 1, sql("INCREMENT BY {}", increment)),
        (minimum != (1 if upward else -limit), sql("MINVALUE {}", minimum)),
        (maximum != (limit - 1 if upward else -1), sql("MAXVALUE {}", maximum)),
        (cache != 1, sql("CACHE {}", cache)),
        (cycle, sql("CYCLE")),
    )
    return tuple(text for differs, text in parts if differs)


def must_restart(old: tuple[int, int, int], new: tuple[int, int, int], *, same_type: bool) -> bool:
    """Whether a sequence's position may be outside of its new limits; each is (start, minimum, maximum)."""
    start, minimum, maximum = old
    narrower = new[1] > minimum or (new[2] < maximum and same_type)
    return narrower or not new[1] <= start <= new[2]


def by_name(options: tuple[str, ...]) -> dict[str, str]:
    """Storage parameters of a reloptions array by their names: `{"fillfactor": "70"}`."""
    return dict(option.split("=", 1) for option in options)


def parameter(name: str) -> Sql:
    """A storage parameter's name: `fillfactor`, or qualified as in `toast.autovacuum_enabled`."""
    return identifier(*name.split("."))


def storage_parameters(options: tuple[str, ...]) -> Sql:
    """What stands between the parentheses of WITH (...)."""
    return joined(sql("{}={}", parameter(name), value) for name, value in by_name(options).items())


def options_changed(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Sql, ...]:
    """RESET (...) of the parameters that are gone, SET (...) of those that are new or others."""
    now, was = by_name(new), by_name(old)
    gone = [parameter(name) for name in was if name not in now]
    added = tuple(f"{name}={value}" for name, value in now.items() if was.get(name) != value)
    return (
        *((sql("RESET ({})", joined(gone)),) if gone else ()),
        *((sql("SET ({})", storage_parameters(added)),) if added else ()),
    )


_STATES = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def switched(what: Sql, table: Sql, name: str, state: str) -> Statement:
    """What turns a `TRIGGER` or `RULE` of a table on or off; state: as in pg_trigger.tgenabled."""
    return statement("ALTER TABLE {} {} {} {}", table, Sql(_STATES[state]), what, identifier(name))


_NOTHING = Sql("")
_PRIVILEGES = {
    name: Sql(name)
    for name in (
        *("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
        *("USAGE", "CREATE", "EXECUTE"),
    )
}


def regranted(
    what: Sql,
    grantee: str,
    old: Mapping[str, bool],
    new: Mapping[str, bool],
    *,
    column: str = "",
    before: Sql = _NOTHING,
) -> Iterator[Statement]:
    """What takes and gives so that the role may do `new` with the `TABLE x`, `SCHEMA x` ...: privilege to grant option.

    An empty grantee is PUBLIC. `before`: what stands before GRANT and REVOKE.
    """
    to = identifier(grantee) if grantee else sql("PUBLIC")
    gone = [name for name in old if name not in new]
    tied = [name for name in old if old[name] and not new.get(name, True)]
    plain = [name for name in new if not new[name] and name not in old]
    free = [name for name in new if new[name] and not old.get(name, False)]
    if gone:
        yield statement("{}REVOKE {} ON {} FROM {}", before, _privileges(gone, column), what, to)
    if tied:
        yield statement("{}REVOKE GRANT OPTION FOR {} ON {} FROM {}", before, _privileges(tied, column), what, to)
    if plain:
        yield statement("{}GRANT {} ON {} TO {}", before, _privileges(plain, column), what, to)
    if free:
        yield statement("{}GRANT {} ON {} TO {} WITH GRANT OPTION", before, _privileges(free, column), what, to)


def _privileges(names: Iterable[str], column: str) -> Sql:
    of = sql(" ({})", identifier(column)) if column else sql("")
    return joined(sql("{}{}", _PRIVILEGES[name], of) for name in names)


def commented(what: Sql, text: str) -> Statement:
    """What gives the `FUNCTION x`, `AGGREGATE x` ... this comment; none for an empty text."""
    return statement("COMMENT ON {} IS {}", what, sql("{}", text) if text else sql("NULL"))

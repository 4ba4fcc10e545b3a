"""Tables, columns, constraints, indexes, types, sequences and views as the text of SQLAlchemy calls."""

from collections import Counter
from collections.abc import Iterator, Mapping

from dw_migration.kind import Address, Query
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.index import Index
from dw_migration.kinds.range_type import RangeType
from dw_migration.kinds.sequence import Sequence
from dw_migration.kinds.table import Table
from dw_migration.models.events import (
    after_metadata,
    after_table,
    by_hand,
    domain_made,
    inline_check,
    needs_statement,
    unless_there,
)
from dw_migration.models.facts import Facts
from dw_migration.models.indexes import index_parts
from dw_migration.models.types import Rendered, Types, unquoted
from dw_migration.models.writing import ORM, POSTGRESQL, Imports, call, escaped, listed
from dw_migration.sql import Statement, quoted

_BITS = {"smallint": 15, "integer": 31, "bigint": 63}
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

# Reserved in PostgreSQL and unknown to SQLAlchemy's own list: it would write them bare.
_UNKNOWN_TO_SQLALCHEMY = frozenset({"collation", "concurrently", "lateral", "system_user", "tablesample"})


class Writer:
    """Writes what a catalog holds; relationships and classes are made around it."""

    def __init__(self, facts: Facts, imports: Imports) -> None:
        self.facts = facts
        self.imports = imports
        self.types = Types(imports.local)
        self.tables = {(each.schema, each.name): each for each in facts.tables}

    # -- types and sequences ------------------------------------------------------------------------------------------

    def definitions(self, variables: Mapping[Address, str]) -> Iterator[str]:
        """Types and sequences, each an assignment or a call; a type's variable by its address."""
        for each in self.facts.types:
            if isinstance(each, Composite | RangeType):  # which SQLAlchemy has no class for
                yield self._event("Base.metadata", unless_there(each.create()), "before_create")
                continue
            name, python = variables[each.address], self.types.python("str")
            if isinstance(each, Enum):
                value = self._enum(each)
            else:
                of = self.types.rendered(each.type)
                value, python = self._domain(each, of), of.python
            self.types = self.types.knowing((each.schema, each.name), Rendered(name, python))
            yield f"{name} = {value}"
            checks = self.facts.constraints.get((each.schema, each.name), [])
            if isinstance(each, Domain) and needs_statement(each, checks):
                yield self._event("Base.metadata", domain_made(each, checks), "before_create")
        for sequence in self.facts.sequences:
            yield self._sequence(sequence)

    def _enum(self, each: Enum) -> str:
        keywords = {"name": repr(each.name), "schema": repr(each.schema), "metadata": "Base.metadata"}
        return call(self.imports.sa("Enum"), *map(repr, each.labels or ()), keywords=keywords)

    def _domain(self, each: Domain, of: Rendered) -> str:
        checks = self.facts.constraints.get((each.schema, each.name), [])
        keywords = {"schema": repr(each.schema), "metadata": "Base.metadata"}
        if needs_statement(each, checks):
            keywords["create_type"] = "False"
        if each.collation:
            keywords["collation"] = repr(each.collation)
            if each.collation_schema != "pg_catalog":
                keywords["collation_schema"] = repr(each.collation_schema)
        if each.default:
            keywords["default"] = self._text(each.default)
        if each.not_null:
            keywords["not_null"] = "True"
        if check := inline_check(each, checks):
            keywords |= {"constraint_name": repr(check.name), "check": self._text(check.expression)}
        return call(self.imports.local(POSTGRESQL, "DOMAIN"), repr(each.name), of.text, keywords=keywords)

    def _sequence(self, each: Sequence) -> str:
        keywords = {}
        if each.type != "bigint":
            keywords["data_type"] = self.imports.sa({"smallint": "SmallInteger", "integer": "Integer"}[each.type])
        options = (each.start, each.increment, each.minimum, each.maximum, each.cache, int(each.cycle))
        keywords |= _sequence_options(options, each.type)
        keywords |= {"schema": repr(each.schema), "metadata": "Base.metadata"}
        return call(self.imports.sa("Sequence"), repr(each.name), keywords=keywords)

    def _text(self, expression: str) -> str:
        return f"{self.imports.sa('text')}({escaped(expression)!r})"

    # -- tables -------------------------------------------------------------------------------------------------------

    def name(self, name: str) -> str:
        """A name as SQLAlchemy must be given it, so that it quotes it where PostgreSQL wants that."""
        return f"{self.imports.sa('quoted_name')}({name!r}, True)" if name in _UNKNOWN_TO_SQLALCHEMY else repr(name)

    def table(self, table: Table) -> str:
        """The whole table as a call of Table()."""
        columns = (self.column(each, "    ", self.imports.sa("Column")) for each in self.columns(table))
        keywords = (f"{name}={value}" for name, value in self._keywords(table).items())
        parts = [self.name(table.name), "Base.metadata", *columns, *self._arguments(table, "    "), *keywords]
        return f"{self.imports.sa('Table')}(\n    " + ",\n    ".join(parts) + ",\n)"

    def table_args(self, table: Table) -> str:
        """What __table_args__ is set to."""
        keywords = ", ".join(f"{name!r}: {value}" for name, value in self._keywords(table).items())
        parts = [*self._arguments(table, "        "), f"{{{keywords}}}"]
        return "(\n        " + ",\n        ".join(parts) + ",\n    )"

    def columns(self, table: Table) -> list[Column]:
        """The table's columns, in their order."""
        return self.facts.columns.get((table.schema, table.name), [])

    def _keywords(self, table: Table) -> dict[str, str]:
        keywords = {"schema": repr(table.schema)}
        if comment := self.facts.comment(table):
            keywords["comment"] = repr(comment)
        if table.partition_by:
            # The driver takes a single % for a placeholder.
            keywords["postgresql_partition_by"] = repr(table.partition_by.replace("%", "%%"))
        if table.unlogged:
            keywords["prefixes"] = "['UNLOGGED']"
        if table.access_method:
            keywords["postgresql_using"] = repr(quoted(table.access_method))
        return keywords

    def _arguments(self, table: Table, indent: str) -> Iterator[str]:
        place = (table.schema, table.name)
        for constraint in self.facts.constraints.get(place, ()):
            # Of those made by hand, SQLAlchemy must know keys, for identity, and foreign keys, for relationships.
            if constraint.type in "pf" or not by_hand(constraint) or (constraint.type == "u" and constraint.period):
                yield self._constraint(constraint, indent)
        for index in self.facts.indexes.get(place, ()):
            yield self._index(index, {each.name for each in self.columns(table)}, indent)

    # -- views --------------------------------------------------------------------------------------------------------

    def view(self, view: Query, metadata: str) -> str:
        """The view, materialized or not, as a call of Table() in the MetaData of this name."""
        keywords = {"schema": repr(view.schema)}
        if comment := self.facts.comment(view):
            keywords["comment"] = repr(comment)
        columns = [self._view_column(view, *each) for each in zip(view.columns, view.types, strict=True)]
        return call(self.imports.sa("Table"), self.name(view.name), metadata, *columns, keywords=keywords)

    def _view_column(self, view: Query, column: str, of: str) -> str:
        comment = self.facts.column_comment(view, column)
        keywords = {"comment": repr(comment)} if comment else {}
        parts = (self.name(column), self.types.rendered(of).text)
        return call(self.imports.sa("Column"), *parts, indent="    ", keywords=keywords)

    # -- columns ------------------------------------------------------------------------------------------------------

    def type(self, column: Column) -> Rendered:
        """The column's type."""
        return self.types.rendered(column.type, column.collation, column.collation_schema)

    def annotation(self, column: Column) -> str:
        """What stands in Mapped[...]."""
        python = self.type(column).python
        if column.not_null or column.name in self._key(column):
            return python
        return f"{self.types.python('Optional')}[{python}]"

    def _key(self, column: Column) -> tuple[str, ...]:
        constraints = self.facts.constraints.get((column.schema, column.table), ())
        return next((each.columns for each in constraints if each.type == "p"), ())

    def mapped(self, column: Column, attribute: str) -> str:
        """The column as an attribute of a class."""
        before = f"{attribute}: {self.imports.local(ORM, 'Mapped')}[{self.annotation(column)}] = "
        return before + self.column(column, "    ", self.imports.local(ORM, "mapped_column"), before)

    def column(self, column: Column, indent: str, function: str, before: str = "") -> str:
        """The column as a call of Column() or mapped_column()."""
        default, of, key = self.facts.default(column), self.type(column), self._key(column)
        parts, keywords = [self.name(column.name), of.text], {}
        if column.identity:
            parts.append(self._identity(column))
        if column.generated:
            stored = {"persisted": str(column.generated == "s")}
            parts.append(call(self.imports.sa("Computed"), repr(escaped(column.expression)), keywords=stored))
        if column.name in key:
            keywords["primary_key"] = "True"
            if len(key) == 1 and not column.identity and not default and of.python == self.types.python("int"):
                keywords["autoincrement"] = "False"  # SQLAlchemy would make it SERIAL
        elif column.not_null:
            keywords["nullable"] = "False"
        if default:
            keywords["server_default"] = self._text(default)
        if comment := self.facts.comment(column):
            keywords["comment"] = repr(comment)
        return call(function, *parts, indent=indent, before=before, keywords=keywords)

    def _identity(self, column: Column) -> str:
        options = _sequence_options(column.sequence_options, column.type)
        always = {"always": str(column.identity == "a")}
        return call(self.imports.sa("Identity"), keywords=always | options)

    # -- constraints --------------------------------------------------------------------------------------------------

    def _constraint(self, each: Constraint, indent: str) -> str:
        name = {"p": "PrimaryKeyConstraint", "u": "UniqueConstraint", "c": "CheckConstraint"}
        keywords = {"name": repr(each.name)}
        if each.type == "c":
            arguments = [repr(escaped(each.expression))]
        elif each.type == "f":
            arguments = [listed(each.columns), self._targets(each)]
            keywords |= _foreign_options(each)
        else:
            arguments = [repr(column) for column in each.columns]
        if each.deferrable:
            keywords |= {"deferrable": "True", "initially": repr("DEFERRED" if each.deferred else "IMMEDIATE")}
        if each.include:
            keywords["postgresql_include"] = listed(each.include)
        if each.nulls_not_distinct:
            keywords["postgresql_nulls_not_distinct"] = "True"
        function = self.imports.sa(name.get(each.type, "ForeignKeyConstraint"))
        text = call(function, *arguments, indent=indent, keywords=keywords)
        # The condition is never met: SQLAlchemy knows of it, a statement of ours makes it.
        return f"{text}.ddl_if(dialect='by hand')" if by_hand(each) else text

    @staticmethod
    def _targets(each: Constraint) -> str:
        table = each.foreign_table
        if any("." in name for name in (table, *each.foreign_columns)):
            # A dot in a name cannot be told from the dot between names.
            names = ((each.foreign_schema, table, column) for column in each.foreign_columns)
            return "[" + ", ".join(map(repr, names)) + "]"
        return listed(f"{each.foreign_schema}.{table}.{column}" for column in each.foreign_columns)

    def _index(self, each: Index, columns: set[str], indent: str) -> str:
        parts = index_parts(each.definition)
        classes = _operator_classes(parts.elements, columns)
        elements = [self._element(element, columns, classes) for element in parts.elements]
        keywords = {}
        if each.unique:
            keywords["unique"] = "True"
        if parts.method != "btree":
            keywords["postgresql_using"] = repr(parts.method)
        if classes:
            pairs = (f"{name!r}: {of!r}" for name, of in classes.items())
            keywords["postgresql_ops"] = "{" + ", ".join(pairs) + "}"
        if parts.include:
            keywords["postgresql_include"] = listed(map(unquoted, parts.include))
        if parts.nulls_not_distinct:
            keywords["postgresql_nulls_not_distinct"] = "True"
        if parts.options:
            pairs = (f"{name!r}: {value!r}" for name, value in parts.options)
            keywords["postgresql_with"] = "{" + ", ".join(pairs) + "}"
        if parts.where:
            keywords["postgresql_where"] = self._text(parts.where)
        return call(self.imports.sa("Index"), repr(each.name), *elements, indent=indent, keywords=keywords)

    def _element(self, element: str, columns: set[str], classes: Mapping[str, str]) -> str:
        for name in columns:
            if element in (quoted(name), f"{quoted(name)} {classes.get(name)}"):
                return repr(name)
        return self._text(element)

    # -- statements of our own ----------------------------------------------------------------------------------------

    def events(self, of: Mapping[tuple[str, str], str]) -> Iterator[str]:
        """Calls that attach to the tables, by the text for each, what SQLAlchemy cannot create itself."""
        for place, table in self.tables.items():
            yield from (self._event(of[place], each) for each in after_table(self.facts, table))
        yield from (self._event("Base.metadata", each) for each in after_metadata(self.facts))

    def _event(self, of: str, each: Statement, when: str = "after_create") -> str:
        # DDL() fills in `%(table)s` and its like.
        self.imports.sa("DDL")
        text = f"_statement({each.text.replace('%', '%%')!r})"
        return call(f"{self.imports.sa('event')}.listen", of, repr(when), text)


def _operator_classes(elements: tuple[str, ...], columns: set[str]) -> dict[str, str]:
    """The operator classes of elements that are a column and a class; of a column that comes once."""
    found = [(unquoted(name), of) for name, _, of in (element.rpartition(" ") for element in elements) if name]
    counts = Counter(name for name, _ in found)
    return {name: of for name, of in found if name in columns and of.endswith("_ops") and counts[name] == 1}


def _foreign_options(each: Constraint) -> dict[str, str]:
    options = {}
    if each.on_update in _ACTIONS:
        options["onupdate"] = repr(_ACTIONS[each.on_update])
    if each.on_delete in _ACTIONS:
        names = f" ({', '.join(map(quoted, each.delete_columns))})" if each.delete_columns else ""
        options["ondelete"] = repr(_ACTIONS[each.on_delete] + names)
    if each.match_full:
        options["match"] = repr("FULL")
    return options


def _sequence_options(options: tuple[int, ...], of: str) -> dict[str, str]:
    """All options where one is not what PostgreSQL takes by itself."""
    start, increment, minimum, maximum, cache, cycle = options
    if options == (1, 1, 1, 2 ** _BITS[of] - 1, 1, 0):
        return {}
    names = ("start", "increment", "minvalue", "maxvalue", "cache")
    numbers = zip(names, (start, increment, minimum, maximum, cache), strict=True)
    return {name: str(number) for name, number in numbers} | ({"cycle": "True"} if cycle else {})

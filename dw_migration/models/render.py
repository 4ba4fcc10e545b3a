"""A catalog as a module of SQLAlchemy models: sqlacodegen's classes and relationships around our own tables."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlacodegen.models import ColumnAttribute, Model, ModelClass, RelationshipAttribute, RelationshipType
from sqlacodegen.utils import get_column_names

from dw_migration.errors import Unsupported
from dw_migration.kind import Address
from dw_migration.kinds.constraint import Constraint
from dw_migration.models.facts import Facts, Place
from dw_migration.models.generator import DeclarativeGenerator
from dw_migration.models.names import as_class_name, as_identifier, free, unique
from dw_migration.models.tables import Writer
from dw_migration.models.writing import ORM, Imports, call

VIEWS = "views"
"""The MetaData of the views: Alembic would take those in the tables' MetaData for tables that are missing."""
OWN_NAMES = frozenset({"Base", "_Named", "_statement", VIEWS})
_LIST = (RelationshipType.ONE_TO_MANY, RelationshipType.MANY_TO_MANY)


def rendered(facts: Facts) -> str:
    """The module's text, without its header."""
    return _Generator(facts).generate()


# --- MetaData --------------------------------------------------------------------------------------------------------


class _MetaData(sa.MetaData):
    """Tables in the order of their names: a new foreign key must not move classes about, and cycles are no matter."""

    @property
    def sorted_tables(self) -> list[sa.Table]:
        return [self.tables[key] for key in sorted(self.tables)]


def metadata(facts: Facts) -> sa.MetaData:
    """What sqlacodegen needs for classes and relationships: tables, columns, keys; types and the rest are ours."""
    made, untyped = _MetaData(), sa.types.NullType()
    for these in (facts.tables, facts.views):
        _refuse_twins(f"{each.schema}.{each.name}" for each in these)
    tables: dict[Place, sa.Table] = {}
    for table in facts.tables:
        place = (table.schema, table.name)
        columns = [
            sa.Column(each.name, untyped, nullable=not each.not_null, autoincrement=False)
            for each in facts.columns.get(place, ())
        ]
        tables[place] = sa.Table(table.name, made, *columns, schema=table.schema)
    for place, made_table in tables.items():
        for constraint in facts.constraints.get(place, ()):
            _add(made_table, constraint, tables)
    return made


def _refuse_twins(names: Iterable[str]) -> None:
    """Raises: Unsupported, where dots make two names one to SQLAlchemy."""
    for name, count in Counter(names).items():
        if count > 1:
            raise Unsupported(f"two relations are both {name} to SQLAlchemy: rename one of them")


def _add(table: sa.Table, constraint: Constraint, tables: Mapping[Place, sa.Table]) -> None:
    if constraint.type == "p":
        table.append_constraint(sa.PrimaryKeyConstraint(*constraint.columns, name=constraint.name))
    elif constraint.type == "u":
        table.append_constraint(sa.UniqueConstraint(*constraint.columns, name=constraint.name))
    elif constraint.type == "f":
        other = tables[constraint.foreign_schema, constraint.foreign_table]
        there = [other.c[name] for name in constraint.foreign_columns]
        table.append_constraint(sa.ForeignKeyConstraint(constraint.columns, there, name=constraint.name))


def _place(model: Model) -> Place:
    return str(model.table.schema), str(model.table.name)


# --- The generator ---------------------------------------------------------------------------------------------------


class _Generator(DeclarativeGenerator):
    """sqlacodegen's, with names and everything in a table written from the catalog.

    Its own way loses index expressions, checks of domains, names of keys and the difference between tables of one name
    in two schemas, and lets the name of a type out as code.
    """

    valid_options: ClassVar[set[str]] = DeclarativeGenerator.valid_options

    def __init__(self, facts: Facts) -> None:
        # No connection: what sqlacodegen asks one for is overridden.
        super().__init__(metadata(facts), cast("Any", None), ["nojoined"])
        self.facts = facts
        self.modules = Imports(set(OWN_NAMES))
        self.writer = Writer(facts, self.modules)
        self.classes: list[ModelClass] = []
        self.variables: dict[Address, str] = {}
        self.views: list[str] = []
        self.by_table: dict[sa.Table, list[RelationshipAttribute]] = {}

    # -- models and their names ---------------------------------------------------------------------------------------

    def generate_models(self) -> list[Model]:
        models: list[Model] = super().generate_models()
        self.classes = [model for model in models if isinstance(model, ModelClass)]
        originals = [self.facts.original(self.writer.tables[_place(model)]) for model in self.classes]
        for model, name in zip(self.classes, unique(map(as_class_name, originals), OWN_NAMES), strict=True):
            model.name = name
            self.modules.taken.add(name)
        for model in self.classes:
            self._name_columns(model)
        for model in self.classes:
            self._name_relationships(model)
        self._name_variables([model for model in models if not isinstance(model, ModelClass)])
        for model in self.classes:
            for each in model.relationships:
                if each.constraint is not None and not each.association_table:
                    self.by_table.setdefault(each.constraint.table, []).append(each)
        return models

    def generate_model_name(self, model: Model, global_names: set[str]) -> None:
        """Nothing: names are given when all models are there."""

    def _name_columns(self, model: ModelClass) -> None:
        targets = {each.target.name for each in model.relationships}
        columns = self.facts.columns[_place(model)]
        wanted = [as_identifier(self.facts.original(column), fallback="column") for column in columns]
        for attribute, name in zip(model.columns, unique(wanted, targets), strict=True):
            attribute.name = name
            self.modules.taken.add(name)

    def _name_relationships(self, model: ModelClass) -> None:
        targets = Counter(each.target.name for each in model.relationships)
        given = {each.name for each in model.columns} | {each.target.name for each in model.relationships}
        for each in model.relationships:
            wanted = self._relationship_name(each, alone=targets[each.target.name] == 1)
            each.name = free(wanted, given)
            given.add(each.name)
            self.modules.taken.add(each.name)

    @staticmethod
    def _relationship_name(each: RelationshipAttribute, *, alone: bool) -> str:
        """`Owner` for a foreign key over `OwnerId`; else the other table, and by what where there are several ways."""
        target = each.target.table.name
        if each.association_table:
            through = each.association_table.table.name
        else:
            attribute = _key_attribute(each)
            through = re.sub(r"(?<=[^_])_?(?:id|Id|ID)$", "", attribute)
            if through != attribute and not _is_reverse(each):
                return as_identifier(through, fallback="related")
        return as_identifier(target if alone else f"{target}_by_{through}", fallback="related")

    def _name_variables(self, models: list[Model]) -> None:
        wanted = [as_identifier(f"t_{model.table.name}", fallback="t") for model in models]
        for model, name in zip(models, unique(wanted, self.modules.taken), strict=True):
            model.name = name
        self.modules.taken.update(model.name for model in models)
        wanted = [as_identifier(f"{each.kind}_{each.name}", fallback=each.kind) for each in self.facts.types]
        for each, name in zip(self.facts.types, unique(wanted, self.modules.taken), strict=True):
            self.variables[each.address] = name
        self.modules.taken.update(self.variables.values())
        wanted = [as_identifier(f"v_{each.name}", fallback="v") for each in self.facts.views]
        self.views = list(unique(wanted, self.modules.taken))
        self.modules.taken.update(self.views)

    # -- the module ---------------------------------------------------------------------------------------------------

    def collect_imports(self, models: Iterable[Model]) -> None:
        """Nothing: what is rendered asks for what it needs."""

    def fix_column_types(self, table: sa.Table) -> None:
        """Nothing: types are written from the catalog."""

    def should_ignore_table(self, table: sa.Table) -> bool:  # noqa: ARG002 - sqlacodegen's signature
        """False: a source may well have a table named alembic_version."""
        return False

    def render_module_variables(self, models: list[Model]) -> str:  # noqa: ARG002 - sqlacodegen's signature
        return f"\nclass Base({self.modules.local(ORM, 'DeclarativeBase')}):\n    pass"

    def render_enum_classes(self) -> str:
        """What stands before the models: types and sequences."""
        return "\n\n".join(self.writer.definitions(self.variables))

    def render_models(self, models: list[Model]) -> str:
        # Tables come first: relationships name those that they go through.
        tables = [model for model in models if not isinstance(model, ModelClass)]
        parts = [f"{model.name} = {self.writer.table(self.writer.tables[_place(model)])}" for model in tables]
        parts += [self.render_class(model) for model in self.classes]
        of = {_place(model): model.name for model in tables}
        of |= {_place(model): f"{model.name}.__table__" for model in self.classes}
        parts.append("\n".join(self.writer.events(of)))
        if self.views:
            parts.append(f"{VIEWS} = {self.modules.sa('MetaData')}()")
            views = zip(self.views, self.facts.views, strict=True)
            parts += [f"{name} = {self.writer.view(each, VIEWS)}" for name, each in views]
        return "\n\n\n".join(part for part in parts if part)

    def group_imports(self) -> list[list[str]]:
        return self.modules.groups()

    def render_class(self, model: ModelClass) -> str:
        table = self.writer.tables[_place(model)]
        lines = [f"__tablename__ = {self.writer.name(table.name)}"]
        lines += [f"__table_args__ = {self.writer.table_args(table)}", ""]
        for attribute, column in zip(model.columns, self.writer.columns(table), strict=True):
            lines.append(self.writer.mapped(column, attribute.name))
        if model.relationships:
            lines += ["", *map(self.render_relationship, model.relationships)]
        body = "\n".join(f"    {line}" if line else "" for line in lines)
        return f"class {model.name}(Base):\n{body}"

    # -- relationships ------------------------------------------------------------------------------------------------

    def generate_relationships(
        self, source: ModelClass, models_by_table_name: dict[str, Model], association_tables: list[Model]
    ) -> list[RelationshipAttribute]:
        # sqlacodegen keeps association tables by the bare name of the table that they point to.
        own = [each for each in association_tables if _foreign_keys(each)[0].referred_table is source.table]
        made: list[RelationshipAttribute] = super().generate_relationships(source, models_by_table_name, own)
        return made

    def render_relationship(self, relationship: RelationshipAttribute) -> str:
        annotation = repr(relationship.target.name)
        if relationship.type in _LIST:
            annotation = f"{self.modules.local('builtins', 'list')}[{annotation}]"
        elif _may_lack(relationship):
            annotation = f"{self.modules.local('typing', 'Optional')}[{annotation}]"
        before = f"{relationship.name}: {self.modules.local(ORM, 'Mapped')}[{annotation}] = "
        return before + call(
            self.modules.local(ORM, "relationship"),
            repr(relationship.target.name),
            indent="    ",
            before=before,
            keywords=self._arguments(relationship),
        )

    def _arguments(self, each: RelationshipAttribute) -> dict[str, str]:
        arguments = {}
        itself = each.source is each.target
        if each.type is RelationshipType.ONE_TO_ONE and _is_reverse(each):
            arguments["uselist"] = "False"
        if each.association_table:
            arguments["secondary"] = each.association_table.name
            arguments |= self._joins(each, each.association_table) if itself else {}
        elif itself:
            arguments["remote_side"] = _attributes(each, _remote_side(each))
        if each.foreign_keys:
            arguments["foreign_keys"] = _attributes(each, each.foreign_keys)
        if each.backref:
            arguments["back_populates"] = repr(each.backref.name)
        if overlaps := self._overlaps(each):
            arguments["overlaps"] = repr(",".join(overlaps))
        return arguments

    def _joins(self, each: RelationshipAttribute, table: Model) -> dict[str, str]:
        """Both conditions of a many-to-many relationship of a class with itself."""
        first, second = _foreign_keys(table)
        near, far = (second, first) if each.constraint is first else (first, second)
        return {"primaryjoin": self._join(each, table, near), "secondaryjoin": self._join(each, table, far)}

    def _join(self, each: RelationshipAttribute, table: Model, constraint: sa.ForeignKeyConstraint) -> str:
        terms = [
            f"{each.source.name}.{each.source.get_column_attribute(element.column.name).name}"
            f" == {table.name}.c[{str(element.parent.name)!r}]"
            for element in constraint.elements
        ]
        joined = terms[0] if len(terms) == 1 else f"{self.modules.sa('and_')}({', '.join(terms)})"
        return f"lambda: {joined}"

    def _overlaps(self, each: RelationshipAttribute) -> list[str]:
        """Names of relationships that write a column which this one writes too: SQLAlchemy wants to be told."""
        if each.association_table or each.constraint is None:
            return []
        columns = set(each.constraint.columns)
        others = (one for one in self.by_table[each.constraint.table] if one.constraint is not each.constraint)
        return sorted(
            {one.name for one in others if one.constraint is not None and columns & set(one.constraint.columns)}
        )


def _foreign_keys(association: Model) -> list[sa.ForeignKeyConstraint]:
    """Both foreign keys of an association table, in sqlacodegen's order."""
    keys = association.table.foreign_key_constraints
    return sorted(keys, key=lambda key: f"F{get_column_names(key)!r}")


def _is_reverse(each: RelationshipAttribute) -> bool:
    """Whether the foreign key stands in the other class, or at the far end of a relationship with itself."""
    if each.constraint is None or each.association_table:
        return False
    if each.source is not each.target:
        return each.constraint.table is not each.source.table
    # sqlacodegen puts the near end first.
    return next(one for one in each.source.relationships if one is each or one is each.backref) is not each


def _key_attribute(each: RelationshipAttribute) -> str:
    """The attribute of the foreign key's last column."""
    constraint = cast("sa.ForeignKeyConstraint", each.constraint)
    model = each.target if _is_reverse(each) else each.source
    return str(model.get_column_attribute(constraint.elements[-1].parent.name).name)


def _may_lack(each: RelationshipAttribute) -> bool:
    """Whether the other side can be None."""
    return _is_reverse(each) or (each.constraint is not None and any(one.nullable for one in each.constraint.columns))


def _remote_side(each: RelationshipAttribute) -> list[ColumnAttribute]:
    # sqlacodegen takes the primary key, but the foreign key may refer to another one.
    constraint = cast("sa.ForeignKeyConstraint", each.constraint)
    if _is_reverse(each):
        return [each.source.get_column_attribute(name) for name in get_column_names(constraint)]
    return [each.source.get_column_attribute(element.column.name) for element in constraint.elements]


def _attributes(each: RelationshipAttribute, attributes: Iterable[ColumnAttribute]) -> str:
    """A list of attributes; as a string, which SQLAlchemy evaluates later, where they stand in another class."""
    attributes = list(attributes)
    if all(attribute.model is each.source for attribute in attributes):
        return "[" + ", ".join(attribute.name for attribute in attributes) + "]"
    return repr("[" + ", ".join(f"{attribute.model.name}.{attribute.name}" for attribute in attributes) + "]")

"""What the names in a query mean: whose column each is, and which are mere aliases. Pure, from PostgreSQL's own parser.

PostgreSQL writes queries of views, rules and policies under an empty search_path so that all relations have a schema,
and columns a qualifier wherever there is more than one relation. https://www.postgresql.org/docs/current/queries.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

RelationName = tuple[str, ...]
"""Schema and name; empty: of no relation, but of a query, a function or a join in the FROM list."""


class Reference(NamedTuple):
    """A column as a query names it: perhaps with a qualifier, perhaps the whole row."""

    fields: tuple[str, ...]
    """As written, without a star."""
    qualifier: "Entry | None"
    """What the first of the fields stands for, where it is no column."""
    of: RelationName | None
    """Whose column the last field is; None: none of the query's, but of what the query stands in."""
    has_column: bool
    is_output: bool
    """The column gives the query's output its name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a FROM list."""

    name: str
    """By which the query calls it."""
    relation: RelationName
    is_alias: bool
    """The name is the query's own, not the relation's."""


@dataclass(slots=True)
class _Scope:
    """What one level of a query can name."""

    entries: list[Entry] = field(default_factory=list)
    queries: set[str] = field(default_factory=set)
    """Those of its WITH."""


@dataclass(slots=True)
class Places:
    """Where names stand, in bytes of the statement."""

    columns: dict[int, Reference] = field(default_factory=dict)
    relations: dict[int, bool] = field(default_factory=dict)
    """Relations of FROM lists and the like, and whether one is a query of a WITH."""
    fixed: set[int] = field(default_factory=set)
    """Functions and parameters, which no alias can be."""
    types: set[int] = field(default_factory=set)
    """Nor can these."""
    members: dict[int, RelationName] = field(default_factory=dict)
    """Columns that a statement sets or fills, and whose they are."""
    levels: list[tuple[Entry, ...]] = field(default_factory=list)
    """What stands in one FROM list, where there is more than one."""
    is_trigger: bool = False
    """It makes a trigger, in which a list of columns stands between OF and ON."""
    joined: set[tuple[RelationName, str]] = field(default_factory=set)
    """Columns by which USING joins."""


def places(tree: Mapping[str, Any]) -> Places:
    """Where the names of a parsed statement, the parser's JSON, stand, and what they mean."""
    found = Places()
    _Walk(found).node(tree, ())
    return found


_Scopes = tuple[_Scope, ...]
"""The innermost first."""


class _Walk:
    def __init__(self, places: Places) -> None:
        self.places = places

    def node(self, node: Any, scopes: _Scopes, *, is_output: bool = False) -> None:
        """Look at the node and all beneath it."""
        if isinstance(node, list):
            for each in node:
                self.node(each, scopes)
            return
        if not isinstance(node, dict):
            return
        if "relname" in node:
            self.relation(node, scopes)
        elif "typemod" in node:
            self.places.types.add(node.get("location", 0))
        for key, value in node.items():
            match key:
                case "SelectStmt":
                    self.select(value, scopes)
                case "InsertStmt" | "UpdateStmt" | "DeleteStmt":
                    self.change(value, scopes)
                case "ColumnRef":
                    self.column(value, scopes, is_output=is_output)
                case "CreateTrigStmt":
                    self.places.is_trigger = True
                    self.node(value, scopes)
                case "FuncCall" | "NamedArgExpr":
                    self.places.fixed.add(value.get("location", 0))
                    self.node(value, scopes)
                case _:
                    self.node(value, scopes)

    # -- statements ---------------------------------------------------------------------------------------------------

    def select(self, select: Mapping[str, Any], outer: _Scopes) -> None:
        scope = _Scope()
        scopes = (scope, *outer)
        self.queries(select, scope, scopes)
        for side in ("larg", "rarg"):
            if side in select:
                self.select(select[side], scopes)
        self.sources(select.get("fromClause", ()), scope, scopes)
        self.rest(select, scopes, {"withClause", "larg", "rarg", "fromClause"})

    def change(self, change: Mapping[str, Any], outer: _Scopes) -> None:
        """INSERT, UPDATE or DELETE."""
        scope = _Scope()
        scopes = (scope, *outer)
        self.queries(change, scope, scopes)
        target = change["relation"]
        self.source({"RangeVar": target}, scope, scopes)
        of = scope.entries[0].relation
        if "onConflictClause" in change:
            scope.entries.append(Entry("excluded", of, is_alias=True))
        self.sources([*change.get("fromClause", ()), *change.get("usingClause", ())], scope, scopes)
        set_by_conflict = change.get("onConflictClause", {}).get("targetList", ())
        named = (*change.get("cols", ()), *set_by_conflict)
        for each in named if "cols" in change or set_by_conflict else change.get("targetList", ()):
            if location := each["ResTarget"].get("location"):
                self.places.members[location] = of
        self.rest(change, scopes, {"withClause", "relation", "fromClause", "usingClause"})

    def rest(self, node: Mapping[str, Any], scopes: _Scopes, without: Iterable[str]) -> None:
        for key, value in node.items():
            if key in {"targetList", "returningList"}:
                self.targets(value, scopes)
            elif key not in without:
                self.node(value, scopes)

    def targets(self, targets: Iterable[Mapping[str, Any]], scopes: _Scopes) -> None:
        for each in targets:
            target = each.get("ResTarget", each)
            self.node(target.get("val"), scopes, is_output="name" not in target)
            self.node(target.get("indirection"), scopes)

    def queries(self, node: Mapping[str, Any], scope: _Scope, scopes: _Scopes) -> None:
        clause = node.get("withClause", {})
        if clause.get("recursive"):
            scope.queries |= {each["CommonTableExpr"]["ctename"] for each in clause.get("ctes", ())}
        for each in clause.get("ctes", ()):
            query = each["CommonTableExpr"]
            self.node(query, scopes)
            scope.queries.add(query["ctename"])

    # -- FROM ---------------------------------------------------------------------------------------------------------

    def sources(self, items: Iterable[Mapping[str, Any]], scope: _Scope, scopes: _Scopes) -> None:
        """Learn all names before what may use them is looked at."""
        items = list(items)
        for each in items:
            self.source(each, scope, scopes)
        named = tuple(entry for entry in scope.entries if entry.name)
        if len(named) > 1:
            self.places.levels.append(named)
        for each in items:
            self.node(each, scopes)

    def source(self, item: Mapping[str, Any], scope: _Scope, scopes: _Scopes) -> None:
        ((kind, node),) = item.items()
        alias = node.get("alias", {})
        if kind == "JoinExpr":
            self.join(node, scope, scopes)
        elif kind == "RangeVar":
            self.relation(node, scopes)
            relation = self.relation_of(node, scopes)
            name = alias.get("aliasname", node["relname"])
            scope.entries.append(Entry(name, () if "colnames" in alias else relation, bool(alias) or not relation))
        elif kind == "RangeTableSample":
            self.source(node["relation"], scope, scopes)
        else:
            scope.entries.append(Entry(alias.get("aliasname", ""), (), is_alias=True))

    def join(self, node: Mapping[str, Any], scope: _Scope, scopes: _Scopes) -> None:
        inner = _Scope(queries=scope.queries)
        for side in ("larg", "rarg"):
            self.source(node[side], inner, (inner, *scopes))
        for column in node.get("usingClause", ()):
            self.places.joined |= {(entry.relation, column["String"]["sval"]) for entry in inner.entries}
        for alias in (node.get("alias"), node.get("join_using_alias")):
            if alias:
                scope.entries.append(Entry(alias["aliasname"], (), is_alias=True))
        if not node.get("alias"):
            scope.entries += inner.entries

    def relation(self, node: Mapping[str, Any], scopes: _Scopes) -> None:
        self.places.relations[node.get("location", 0)] = not self.relation_of(node, scopes)

    def relation_of(self, node: Mapping[str, Any], scopes: _Scopes) -> RelationName:
        """What it is; empty for a query of a WITH."""
        schema, name = node.get("schemaname"), node["relname"]
        if schema is None and any(name in scope.queries for scope in scopes):
            return ()
        return (schema or "pg_catalog", name)  # nothing else goes without a schema under an empty search_path

    # -- columns ------------------------------------------------------------------------------------------------------

    def column(self, node: Mapping[str, Any], scopes: _Scopes, *, is_output: bool) -> None:
        fields = tuple(each["String"]["sval"] for each in node["fields"] if "String" in each)
        has_star = len(fields) < len(node["fields"])
        self.places.columns[node.get("location", 0)] = self.reference(
            fields, scopes, has_star=has_star, is_output=is_output
        )

    def reference(self, fields: tuple[str, ...], scopes: _Scopes, *, has_star: bool, is_output: bool) -> Reference:
        if not fields or len(fields) > 2:  # noqa: PLR2004 - a star alone; or schema, relation and column
            of = fields[:2] if len(fields) > 2 else None  # noqa: PLR2004
            return Reference(fields, None, of, bool(of), is_output)
        first = fields[0]
        if len(fields) == 2 or has_star:  # noqa: PLR2004 - qualifier and column
            entry = next((each for scope in scopes for each in scope.entries if each.name == first), None)
            of = entry.relation if entry else None
            return Reference(fields, entry, of, len(fields) > 1, is_output)
        scope = next((each for each in scopes if each.entries), None)
        if scope is None:
            return Reference(fields, None, None, has_column=True, is_output=is_output)
        # A row is never written so; of several relations, only what USING has merged has no qualifier.
        of = scope.entries[0].relation if len(scope.entries) == 1 else ()
        return Reference(fields, None, of, has_column=True, is_output=is_output)

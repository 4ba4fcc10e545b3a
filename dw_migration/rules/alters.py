"""An attribute of something changes, of which no other rule has more to say."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Rename
from dw_migration.rule import Severity, Verdict


class By(NamedTuple):
    """Another rule judges it."""

    rule: str


class Told(NamedTuple):
    """What it means for those who read or write."""

    why: str
    severity: Severity = Severity.SAFE


def _warned(why: str) -> Told:
    return Told(why, Severity.TRANSFORMABLE)


_PLANNER = Told("the planner's affair")
_STORAGE = Told("where and how values are kept: none changes")
_CALLED = By("changes_function")
_ROWS_SEEN = By("hides_rows")
_CODE = By("runs_code")
_COLLATED = By("changes_collation")
_RIGHTS = By("changes_rights")
_TEXT = Told("a text for people")
_QUERY = By("changes_view")
_COUNTED = Told("rows that are there keep their numbers")

FIELDS: Mapping[str, Mapping[str, By | Told]] = {
    "collation": dict.fromkeys(("provider", "locale", "character_type", "deterministic", "rules"), _COLLATED),
    "text search dictionary": dict.fromkeys(
        ("template_schema", "template", "options"),
        _warned("texts are found by other words; stored tsvectors keep theirs"),
    ),
    "text search configuration": dict.fromkeys(
        ("parser_schema", "parser", "mappings"), _warned("texts are found by other words; stored tsvectors keep theirs")
    ),
    "enum": {"labels": By("removes_label")},
    "composite": {
        "attributes": _warned(
            "values of the type have other attributes: what names them, or writes rows of it, must follow"
        ),
        "types": By("changes_type"),
        "collation_schemas": _COLLATED,
        "collations": _COLLATED,
    },
    "range type": {
        "of": By("changes_type"),
        **dict.fromkeys(
            ("class_schema", "class_"), _warned("bounds are ordered otherwise: ranges that are there may be none")
        ),
        **dict.fromkeys(("collation_schema", "collation"), _COLLATED),
        **dict.fromkeys(("canonical_schema", "canonical"), _warned("ranges that were unlike may be equal")),
        **dict.fromkeys(("difference_schema", "difference"), _PLANNER),
        "multirange": _warned("queries that name its multirange must follow"),
    },
    "domain": {
        "type": By("changes_type"),
        **dict.fromkeys(("collation_schema", "collation"), _COLLATED),
        "not_null": By("requires_value"),
        "default": Told("it is for rows that are still to come"),
    },
    "sequence": {
        "type": _COUNTED,
        **dict.fromkeys(("start", "minimum", "maximum"), By("restarts_sequence")),
        **dict.fromkeys(("increment", "cache"), _COUNTED),
        "cycle": _warned("one that begins again gives numbers that rows have already"),
        "unlogged": By("becomes_unlogged"),
    },
    "function": dict.fromkeys(("is_procedure", "head", "body", "has_text"), _CALLED) | {"comment": _TEXT},
    "aggregate": dict.fromkeys(
        (
            *("arguments", "functions", "state", "moving_state", "sort_schema", "sort_operator", "sort", "space"),
            *("moving_space", "final_extra", "moving_final_extra", "final_modify", "moving_final_modify"),
            *("has_initial", "initial", "has_moving_initial", "moving_initial", "parallel"),
        ),
        _CALLED,
    )
    | {"comment": _TEXT},
    "operator": dict.fromkeys(
        (
            *("left", "right", "function_schema", "function", "commutator_schema", "commutator"),
            *("negator_schema", "negator", "restrict_schema", "restrict", "join_schema", "join", "hashes", "merges"),
        ),
        _CALLED,
    )
    | {"comment": _TEXT},
    "cast": dict.fromkeys(("source", "target", "method", "context", "function_schema", "function", "types"), _CALLED)
    | {"comment": _TEXT},
    "table": {
        "unlogged": By("becomes_unlogged"),
        "access_method": _STORAGE,
        "options": _STORAGE,
        "partition_by": By("rebuilds_table"),
    },
    "column": {
        "type": By("changes_type"),
        **dict.fromkeys(("collation_schema", "collation"), _COLLATED),
        "not_null": By("requires_value"),
        "identity": _warned("what writes rows here may, or may not, give its numbers itself"),
        **dict.fromkeys(("sequence_schema", "sequence"), Told("the sequence of an identity has another name")),
        "sequence_options": By("restarts_sequence"),
        **dict.fromkeys(("generated", "expression"), _warned("its values stay, and are not computed any more")),
        **dict.fromkeys(("storage", "compression"), _STORAGE),
        **dict.fromkeys(("statistics", "options"), _PLANNER),
    },
    "default": {"expression": Told("it is for rows that are still to come")},
    "partition column": {
        "whole_schema": Told("the whole has another name"),
        "whole_table": Told("the whole has another name"),
        "not_null": By("requires_value"),
        **dict.fromkeys(("storage", "compression"), _STORAGE),
        **dict.fromkeys(("statistics", "options"), _PLANNER),
    },
    "constraint": {
        **dict.fromkeys(("type", "columns", "expression", "only", "period"), By("adds_key")),
        **dict.fromkeys(("foreign_schema", "foreign_table", "foreign_columns", "match_full"), By("adds_foreign_key")),
        **dict.fromkeys(("validated", "enforced"), By("adds_check")),
        "nulls_not_distinct": By("adds_key"),
        "include": _PLANNER,
        "options": _STORAGE,
        "on_domain": Told("an address of its own"),
        "on_update": _warned("rows follow otherwise when those that they name change"),
        "on_delete": _warned("rows follow otherwise when those that they name go"),
        "delete_columns": _warned("rows follow otherwise when those that they name go"),
        **dict.fromkeys(
            ("deferrable", "deferred"), _warned("writers are refused at another time: at once, or at COMMIT")
        ),
        "no_inherit": _warned("tables that inherit may hold what it refuses"),
    },
    "view": {
        **dict.fromkeys(("columns", "types", "definition"), _QUERY),
        "options": _warned("who may read which rows by it, or write what, changes"),
    },
    "materialized view": {
        **dict.fromkeys(("columns", "types", "definition"), _QUERY),
        "access_method": _STORAGE,
        "options": _STORAGE,
        "populated": _warned("it is filled, or empty until it is refreshed: an empty one cannot be read"),
    },
    "index": {
        "unique": By("drops_index"),
        "definition": _warned("it serves other queries"),
        "statistics": _PLANNER,
        "of": Told("an address of its own"),
        "only": Told("partitions have it, or not yet"),
    },
    "statistics": dict.fromkeys(("table_schema", "table", "kinds", "definition", "target", "of"), _PLANNER),
    "typed table": dict.fromkeys(("type_schema", "type"), Told("a tie of the table to its type: no row changes")),
    "partition": dict.fromkeys(("whole_schema", "whole_table", "bound"), By("attaches_partition")),
    "clustering": dict.fromkeys(("index", "of_constraint", "of"), Told("a mark for CLUSTER, which nobody runs by it")),
    "replica identity": dict.fromkeys(
        ("identity", "index", "of_constraint"), Told("what a publication of the target says of old rows")
    ),
    "ownership": dict.fromkeys(("table_schema", "table", "column"), Told("the sequence goes with another column")),
    "rule": dict.fromkeys(("definition", "state", "of"), _CODE),
    "trigger": dict.fromkeys(("definition", "is_constraint", "state", "of"), _CODE),
    "policy": dict.fromkeys(("command", "permissive", "roles", "using", "check"), _ROWS_SEEN),
    "row security": dict.fromkeys(("enabled", "forced"), _ROWS_SEEN),
    "comment": {"of": _TEXT, "text": _TEXT},
    "grant": dict.fromkeys(("types", "privileges", "grantable", "usual"), _RIGHTS),
    "default privileges": dict.fromkeys(("role", "objects", "privileges", "grantable"), _RIGHTS),
}
"""By kind and field, what a change of it means, or the rule that says so."""


def alters(change: Change, around: Around) -> Iterator[Verdict]:
    """What changes without harm, and what those who read or write must know."""
    if isinstance(change, Rename):
        yield from _of_rename(change)
        return
    pair = around.pair(change)
    if pair is None:
        return
    old, new = pair
    fields = FIELDS.get(new.kind, {})
    differing = [name for name in fields if getattr(old, name) != getattr(new, name)]
    told = dict.fromkeys(each for name in differing if isinstance(each := fields[name], Told))
    what = f"{new.kind} {new.address}"
    for each in told:
        names = ", ".join(name for name in differing if fields[name] == each)
        yield Verdict(each.severity, f"{names} of {what} changes: {each.why}")
    if isinstance(change, Alter) and not differing:
        yield Verdict(Severity.SAFE, f"{what} changes in what nobody relies on")


def _of_rename(change: Rename) -> Iterator[Verdict]:
    if change.aside or change.kind in _UNNAMED:
        yield Verdict(Severity.SAFE, f"renames {change.kind} {change.old.address}: no query names it")


_UNNAMED = frozenset({"index", "constraint", "statistics"})

"""The house holds together: what there is is listed, described by a case, and goes through the one composer of SQL."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

import dw_migration
from dw_migration.kind import DatabaseObject
from dw_migration.kinds import KINDS
from dw_migration.rules import RULES
from dw_migration.rules.alters import FIELDS, By

PACKAGE = Path(dw_migration.__file__).parent
CASES = Path(__file__).parent / "cases"
COMPOSER = PACKAGE / "sql.py"


def modules(folder: str) -> set[str]:
    return {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                yield path, node


def called(node: ast.Call) -> str:
    """`op.execute` for a call of it, by its last two names."""
    match node.func:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(owner), name) | ast.Attribute(ast.Attribute(_, owner), name):
            return f"{owner}.{name}"
        case ast.Attribute(_, name):
            return name
    return ""


def test_every_kind_is_listed() -> None:
    assert {kind.__module__.rsplit(".", 1)[1] for kind in KINDS} == modules("kinds")
    assert len({kind.kind for kind in KINDS}) == len(KINDS)


def test_every_rule_is_listed_under_the_name_of_its_module() -> None:
    assert {rule.__name__ for rule in RULES} == modules("rules")
    assert [rule.__module__ for rule in RULES] == [f"dw_migration.rules.{rule.__name__}" for rule in RULES]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_kind_has_a_case_and_a_part_of_the_fingerprint(kind: type[DatabaseObject]) -> None:
    assert kind.watched.strip()
    assert list((CASES / kind.kind.replace(" ", "_")).glob("*.sql"))


def test_there_are_no_cases_of_anything_else() -> None:
    kinds = {kind.kind.replace(" ", "_") for kind in KINDS}
    assert {path.name for path in CASES.iterdir()} == {*kinds, "online"}  # the forms of several kinds


def test_every_rule_shows_in_a_case() -> None:
    found = "\n".join(path.read_text(encoding="utf-8") for path in CASES.glob("*/*.sql"))
    shown = [rule.__name__ for rule in RULES if rule.__name__ not in ONLY_SAFE]
    assert [name for name in shown if f"-- finding: {name} " not in found] == []


ONLY_SAFE = {"adds", "drops", "makes_again", "may_be_renamed"}
"""Rules that only say why something harms nobody: a case shows what warns. The last one needs another database."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_attribute_of_a_kind_is_judged_when_it_changes(kind: type[DatabaseObject]) -> None:
    """What is part of its address changes by a rename, or makes another object of it."""
    names = {each.name for each in fields(kind) if each.compare}  # type: ignore[arg-type]
    assert names - ADDRESS.get(kind.kind, set()) - {"schema", "name"} == set(FIELDS.get(kind.kind, {}))


ADDRESS = {
    "attribute": {"composite"},
    "column": {"table"},
    "default": {"table", "column"},
    "partition column": {"table"},
    "constraint": {"owner"},
    "index": {"table"},
    "inheritance": {"table", "from_schema", "from_table"},
    "typed table": {"table"},
    "partition": {"table"},
    "clustering": {"table"},
    "replica identity": {"table"},
    "ownership": {"sequence"},
    "rule": {"table"},
    "trigger": {"table"},
    "policy": {"table"},
    "row security": {"table"},
    "comment": {"owner"},
    "grant": {"of", "owner", "grantee"},
    "default privileges": {"grantee"},
    "function": {"types"},
    "aggregate": {"types"},
}


def test_attributes_are_left_only_to_rules_that_there_are() -> None:
    told = {each.rule for of in FIELDS.values() for each in of.values() if isinstance(each, By)}
    assert told <= {rule.__name__ for rule in RULES}


OTHERS = {
    "squawk": """
        adding-field-with-default adding-foreign-key-constraint adding-not-null-field adding-primary-key-constraint
        adding-required-field ban-alter-domain-with-add-constraint ban-char-field
        ban-concurrent-index-creation-in-transaction ban-create-domain-with-constraint ban-drop-column
        ban-drop-database ban-drop-not-null ban-drop-table ban-duplicate-column-assignments ban-truncate-cascade
        ban-uncommitted-transaction changing-column-type constraint-missing-not-valid disallow-unique-constraint
        identifier-too-long prefer-bigint-over-int prefer-bigint-over-smallint prefer-identity prefer-repack
        prefer-robust-stmts prefer-text-field prefer-timestamptz renaming-column renaming-table
        require-concurrent-index-creation require-concurrent-index-deletion require-concurrent-partition-detach
        require-concurrent-reindex require-enum-value-ordering require-table-schema require-timeout-settings
        transaction-nesting
    """,
    "strong_migrations": """
        remove column, change type, rename column, rename table, rename schema, rename enum value, create_table force,
        auto-increment column, stored generated, foreign key, check, raw SQL, backfill in transaction,
        index non-concurrently, reference, unique, exclusion, json column, volatile default, SET NOT NULL,
        remove_index, >3-column index, validate in the transaction that adds
    """,
    "pg-schema-diff": """
        ACQUIRES_ACCESS_EXCLUSIVE_LOCK ACQUIRES_SHARE_LOCK ACQUIRES_SHARE_ROW_EXCLUSIVE_LOCK CORRECTNESS DELETES_DATA
        HAS_UNTRACKABLE_DEPENDENCIES INDEX_BUILD INDEX_DROPPED IMPACTS_DATABASE_PERFORMANCE IS_USER_GENERATED
        UPGRADING_EXTENSION_VERSION AUTHZ_UPDATE
    """,
}
"""What other tools warn of, by the names that they have for it."""


def test_docs_say_of_each_warning_of_others_which_rule_it_is_or_why_none() -> None:
    text = (PACKAGE.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines() if row.startswith("| ")]
    told = {(of, name): here for of, name, here in rows[2:]}
    names = {of: re.split(r",\s+" if "," in listed else r"\s+", listed.strip()) for of, listed in OTHERS.items()}
    assert [
        (of, name) for of, those in names.items() for name in those if (of, " ".join(name.split())) not in told
    ] == []
    known = {rule.__name__ for rule in RULES}
    for (of, name), here in told.items():
        named = set(re.findall(r"`([a-z_]+)`", here))
        assert here.startswith("none: ") or named & known, (of, name)
        assert here.startswith("none: ") or named - known <= {"rewrites", "lock", "scans"}, (of, name)


@pytest.mark.parametrize("folder", ["kinds", "rules"])
def test_siblings_do_not_know_one_another(folder: str) -> None:
    for name in modules(folder):
        others = {f"dw_migration.{folder}.{other}" for other in modules(folder) - {name}}
        known = set(imports(PACKAGE / folder / f"{name}.py"))
        assert folder == "rules" or not known & others
        assert not {each for each in known if each.startswith("dw_migration.rules")}, name


def test_kinds_stand_in_the_order_of_what_they_need() -> None:
    """A sanity check of the list: a schema comes before its tables, these before their columns, and so on."""
    rank = {kind.kind: at for at, kind in enumerate(KINDS)}
    order = ("schema", "enum", "domain", "sequence", "table", "column", "default", "constraint", "index", "comment")
    assert all(rank[before] < rank[after] for before, after in pairwise(order))


def test_no_text_goes_where_a_colon_or_a_percent_sign_means_something() -> None:
    """SQLAlchemy's text() and op.execute(str) take `:name` for a parameter, exec_driver_sql and others `%`."""
    banned = {"text", "sa.text", "sqlalchemy.text", "op.execute"}
    found = [
        f"{path.name}:{node.lineno}: {called(node)}"
        for path, node in calls()
        if called(node) in banned or called(node).endswith("exec_driver_sql")
    ]
    assert found == []


def test_every_template_is_a_literal() -> None:
    """`statement` and `sql` quote what is put into a template; the template itself must stand in this repository."""
    found = [
        f"{path.name}:{node.lineno}"
        for path, node in calls()
        if path != COMPOSER
        and called(node) in {"statement", "sql"}
        and not (node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]
    assert [place for place in found if not place.startswith("versions.py")] == []


def test_statements_are_composed_in_few_places() -> None:
    """`Statement(...)` by its bare class takes any text: only what writes a CREATE with folded parts needs it."""
    found = {path.stem for path, node in calls() if called(node) == "Statement" and path != COMPOSER}
    assert found <= {"domain", "table"}

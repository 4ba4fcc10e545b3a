"""The house holds together: what there is is listed, described by a case, and goes through the one composer of SQL."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import dw_migration
from dw_migration.kind import DatabaseObject
from dw_migration.kinds import KINDS
from dw_migration.rules import RULES

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
    assert [rule.__name__ for rule in RULES if f"-- finding: {rule.__name__} " not in found] == []


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

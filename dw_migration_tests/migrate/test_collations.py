"""`objects.collations`: which collations of columns and domains stay."""

from pathlib import Path

import psycopg
import pytest
import yaml

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.errors import Unsupported
from dw_migration.migrate import Outcome
from dw_migration_tests.conftest import MakesDatabase

SHOP = """
    CREATE COLLATION own (provider = libc, locale = 'C');
    CREATE DOMAIN word AS text COLLATE "C";
    CREATE TABLE t (a text COLLATE "C", b text COLLATE own, c word, d text);
"""


def synced(database: MakesDatabase, folder: Path, collations: str) -> tuple[Outcome, list[tuple[str, str | None]]]:
    """The outcome, and each column with the collation that it has in the target."""
    shop, target = database(), database()
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(SHOP)
    content = {"target": {"url": target}, "sources": {"shop": {"url": shop}}, "objects": {"collations": collations}}
    (folder / "dw_migration.yaml").write_text(yaml.safe_dump(content))
    config = load_config(folder / "dw_migration.yaml")
    (source,) = migrate.sources_named(config)
    outcome = migrate.sync(config, source)
    with psycopg.connect(target) as connection:
        rows = connection.execute(
            "SELECT column_name, collation_name FROM information_schema.columns WHERE table_name = 't' ORDER BY 1"
        )
        return outcome, rows.fetchall()


def test_a_collation_that_the_target_lacks_is_left_out_and_its_column_is_not(
    database: MakesDatabase, tmp_path: Path
) -> None:
    outcome, columns = synced(database, tmp_path, "strip_unknown")
    assert columns == [("a", "C"), ("b", None), ("c", "C"), ("d", None)]
    assert outcome.left_out["collation"] == 2  # the one that a source has made, and the column that used it


def test_all_collations_may_be_left_out(database: MakesDatabase, tmp_path: Path) -> None:
    outcome, columns = synced(database, tmp_path, "strip")
    assert [collation for _, collation in columns] == [None] * 4
    assert outcome.left_out["collation"] == 4


def test_where_all_must_stay_one_that_cannot_is_an_error(database: MakesDatabase, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"does not have the collation own: set objects\.collations"):
        synced(database, tmp_path, "keep")

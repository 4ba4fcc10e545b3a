"""`objects.collations`: which collations stay, and what becomes of the objects that have the others."""

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
    CREATE COLLATION strange (provider = libc, locale = 'C');
    CREATE DOMAIN word AS text COLLATE "C";
    CREATE DOMAIN odd AS text COLLATE strange;
    CREATE TYPE pair AS (a text COLLATE strange, b text COLLATE own);
    CREATE TYPE span AS RANGE (SUBTYPE = text, COLLATION = strange);
    CREATE TABLE t (
        a text COLLATE "C", b text COLLATE own, c word, d text, e text COLLATE strange, f odd, g pair,
        CONSTRAINT own_named CHECK (d > 'x' COLLATE own), CONSTRAINT strange_named CHECK (d > 'y' COLLATE strange),
        CONSTRAINT told CHECK (d <> ' COLLATE strange')
    );
    CREATE INDEX implicit ON t (e);
    CREATE INDEX named ON t (d COLLATE strange);
    CREATE VIEW v AS SELECT d COLLATE strange AS d FROM t;
"""
STRANGE = "UPDATE pg_collation SET collcollate = 'xx_YY', collctype = 'xx_YY' WHERE collname = 'strange'"
"""As if the source's server had a locale that the target's has not."""
COLUMNS = """
    SELECT attname, nullif(collname, 'default') FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = attcollation
    WHERE attrelid = (SELECT oid FROM pg_class WHERE relname = 't') AND attnum > 0 ORDER BY 1
"""
NAMED = """
    SELECT conname FROM pg_constraint WHERE contype = 'c' UNION
    SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname LIKE 'dw\\_\\_%' AND relkind IN ('i', 'v') ORDER BY 1
"""


class Synced:
    """What a sync makes of the shop."""

    def __init__(self, database: MakesDatabase, folder: Path, collations: str, *changes: str) -> None:
        """Sync it, after these changes to it."""
        shop, target = database(), database()
        with psycopg.connect(shop, autocommit=True) as connection:
            for text in (SHOP, *changes):
                connection.execute(text.encode())
        content = {"target": {"url": target}, "sources": {"shop": {"url": shop}}, "objects": {"collations": collations}}
        (folder / "dw_migration.yaml").write_text(yaml.safe_dump(content))
        config = load_config(folder / "dw_migration.yaml")
        (source,) = migrate.sources_named(config)
        self.outcome: Outcome = migrate.sync(config, source)
        self.again: Outcome = migrate.diff(config, source)
        with psycopg.connect(target) as connection:
            self.columns: dict[str, str | None] = dict(connection.execute(COLUMNS).fetchall())
            self.named = {name for (name,) in connection.execute(NAMED).fetchall() if "alembic" not in name}


def test_a_collation_that_the_source_has_made_is_made_in_the_target(database: MakesDatabase, tmp_path: Path) -> None:
    synced = Synced(database, tmp_path, "keep")
    assert synced.columns == {"a": "C", "b": "own", "c": "C", "d": None, "e": "strange", "f": "strange", "g": None}
    assert {"own_named", "strange_named", "implicit", "named", "v"} <= synced.named
    assert "collation" not in synced.outcome.left_out


def test_one_that_the_target_cannot_make_is_left_out_with_what_names_it(
    database: MakesDatabase, tmp_path: Path
) -> None:
    """Columns and types do without; all else of the source goes on."""
    synced = Synced(database, tmp_path, "strip_unknown", STRANGE)
    assert synced.columns == {"a": "C", "b": "own", "c": "C", "d": None, "e": None, "f": None, "g": None}
    assert {"own_named", "told", "implicit"} <= synced.named
    assert not {"strange_named", "named", "v"} & synced.named
    # itself, a column, a domain, a composite type and a range type
    assert synced.outcome.left_out == {"collation": 5, "constraint": 1, "index": 1, "view": 1}
    (warning,) = synced.outcome.warnings
    assert warning.startswith("left out, with what stands on it: collation public.strange: the target's server refuses")
    assert warning.endswith("give it a server with the provider libc and the locale xx_YY")
    assert synced.again.exit_code == 0


def test_all_collations_may_be_left_out(database: MakesDatabase, tmp_path: Path) -> None:
    synced = Synced(database, tmp_path, "strip")
    assert set(synced.columns.values()) == {None}
    assert "implicit" in synced.named
    assert not {"own_named", "strange_named", "named", "v"} & synced.named
    assert synced.outcome.left_out["collation"] == 2 + 3 + 2 + 2 + 1  # own, of columns, domains, attributes, a range
    assert synced.outcome.warnings == ()


def test_where_all_must_stay_one_that_cannot_is_an_error(database: MakesDatabase, tmp_path: Path) -> None:
    told = r"does not have the collation strange \(the target's server refuses it.*\): set objects\.collations"
    with pytest.raises(Unsupported, match=told):
        Synced(database, tmp_path, "keep", STRANGE)

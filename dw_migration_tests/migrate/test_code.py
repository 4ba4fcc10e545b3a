"""How many names in bodies of functions are certain: told by every plan."""

from pathlib import Path

import psycopg
import yaml

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration_tests.conftest import MakesDatabase

SHOP = """
    CREATE TABLE "Users" (id int);
    CREATE FUNCTION one() RETURNS bigint LANGUAGE sql AS
        'SELECT count(*) FROM public."Users" u JOIN public."Users" v USING (id) WHERE ''public.Users'' <> ''''';
    CREATE FUNCTION two() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        PERFORM public.one(); EXECUTE 'SELECT public.one()';
        PERFORM nextval('public.s'::regclass); END $$;
    CREATE SEQUENCE s;
"""


def test_a_plan_says_how_many_names_in_code_are_proven(database: MakesDatabase, tmp_path: Path) -> None:
    """Two tables, a call and a sequence are; a call in a text is not."""
    shop, target = database(), database()
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(SHOP)
    content = {"target": {"url": target}, "sources": {"shop": {"url": shop}}, "objects": {"functions": "keep"}}
    (tmp_path / "dw_migration.yaml").write_text(yaml.safe_dump(content))
    config = load_config(tmp_path / "dw_migration.yaml")
    (source,) = migrate.sources_named(config)
    for act in (migrate.diff, migrate.sync, migrate.diff):
        assert act(config, source).names_in_code == {"proven": 4, "left": 1}

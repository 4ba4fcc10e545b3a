"""`data analyze` on real databases: both sides are read, two files are written, and nothing else happens."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.errors import BadConfig, NotAllowed, StalePlan
from dw_migration.live.embedded import Server
from dw_migration.migrate.rows.analyze import Analysis, analyze, analyzed
from dw_migration.migrate.rows.places import opened, place_of
from dw_migration.resolutions.comparison import RowChange, What
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.outside import Shop, opened_shop

Connect = Callable[[str], psycopg.Connection]

OLD = """
CREATE TABLE orders (id int PRIMARY KEY, user_name varchar(20), status text, category text, note text, code varchar(9),
                     weight int, price real, gone int);
INSERT INTO orders SELECT n, 'u' || n, 'new', 'c' || n, CASE WHEN n > 3 THEN 'n' END, repeat('x', n), 16777215 + n, n,
                          nullif(n, 1) FROM generate_series(1, 9) n;
CREATE TABLE old_stuff (id int);
INSERT INTO old_stuff SELECT generate_series(1, 5);
"""
NEW = """
CREATE TABLE orders (id bigint PRIMARY KEY, username text, status int, category_id int, note text NOT NULL,
                     code varchar(4), weight real, price numeric, placed date NOT NULL, tags text[]);
CREATE TABLE fresh (id int);
"""


class Place:
    """A folder with a config of two databases."""

    def __init__(self, folder: Path, old: str, new: str) -> None:
        self.folder, self.old, self.new = folder, old, new

    def config(self, **more: Any) -> Config:
        """The settings, with these sections instead of its own."""
        content = {
            "target": {"url": self.new},
            "sources": {"shop": {"url": self.old}},
            "databases": {"old": {"url": self.old}, "new": {"url": self.new}},
        }
        path = self.folder / "dw_migration.yaml"
        path.write_text(json.dumps(content | more))
        return load_config(path)

    def analyze(self, **more: Any) -> Analysis:
        """Of the old database and the new one."""
        return analyze(self.config(), **{"from_": "old", "to": "new", "prefix": "move", **more})


@pytest.fixture
def place(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Place:
    old, new = database(), database()
    connect(old).execute(OLD.encode())
    connect(new).execute(NEW.encode())
    return Place(tmp_path, old, new)


def changes(found: Analysis) -> dict[tuple[str, str], RowChange]:
    return {
        (str(each.what), each.old_column or each.new_column or each.table): each for each in found.comparison.changes
    }


def test_everything_between_two_databases_is_found(place: Place) -> None:
    found = changes(place.analyze())
    assert {each: str(change.severity) for each, change in found.items()} == {
        ("column renamed", "user_name"): "transformable",
        ("type changed", "user_name"): "transformable",
        ("type changed", "id"): "transformable",
        ("type changed", "status"): "breaking",
        ("column renamed", "category"): "transformable",
        ("type changed", "category"): "breaking",
        ("column required", "note"): "breaking",
        ("length changed", "code"): "breaking",
        ("type changed", "weight"): "breaking",
        ("type changed", "price"): "transformable",
        ("column removed", "gone"): "breaking",
        ("column required", "placed"): "breaking",
        ("column added", "tags"): "safe",
        ("table removed", "old_stuff"): "breaking",
        ("table added", "fresh"): "safe",
    }


def test_the_rows_are_counted_and_decide_whether_digits_are_lost(place: Place) -> None:
    found = changes(place.analyze())
    assert found["column required", "note"].found.endswith(": 3 of 9 rows are NULL")
    assert found["length changed", "code"].found.endswith(": 5 of 9 values are longer than 4")
    assert found["type changed", "weight"].found.endswith(": 4 of 9 values lose digits")
    assert found["type changed", "price"].found.endswith(": 0 of 9 values lose digits")
    assert found["column removed", "gone"].found.endswith(": 8 of 9 rows have a value there")
    assert found["table removed", "old_stuff"].found.endswith(": 5 of 5 rows are left behind")
    uncounted = changes(place.analyze(counts=False))
    assert str(uncounted["type changed", "weight"].severity) == "transformable"


def test_rows_say_whether_a_new_key_is_unique(place: Place, connect: Connect) -> None:
    connect(place.old).execute("CREATE TABLE k (a int NOT NULL, b int NOT NULL); INSERT INTO k VALUES (1, 1), (2, 1)")
    connect(place.new).execute("CREATE TABLE k (a int PRIMARY KEY, b int NOT NULL)")
    (unique,) = place.analyze(tables=["k"]).comparison.changes
    assert (str(unique.severity), unique.action) == ("transformable", "the rows are unique by it")
    connect(place.old).execute("INSERT INTO k VALUES (1, 3), (1, 4)")
    (twice,) = place.analyze(tables=["k"]).comparison.changes
    assert (str(twice.severity), twice.found.rpartition(": ")[2]) == (
        "breaking",
        "2 of 4 rows have the key of another one",
    )


def test_report_and_changes_are_written_without_any_value(place: Place, connect: Connect) -> None:
    connect(place.old).execute("UPDATE orders SET status = 'CARD4111', category = 'CARD4111', note = 'CARD4111'")
    found = place.analyze(values=True)
    results = place.folder / "migration_workspace" / "results"
    assert found.paths == {
        "report": results / "move_migration_report.txt",
        "changes": results / "move_migration_changes.json",
    }
    assert found.paths["report"].read_text() == found.text
    written = json.loads(found.paths["changes"].read_text())
    assert (written["from"]["place"], written["to"]["place"]) == ("databases.old", "databases.new")
    assert len(written["changes"]) == len(found.comparison.changes)
    assert {path.stat().st_mode & 0o777 for path in results.iterdir()} == {0o640}
    assert not [path for path in results.iterdir() if "CARD4111" in path.read_text()]


def test_files_go_where_they_are_asked_for(place: Place, tmp_path: Path) -> None:
    found = place.analyze(out=tmp_path / "a" / "b")
    assert {each.parent for each in found.paths.values()} == {tmp_path / "a" / "b"}
    for prefix in ("../x", ".x", "", "a/b", "a\n"):
        with pytest.raises(BadConfig, match="found the prefix"):
            place.analyze(prefix=prefix)


def test_two_identical_databases_have_no_changes(
    place: Place, database: MakesDatabase, older_server: Server, connect: Connect
) -> None:
    """Also on servers of two versions."""
    url = database(server=older_server)
    connect(url).execute(OLD.encode())
    found = Place(place.folder, url, place.old).analyze()
    assert found.comparison.changes == ()
    assert found.text.endswith("No changes found\n")
    assert len(found.comparison.pairs) == 2


def test_an_empty_database_lacks_every_table(place: Place, database: MakesDatabase) -> None:
    found = Place(place.folder, place.old, database()).analyze()
    assert {each.what for each in found.comparison.changes} == {What.TABLE_REMOVED}
    assert found.scope.schemas == (("public", "public"),)
    with pytest.raises(BadConfig, match=r"databases\.old has no tables; databases\.new has no tables"):
        Place(place.folder, database(), database()).analyze()


def test_neither_side_is_written_to(place: Place) -> None:
    """Sessions that may only read, on both sides: what would write is refused by the server."""
    config = place.config(databases={"old": {"url": place.old}, "new": {"url": place.new}})
    for name in ("shop", "target", "old"):
        with opened(config, place_of(config, name), application_name="dw/test") as session:
            assert session.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_what_may_not_be_counted_is_noted_and_the_rest_is_told(place: Place, role: MakesRole, server: Server) -> None:
    name = role()
    url = server.url(place.old.partition("?")[0].rpartition("/")[2], user=name)
    found = Place(place.folder, url, place.new).analyze()
    assert len(changes(found)) == 15
    assert any(
        "orders: its rows were not counted" in each and "permission denied" in each for each in found.comparison.notes
    )


def test_names_and_filters_that_fit_nothing_are_named_with_the_nearest(place: Place) -> None:
    for more, told in (
        ({"from_": "sho"}, 'did you mean "shop"'),
        ({"to": "targt"}, 'did you mean "target"'),
        ({"schemas": ["publik"]}, "databases.old has no schema 'publik'; did you mean \"public\""),
        ({"schemas": ["public:dwh"]}, "databases.new has no schema 'dwh'"),
        ({"tables": ["order"]}, "tables: no table fits 'order'; did you mean \"orders\""),
    ):
        with pytest.raises(BadConfig, match=told):
            place.analyze(**more)


def test_a_place_is_named_plainly_or_as_errors_tell_it(place: Place) -> None:
    config = place.config(databases={"shop": {"url": place.new}, "old": {"url": place.old}})
    for name in ("sources.shop", "databases.shop", "databases.old", "target"):
        assert place_of(config, name).where == name
    assert place_of(config, "old").where == "databases.old"
    with pytest.raises(BadConfig, match=r"write sources\.shop or databases\.shop"):
        place_of(config, "shop")


def test_hostile_names_are_data(place: Place, connect: Connect) -> None:
    name = 'x"; DROP TABLE orders; --%s {} \n\x1b[31m'
    quoted = '"' + name.replace('"', '""') + '"'
    for url in (place.old, place.new):
        connect(url).execute(
            f"CREATE TABLE {quoted} (a int, {quoted} varchar({9 if url == place.old else 3}))".encode()
        )
    connect(place.old).execute(
        f"INSERT INTO {quoted} VALUES (1, 'long value')".replace("long value", "longer").encode()
    )
    found = place.analyze(values=True)
    told = changes(found)["length changed", name]
    assert told.found.endswith("1 of 1 values are longer than 3")
    assert "\x1b" not in found.text
    assert analyzed(place.config(), found.paths["changes"])[0].changes == found.comparison.changes


def test_later_commands_read_the_changes_and_both_schemas(place: Place, connect: Connect) -> None:
    found = place.analyze()
    comparison, scope = analyzed(place.config(), found.paths["changes"])
    assert (comparison.changes, scope) == (found.comparison.changes, found.scope)
    for now, then in zip(comparison.pairs, found.comparison.pairs, strict=True):
        assert [(each.old, each.new) for each in now.columns] == [(each.old, each.new) for each in then.columns]
    connect(place.new).execute("ALTER TABLE orders ADD later text")
    with pytest.raises(StalePlan, match="1 changes differ; the first, which is new: orders: new column later"):
        analyzed(place.config(), found.paths["changes"])


def test_values_in_common_find_what_names_do_not(place: Place, connect: Connect) -> None:
    tables = {place.old: "goods (id int, sku text, x int)", place.new: "goods (id int, article text, x int)"}
    for url, made in tables.items():
        connect(url).execute(
            f"CREATE TABLE {made}; INSERT INTO goods SELECT n, 's' || n, 0 FROM generate_series(1, 20) n"
        )
    assert What.COLUMN_REMOVED in {each.what for each in place.analyze(tables=["goods"]).comparison.changes}
    (change,) = place.analyze(tables=["goods"], values=True).comparison.changes
    assert (change.what, change.old_column, change.new_column) == (What.COLUMN_RENAMED, "sku", "article")
    assert change.score
    assert "100% of their values are the same" in change.score.reason


def test_a_changes_file_that_is_missing_or_none_is_an_error_that_says_what_to_do(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in (None, b"", b"{", b"\xff", b"[" * 100_000, b"{}"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadConfig, match=r"analy[sz]e"):
            analyzed(place.config(), path)


# --- a source and its target ------------------------------------------------------------------------------------------


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Any:
    with opened_shop(server, tmp_path, "analyze_shop") as made:
        yield made


def of_shop(shop: Shop, **more: Any) -> Analysis:
    return analyze(load_config(shop.config(**more)), from_="shop", to="target", prefix="shop")


def named(found: Analysis) -> Mapping[str, str]:
    return {each.old.name: each.new.name for each in found.comparison.pairs}


def test_a_source_and_its_target_belong_together_by_the_configs_naming(shop: Shop) -> None:
    with pytest.raises(BadConfig, match="run `dw-migration sync shop` first"):
        of_shop(shop)
    config = load_config(shop.config())
    migrate.sync(config, config.sources["shop"])
    found = of_shop(shop)
    assert found.comparison.changes == ()
    assert named(found) == {"Users": "users", "orders": "orders"}
    assert found.scope.schemas == (("public", shop.schema),)


def test_what_the_source_renamed_since_is_exact(shop: Shop) -> None:
    config = load_config(shop.config())
    migrate.sync(config, config.sources["shop"])
    shop.on(shop.source, 'ALTER TABLE "Users" RENAME "Email" TO "nothing alike"; ALTER TABLE orders RENAME TO sales')
    found = of_shop(shop)
    assert [(each.what, each.old_column, each.new_column, each.score) for each in found.comparison.changes] == [
        (What.COLUMN_RENAMED, "nothing alike", "email", None),
        (What.TABLE_RENAMED, None, None, None),
    ]
    assert named(found) == {"Users": "users", "sales": "orders"}


def test_tables_that_the_config_leaves_out_of_a_source_are_not_missed(shop: Shop) -> None:
    sources = {"shop": {"url": shop.source, "exclude": ["orders"]}}
    config = load_config(shop.config(sources=sources))
    migrate.sync(config, config.sources["shop"])
    found = of_shop(shop, sources=sources)
    assert found.comparison.changes == ()
    assert named(found) == {"Users": "users"}


def test_a_role_that_could_write_is_refused_where_the_policy_says_so(shop: Shop) -> None:
    with pytest.raises((NotAllowed, BadConfig), match="strict_roles"):
        of_shop(shop, policy={"strict_roles": True})

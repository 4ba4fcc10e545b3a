"""`status REVISION` shows the revision, and what there is to see to before it runs in production."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.outside import CommandLine, Ran, Shop, opened_shop


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def shop(server: Server, tmp_path: Path, cli: CommandLine) -> Iterator[Shop]:
    """A source with two tables that is in sync, and one row in the target."""
    with opened_shop(server, tmp_path, "checked_shop") as made:
        assert cli(made.config(), "sync").code == 0
        made.on(made.target, f"INSERT INTO {made.schema}.orders (id, note) VALUES (1, 'secret')")
        yield made


def ticks(ran: Ran) -> dict[str, bool]:
    (found,) = ran.document["sources"]
    return {each["name"]: each["done"] for each in found["checklist"]}


def planned(cli: CommandLine, config: Path) -> str:
    (found,) = cli(config, "plan", "--format", "json").document["sources"]
    return str(found["revision"])


def test_each_line_is_ticked_as_it_is_done(shop: Shop, cli: CommandLine) -> None:
    """A dropped column: read and approved, rehearsed, saved; a way back that loses rows cannot be ticked."""
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    config = shop.config()
    revision = planned(cli, config)
    ran = cli(config, "status", revision[:5], "--format", "json")
    assert (ran.code, ran.document["sources"][0]["status"]) == (0, "held"), ran.told
    nothing = dict.fromkeys(("ddl read", "backup", "rehearsal", "estimate", "way back", "consent"), False)
    assert ticks(ran) == nothing | {"estimate": True}
    assert cli(config, "status", revision, "--check").code == 4
    assert cli(config, "plan", "--rehearse").code == 0
    assert cli(config, "approve", "shop", revision, "--by", "ana", "--note", "unused").code == 0
    seen = cli(config, "status", revision, "--format", "json")
    assert ticks(seen) == nothing | {"estimate": True, "rehearsal": True, "ddl read": True, "consent": True}
    assert cli(config, "apply", "--backup").code == 0
    told = cli(config, "status", revision).told
    assert f"applied revision {revision}" in told
    assert "[x] backup: backups/" in told
    assert "[x] consent: by ana" in told
    assert "[ ] way back: the way back brings back empty what the way up drops" in told
    assert "secret" not in told


def test_consent_that_came_with_a_command_says_of_no_reading(shop: Shop, cli: CommandLine) -> None:
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    config = shop.config()
    revision = planned(cli, config)
    assert cli(config, "apply", "--allow-breaking").code == 0
    found = ticks(cli(config, "status", revision, "--format", "json"))
    assert (found["ddl read"], found["consent"], found["backup"]) == (False, True, False)


def test_what_needs_neither_consent_nor_backup_says_so(shop: Shop, cli: CommandLine) -> None:
    shop.on(shop.source, "CREATE TABLE more (id int PRIMARY KEY)")
    config = shop.config()
    ran = cli(config, "status", planned(cli, config), "shop", "--format", "json")
    of_source, of_revision = ran.document["sources"]
    assert of_source["checklist"] == []
    found = {each["name"]: (each["done"], each["found"]) for each in of_revision["checklist"]}
    assert found["consent"] == (True, "none is needed: it is safe")
    assert found["backup"] == (True, "none is needed: the way up drops no rows")
    assert found["estimate"] == (True, "nobody waits")
    assert found["way back"][0] is False  # of the new table


@pytest.mark.parametrize("word", ["nothere", "ffffffff", "", "%", "shpo"])
def test_a_word_that_is_neither_is_an_error(shop: Shop, cli: CommandLine, word: str) -> None:
    ran = cli(shop.config(), "status", word)
    assert ran.code == 2
    assert "no source" in ran.told


def test_a_beginning_of_several_revisions_is_an_error_that_names_them(shop: Shop, cli: CommandLine) -> None:
    """Also of two sources; a source's name comes before any revision's."""
    url = shop.make_database("checked_other", "CREATE TABLE t (id int PRIMARY KEY)")
    sources: dict[str, Any] = {
        "shop": {"url": shop.source},
        "other": {"url": url},
        "ab": {"url": shop.make_database("checked_third")},
    }
    config = shop.config(sources=sources)
    assert cli(config, "sync", "other").code == 0
    shop.on(shop.target, "UPDATE dw_migration.revision SET id = 'ab' || left(id, 10)")
    ran = cli(config, "status", "ab")
    assert (ran.code, "not there yet" in ran.told) == (0, True)
    ran = cli(shop.config(sources={name: sources[name] for name in ("shop", "other")}), "status", "ab")
    assert ran.code == 2
    assert "ab is ambiguous: 2 revisions begin so" in ran.told
    assert "of other" in ran.told

"""Consent is given to what was read, and what is refused leaves the source as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, BrokenHistory, ConsentNeeded
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome
from dw_migration_tests.outside import Shop, opened_shop

Known = tuple[Config, Source]


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(server, tmp_path, "back_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take."""
    config = load_config(shop.config())
    return config, config.sources["shop"]


@pytest.fixture
def held(shop: Shop, known: Known) -> Outcome:
    """A revision that drops a column waits for consent."""
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    return migrate.sync(*known)


def stands(shop: Shop) -> list[tuple[str, str, str]]:
    """Status, reason and since when; and who approved what."""
    said = "SELECT status, reason, since::text FROM dw_migration.source"
    return shop.on(shop.target, f"{said} UNION ALL SELECT 'approved', by, revision FROM dw_migration.approval")  # type: ignore[return-value]


@pytest.mark.parametrize("digits", [12, 40, 64])
def test_consent_to_what_was_read_is_taken(known: Known, held: Outcome, digits: int) -> None:
    """By the whole sha256, or a beginning of it that nobody meets by chance."""
    assert held.revision
    outcome = migrate.approve(*known, held.revision[:6], sha256=held.sha256[:digits].upper(), by="ann")
    assert (outcome.status, outcome.approved) == ("pending", True)
    assert migrate.sync(*known).status == "in_sync"


@pytest.mark.parametrize("said", ["{0}0", "{0:.11}", "0123456789ab", "", "ab" * 32])
def test_consent_to_anything_else_is_refused_and_changes_nothing(
    shop: Shop, known: Known, held: Outcome, said: str
) -> None:
    before = stands(shop)
    assert held.revision
    with pytest.raises(
        BrokenHistory, match=f"has the sha256 {held.sha256}, and consent was given to .*look at the DDL"
    ):
        migrate.approve(*known, held.revision, sha256=said.format(held.sha256), by="mallory")
    assert stands(shop) == before
    assert migrate.sync(*known).status == "held"


def test_an_old_consent_does_not_fit_a_plan_made_anew(shop: Shop, known: Known, held: Outcome) -> None:
    """TRUST 79: neither by the old revision's name, nor by the old sha256 for the new one."""
    shop.on(shop.source, "ALTER TABLE orders DROP total")
    again = migrate.sync(*known)
    assert (again.status, again.revision == held.revision, again.sha256 == held.sha256) == ("held", False, False)
    assert held.revision
    assert again.revision
    with pytest.raises(BrokenHistory, match="is superseded: there is nothing to approve"):
        migrate.approve(*known, held.revision, sha256=held.sha256, by="ann")
    with pytest.raises(BrokenHistory, match="look at the DDL file again"):
        migrate.approve(*known, again.revision, sha256=held.sha256, by="ann")
    assert migrate.sync(*known).status == "held"


def test_a_revision_that_is_not_there_is_refused_and_changes_nothing(shop: Shop, known: Known, held: Outcome) -> None:
    assert held.status == "held"
    before = stands(shop)
    with pytest.raises(BadConfig, match="expected one revision that begins with zzz"):
        migrate.approve(*known, "zzz", by="ann")
    assert stands(shop) == before


def test_a_way_back_that_is_refused_changes_nothing(shop: Shop, known: Known) -> None:
    """The source stays in sync: nobody but who asked has to know."""
    migrate.sync(*known)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id) VALUES (1)")
    before = stands(shop)
    for to, refusal in (("base", ConsentNeeded), ("zzz", BadConfig)):
        with pytest.raises(refusal):
            migrate.rollback(*known, to)
    assert stands(shop) == before
    assert before[0][0] == "in_sync"

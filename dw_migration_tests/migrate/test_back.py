"""Consent is given to what was read, and what is refused leaves the source as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, BrokenHistory, ConsentNeeded, NotOurs
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


# --- what nobody started ----------------------------------------------------------------------------------------------


def columns(shop: Shop) -> set[str]:
    """Those of orders in the target."""
    query = f"SELECT attname FROM pg_attribute WHERE attrelid = '{shop.schema}.orders'::regclass AND attnum > 0"
    return {str(name) for (name,) in shop.on(shop.target, f"{query} AND NOT attisdropped")}


@pytest.fixture
def taken_back(shop: Shop, known: Known) -> set[str]:
    """The columns, after a person took two revisions back, each of which had added one."""
    migrate.sync(*known)
    before = columns(shop)
    for column in ("one", "two"):
        shop.on(shop.source, f"ALTER TABLE orders ADD {column} int")
        assert migrate.sync(*known).status == "in_sync"
    migrate.rollback(*known, "-2")
    assert columns(shop) == before
    return before


def unasked(known: Known) -> Outcome:
    return migrate.sync(*known, unasked=True)


def test_what_was_taken_back_is_applied_by_a_person_alone(shop: Shop, known: Known, taken_back: set[str]) -> None:
    left = unasked(known)
    assert (left.status, left.exit_code, columns(shop)) == ("left_alone", 0, taken_back)
    assert left.error
    assert "was taken back" in left.error
    assert (left.next_command, migrate.status(*known).status) == ("dw-migration apply shop", "pending")
    assert migrate.sync(*known).status == "in_sync"
    assert columns(shop) == taken_back | {"one", "two"}


def test_so_is_one_of_two_when_the_other_was_applied_again(shop: Shop, known: Known, taken_back: set[str]) -> None:
    migrate.apply(*known, to="+1")
    assert unasked(known).status == "left_alone"
    assert columns(shop) == taken_back | {"one"}


def test_so_is_what_a_person_plans_anew_in_its_place(shop: Shop, known: Known, taken_back: set[str]) -> None:
    """One revision instead of the two, to the same end."""
    assert migrate.plan(*known).status == "pending"
    assert [each.status for each in migrate.history(*known)][:3] == ["rolled back", "superseded", "superseded"]
    assert unasked(known).status == "left_alone"
    assert columns(shop) == taken_back
    migrate.apply(*known)
    assert columns(shop) == taken_back | {"one", "two"}


def test_nor_does_a_plan_that_nobody_asked_for_take_its_place(known: Known, taken_back: set[str]) -> None:
    assert taken_back
    before = migrate.history(*known)
    assert migrate.plan(*known, unasked=True).status == "left_alone"
    assert migrate.history(*known) == before


def test_so_is_what_a_person_wrote_and_took_back(shop: Shop, known: Known) -> None:
    head = migrate.sync(*known).revision
    path = shop.folder / "workspace" / "shop" / "alembic" / "versions" / "mine.py"
    path.write_text(
        f"from alembic import op\nrevision = 'abcdef123456'\ndown_revision = {head!r}\n"
        f"def upgrade():\n    op.execute('CREATE VIEW {shop.schema}.own AS SELECT 1')\n"
        f"def downgrade():\n    op.execute('DROP VIEW {shop.schema}.own')\n"
    )
    own = f"SELECT to_regclass('{shop.schema}.own') IS NOT NULL"
    assert migrate.apply(*known).applied == ("abcdef123456",)
    migrate.rollback(*known, "-1")
    assert unasked(known).status == "left_alone"
    assert shop.on(shop.target, own) == [(False,)]
    assert migrate.sync(*known).applied == ("abcdef123456",)
    assert shop.on(shop.target, own) == [(True,)]


def test_what_the_source_took_back_too_waits_no_longer(shop: Shop, known: Known, taken_back: set[str]) -> None:
    shop.on(shop.source, "ALTER TABLE orders DROP one, DROP two")
    assert unasked(known).status == "in_sync"
    assert columns(shop) == taken_back
    shop.on(shop.source, "ALTER TABLE orders ADD three int")
    assert unasked(known).status == "in_sync"
    assert columns(shop) == taken_back | {"three"}


@pytest.mark.parametrize("on_drift", ["plan", "report"])
def test_what_the_policy_holds_back_is_applied_by_a_person_alone(shop: Shop, on_drift: str) -> None:
    """Also where a run begins in order to put something back."""
    config = load_config(shop.config(policy={"on_drift": on_drift, "target_drift": "restore"}))
    known = config, config.sources["shop"]
    migrate.sync(*known)
    before = columns(shop)
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders SET (fillfactor = 50)")
    assert unasked(known).applied
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders SET (fillfactor = 50)")
    shop.on(shop.source, "ALTER TABLE orders ADD three int")
    left = unasked(known)
    assert (left.status, left.applied, columns(shop)) == ("left_alone", (), before)
    assert f"policy.on_drift is {on_drift}" in str(left.error)
    assert migrate.sync(*known).status == "in_sync"
    assert columns(shop) == before | {"three"}


def test_consent_to_what_was_taken_back_is_void(shop: Shop, known: Known, held: Outcome) -> None:
    """Rows came since, which nobody has seen who consented."""
    assert migrate.sync(*known, allow_breaking=True).status == "in_sync"
    migrate.rollback(*known, "-1", allow_breaking=True)
    before = columns(shop)
    assert "note" in before
    assert shop.on(shop.target, "SELECT revision FROM dw_migration.approval") == []
    assert (migrate.sync(*known).status, migrate.apply(*known).status, columns(shop)) == ("held", "held", before)
    assert migrate.status(*known).status == "held"
    assert held.revision
    assert migrate.approve(*known, held.revision, by="ann").approved
    assert migrate.sync(*known).status == "in_sync"


def test_labels_that_the_way_back_leaves_are_in_no_way(shop: Shop, known: Known) -> None:
    """Of two revisions each adds a label to an enum: both go back one after the other, and come again."""
    shop.on(shop.source, "CREATE TYPE mood AS ENUM ('sad')")
    shop.on(shop.source, "ALTER TABLE orders ADD mood mood")
    migrate.sync(*known)
    for label in ("calm", "glad"):
        shop.on(shop.source, f"ALTER TYPE mood ADD VALUE '{label}'")
        migrate.sync(*known)
    assert len(migrate.rollback(*known, "-2").applied) == 2
    assert len(migrate.apply(*known).applied) == 2
    assert migrate.verify(*known).status == "in_sync"
    assert len(migrate.rollback(*known, "base", allow_breaking=True).applied) == 3


def test_what_was_dropped_by_hand_is_named_where_the_source_changes_it(shop: Shop, known: Known) -> None:
    """It is no error of the server that tells it; once it is put back, the change follows."""
    migrate.sync(*known)
    shop.on(shop.target, f"DROP TABLE {shop.schema}.orders")
    shop.on(shop.source, "ALTER TABLE orders ADD more int, ALTER total TYPE bigint")
    with pytest.raises(NotOurs, match=r"somebody dropped table dw__back_shop__public\.orders in the target"):
        migrate.sync(*known, allow_breaking=True)
    config = load_config(shop.config(policy={"target_drift": "restore"}))
    assert migrate.sync(config, config.sources["shop"], allow_breaking=True).verified

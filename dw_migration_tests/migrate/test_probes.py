"""Before a change is called breaking the rows are asked; what they prove is asked again before it is applied."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import ConsentNeeded
from dw_migration.live import batches
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.probes import probed
from dw_migration.migrate import Outcome
from dw_migration.plan import Plan
from dw_migration.rule import Finding, Severity
from dw_migration_tests.outside import Shop, opened_shop

Known = tuple[Config, Source]


@dataclass(frozen=True)
class Asked:
    """A change of one table, with rows that stop it, and rows that do not."""

    rule: str
    table: str
    before: str
    after: str
    bad: str
    good: str
    count: str
    """What the finding says of the bad rows."""


ASKED = (
    Asked("requires_value", "nulls", "CREATE TABLE nulls (a int)", "ALTER TABLE nulls ALTER a SET NOT NULL",
          "(NULL), (1), (NULL)", "(1)", "2 rows hold NULL"),
    Asked("requires_value", "added", "CREATE TABLE added (a int)", "ALTER TABLE added ADD b int NOT NULL",
          "(1)", "", "1 rows are there"),
    Asked("requires_value", "moved", "CREATE TABLE old (b int)",
          "ALTER TABLE old RENAME TO moved; ALTER TABLE moved RENAME b TO a; ALTER TABLE moved ALTER a SET NOT NULL",
          "(NULL)", "(1)", "1 rows hold NULL"),
    Asked("adds_key", "keys", "CREATE TABLE keys (a int, b text)", "ALTER TABLE keys ADD UNIQUE (b, a)",
          "(1, 'x'), (1, 'x'), (2, 'y')", "(1, 'x'), (2, 'x'), (NULL, 'x'), (NULL, 'x')", "1 values come more"),
    Asked("adds_key", "part_keys", "CREATE TABLE part_keys (a int, b int)",
          "CREATE UNIQUE INDEX ON part_keys (a) WHERE (b > 0)",
          "(1, 1), (1, 2)", "(1, 1), (1, 0)", "1 values come more"),
    Asked("adds_key", "text_keys", "CREATE TABLE text_keys (a text)", "CREATE UNIQUE INDEX ON text_keys (lower(a))",
          "('A'), ('a')", "('A')", "1 rows besides the first"),
    Asked("adds_check", "checks", "CREATE TABLE checks (a int, b text)",
          "ALTER TABLE checks ADD CHECK (a > 0 AND length(b) < 3)", "(-1, ''), (1, 'abc'), (1, '')", "(NULL, 'ab')",
          "2 rows do not fulfil it"),
    Asked("adds_check", "of_domain", "CREATE DOMAIN amount AS int; CREATE TABLE of_domain (a amount)",
          "ALTER DOMAIN amount ADD CHECK (VALUE > 0)", "(-1), (1)", "(1)", "1 values do not fulfil it"),
    Asked("adds_foreign_key", "orphans", "CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE orphans (a int)",
          "ALTER TABLE orphans ADD FOREIGN KEY (a) REFERENCES parents", "(7), (NULL)", "(NULL)", "1 rows name one"),
    Asked("adds_exclusion", "spans", "CREATE TABLE spans (a int4range)",
          "ALTER TABLE spans ADD EXCLUDE USING gist (a WITH &&)", "('[1,5]'), ('[2,3]')", "('[1,5]')",
          "1 rows besides"),
    Asked("changes_type", "big", "CREATE TABLE big (a bigint)", "ALTER TABLE big ALTER a TYPE integer",
          "(3000000000), (1)", "(1)", "1 values do not fit"),
    Asked("changes_type", "digits", "CREATE TABLE digits (a numeric)", "ALTER TABLE digits ALTER a TYPE numeric(5,2)",
          "(12345.6)", "(1.5)", "1 values do not fit"),
    Asked("changes_type", "short", "CREATE TABLE short (a varchar(10))", "ALTER TABLE short ALTER a TYPE varchar(3)",
          "('abcdef'), ('abc')", "('abc')", "1 values do not fit"),
    Asked("changes_type", "texts", "CREATE TABLE texts (a text)", "ALTER TABLE texts ALTER a TYPE integer USING a::int",
          "('x'), ('5')", "('5')", "1 values do not fit"),
    Asked("changes_type", "cents", "CREATE TABLE cents (a text)",
          "ALTER TABLE cents ALTER a TYPE numeric(10,2) USING a::numeric(10,2)",
          "('1.239'), ('x'), ('1.5')", "('1.5'), ('1.230')", "2 values do not fit"),
    Asked("changes_type", "days", "CREATE TABLE days (a text)", "ALTER TABLE days ALTER a TYPE date USING a::date",
          "('2024-01-01 13:45'), ('now'), ('2024-13-01'), ('2024-01-01')", "('2024-01-01')", "3 values do not fit"),
    Asked("removes_label", "moods", "CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE moods (a mood)",
          "ALTER TABLE moods ALTER a TYPE text; DROP TYPE mood; CREATE TYPE mood AS ENUM ('glad'); "
          "ALTER TABLE moods ALTER a TYPE mood USING a::mood", "('sad'), ('glad')", "('glad')", "1 values are"),
    Asked("attaches_partition", "part",
          "CREATE TABLE whole (a int) PARTITION BY RANGE (a); CREATE TABLE part (a int)",
          "ALTER TABLE whole ATTACH PARTITION part FOR VALUES FROM (0) TO (10)", "(50)", "(5)",
          "1 rows are out of place"),
)  # fmt: skip
NAMED_BEFORE = {"moved": "old"}


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(server, tmp_path, "probed_shop") as made:
        yield made


def known(shop: Shop, **policy: str) -> Known:
    config = load_config(shop.config(policy=policy))
    return config, config.sources["shop"]


def fill(shop: Shop, asked: Asked, rows: str) -> None:
    table = f"{shop.schema}.{NAMED_BEFORE.get(asked.table, asked.table)}"
    shop.on(shop.target, f"TRUNCATE {table}" + (f"; INSERT INTO {table} VALUES {rows}" if rows else ""))


def finding_of(outcome: Outcome, asked: Asked) -> Finding:
    found = [each for judged in outcome.changes for each in judged.findings if each.rule == asked.rule and each.probe]
    return next(each for each in found if f".{NAMED_BEFORE.get(asked.table, asked.table)}" in each.query)


def fails(shop: Shop, outcome: Outcome, asked: Asked, finding: Finding) -> bool:
    """Whether its statements are really refused by the rows."""
    (judged,) = (each for each in outcome.changes if finding in each.findings)
    renames = [each.statements for each in outcome.changes if each.change.action == "rename"]
    with psycopg.connect(shop.target) as connection, connection.transaction(force_rollback=True):
        for text in (text for statements in renames for text in statements):
            connection.execute(text.encode())
        if asked.rule == "removes_label":
            judged_texts = [text for each in outcome.changes if each.change.kind == "enum" for text in each.statements]
        else:
            judged_texts = list(judged.statements)
        try:
            for text in judged_texts:
                connection.execute(text.encode())
        except psycopg.errors.Error:
            return True
    return False


def test_rows_decide_whether_a_change_is_breaking(shop: Shop) -> None:
    shop.on(shop.source, "; ".join(each.before for each in ASKED))
    migrate.sync(*known(shop))
    shop.on(shop.source, "; ".join(each.after for each in ASKED))

    for each in ASKED:
        fill(shop, each, each.bad)
    outcome = migrate.diff(*known(shop))
    found = {each.table: finding_of(outcome, each) for each in ASKED}
    told = {each.table: (found[each.table].severity, found[each.table].evidence[: len(each.count)]) for each in ASKED}
    assert told == {each.table: (Severity.BREAKING, each.count) for each in ASKED}
    assert [each.table for each in ASKED if not fails(shop, outcome, each, found[each.table])] == []

    for each in ASKED:
        fill(shop, each, each.good)
    outcome = migrate.plan(*known(shop))
    found = {each.table: finding_of(outcome, each) for each in ASKED}
    assert {each: one.evidence for each, one in found.items() if one.severity is Severity.BREAKING} == {}
    assert outcome.status == "pending"
    assert migrate.apply(*known(shop)).status == "in_sync"


def test_what_would_be_lost_is_counted_and_stays_breaking(shop: Shop) -> None:
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, NULL, 5, NULL), (2, NULL, NULL, NULL)")
    shop.on(shop.source, "ALTER TABLE orders DROP total; ALTER TABLE orders DROP note")
    outcome = migrate.plan(*known(shop))
    found = {each.message: each.evidence for judged in outcome.changes for each in judged.findings if each.probe}
    assert sorted(found.values()) == ["0 rows hold a value", "1 rows hold a value"]
    assert outcome.status == "held"


def test_a_table_that_another_session_holds_is_not_waited_for_and_stays_breaking(shop: Shop) -> None:
    config, source = known(shop)
    migrate.sync(config, source)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1)")
    shop.on(shop.source, "ALTER TABLE orders ALTER total SET NOT NULL")
    changes = migrate.diff(config, source).changes
    with psycopg.connect(shop.target) as other, connect_target(config.target, application_name="tests") as asking:
        other.execute(f"LOCK TABLE {shop.schema}.orders IN ACCESS EXCLUSIVE MODE".encode())
        plan = probed(asking, Plan(changes, (), ()))
    (finding,) = (each for judged in plan.changes for each in judged.findings if each.rule == "requires_value")
    assert (finding.severity, plan.proofs) == (Severity.BREAKING, ())
    assert finding.evidence == "not counted: another session holds a lock on the table"


def test_a_question_that_takes_too_long_is_given_up(shop: Shop) -> None:
    migrate.sync(*known(shop))
    rows = f"INSERT INTO {shop.schema}.orders SELECT i, NULL, 1 FROM generate_series(1, 200000) i"
    shop.on(shop.target, rows)
    shop.on(shop.source, "ALTER TABLE orders ADD UNIQUE (total, note)")
    outcome = migrate.plan(*known(shop, probe_timeout="1ms"))
    (finding,) = (each for judged in outcome.changes for each in judged.findings if each.rule == "adds_key")
    assert finding.severity is Severity.BREAKING
    assert finding.evidence == "not counted: it takes longer than 0.001 s (policy.probe_timeout)"
    assert outcome.status == "held"


def test_a_check_that_could_do_more_than_look_is_not_tried(shop: Shop) -> None:
    """The source's texts are somebody else's: a question calls nothing that writes, waits or ends sessions."""
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1)")
    shop.on(shop.source, "ALTER TABLE orders ADD CHECK (pg_sleep(total) IS NOT NULL)")
    (finding,) = (
        each for judged in migrate.diff(*known(shop)).changes for each in judged.findings if each.rule == "adds_check"
    )
    assert finding.severity is Severity.BREAKING
    assert finding.evidence == "not counted: it calls pg_sleep, which may do more than look"


def test_what_comes_out_as_another_value_is_counted_though_nothing_refuses_it(shop: Shop) -> None:
    shop.on(shop.source, "CREATE TABLE words (id int PRIMARY KEY, n text, d text, r text, t text)")
    migrate.sync(*known(shop))
    row = "(1, '1.239', '2024-01-01 13:45', '0.12345678901234', 'now')"
    shop.on(shop.target, f"INSERT INTO {shop.schema}.words VALUES {row}")
    types = {"n": "numeric(10,2)", "d": "date", "r": "real", "t": "timestamptz"}
    for name, new in types.items():
        shop.on(shop.source, f"ALTER TABLE words ALTER {name} TYPE {new} USING {name}::{new}")
    held = migrate.sync(*known(shop))
    found = [each.evidence[:8] for judged in held.changes for each in judged.findings if each.rule == "changes_type"]
    assert (held.status, found) == ("held", ["1 values"] * len(types))


def test_bits_of_another_number_do_not_fit(shop: Shop) -> None:
    """PostgreSQL neither pads nor cuts them."""
    shop.on(shop.source, "CREATE TABLE flags (id int PRIMARY KEY, f bit(3))")
    migrate.sync(*known(shop))
    shop.on(shop.source, "ALTER TABLE flags ALTER f TYPE bit(5) USING f::bit(5)")
    assert migrate.sync(*known(shop)).status == "held"


def test_what_rows_proved_is_asked_again_before_it_is_applied(shop: Shop) -> None:
    migrate.sync(*known(shop))
    shop.on(shop.source, "ALTER TABLE orders ALTER note TYPE varchar(3)")
    planned = migrate.plan(*known(shop))
    assert planned.status == "pending"
    text = planned.paths["revision"].read_text()
    assert "PROOFS = [" in text

    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, NULL, 1, 'too long')")
    with pytest.raises(ConsentNeeded, match=r"1 values do not fit character varying\(3\)"):
        migrate.apply(*known(shop))
    assert shop.on(shop.target, f"SELECT note FROM {shop.schema}.orders") == [("too long",)]

    held = migrate.sync(*known(shop))
    assert (held.status, held.exit_code, held.revision) == ("held", 4, planned.revision)
    assert held.severity is Severity.BREAKING

    shop.on(shop.target, f"TRUNCATE {shop.schema}.orders")
    assert migrate.sync(*known(shop)).status == "in_sync"


LATE = "INSERT INTO {schema}.orders VALUES (2, NULL, 7.75, NULL)"


def rounded(shop: Shop) -> Outcome:
    """A plan whose first batch drops an index, and whose second rounds what has digits: nothing has, says the proof."""
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE numeric(10,2); CREATE INDEX gone ON orders (note)")
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, NULL, 2.00, NULL)")
    shop.on(shop.source, "DROP INDEX gone; ALTER TABLE orders RENAME total TO whole")
    shop.on(shop.source, "ALTER TABLE orders ALTER whole TYPE numeric(10,0)")
    planned = migrate.plan(*known(shop))
    assert (planned.status, "numeric(10,0)" in planned.ddl.rsplit("-- batch", 1)[1]) == ("pending", True)
    return planned


def test_what_a_change_would_round_is_asked_under_its_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, real = rounded(shop), batches._in_none

    def late(*given: Any) -> None:
        real(*given)
        shop.on(shop.target, LATE.format(schema=shop.schema))

    monkeypatch.setattr(batches, "_in_none", late)
    with pytest.raises(ConsentNeeded, match=r"1 values do not fit numeric\(10,0\).*apply shop --allow-breaking"):
        migrate.apply(*known(shop))
    assert_held_half_way(shop, planned)


def test_so_it_is_where_an_interrupted_revision_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, real = rounded(shop), batches._in_none

    def killed(*given: Any) -> None:
        real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "_in_none", killed)
        with pytest.raises(KeyboardInterrupt):
            migrate.apply(*known(shop))
    shop.on(shop.target, LATE.format(schema=shop.schema))
    assert_held_half_way(shop, planned)


def assert_held_half_way(shop: Shop, planned: Outcome) -> None:
    """Nothing rounds it, until the rows are mended, or a person says so with the command."""
    with pytest.raises(ConsentNeeded, match="some of its batches are applied"):
        migrate.sync(*known(shop))
    assert shop.on(shop.target, f"SELECT * FROM {shop.schema}.orders WHERE id = 2")[0][2] == Decimal("7.75")
    outcome = migrate.apply(*known(shop), allow_breaking=True)
    assert (outcome.status, outcome.applied) == ("in_sync", (planned.revision,))
    assert "in spite of 1 values do not fit" in str(outcome.warnings)
    told = shop.on(shop.target, "SELECT details::text FROM dw_migration.event WHERE what = 'applied' ORDER BY number")
    assert "passed_over" in str(told[-1])


def test_an_approval_is_none_of_what_the_rows_say_later(shop: Shop) -> None:
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE numeric(10,2)")
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, NULL, 2.00, NULL)")
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE numeric(10,0); ALTER TABLE orders DROP note")
    held = migrate.sync(*known(shop))
    assert held.revision
    migrate.approve(*known(shop), held.revision, by="ann")
    shop.on(shop.target, LATE.format(schema=shop.schema))
    with pytest.raises(ConsentNeeded, match="1 values do not fit"):
        migrate.apply(*known(shop))
    assert migrate.sync(*known(shop)).status == "held"
    assert shop.on(shop.target, f"SELECT total FROM {shop.schema}.orders WHERE id = 2") == [(Decimal("7.75"),)]
    assert migrate.sync(*known(shop), allow_breaking=True).status == "in_sync"


def before_the_locks(shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: str) -> None:
    """Have somebody write these rows each time before a batch takes its locks."""
    real = batches.take_locks

    def late(*given: Any, **more: Any) -> None:
        shop.on(shop.target, rows)
        real(*given, **more)

    monkeypatch.setattr(batches, "take_locks", late)


def test_values_of_a_domain_are_asked_under_the_lock_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a plan of one batch too: what comes behind the first question, and before the lock."""
    shop.on(shop.source, "CREATE DOMAIN sum AS numeric(10,2); CREATE TABLE sums (id int PRIMARY KEY, s sum)")
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.sums VALUES (1, 2.00)")
    whole = "ALTER DOMAIN sum RENAME TO old; CREATE DOMAIN sum AS numeric(10,0)"
    shop.on(
        shop.source, f"{whole}; ALTER TABLE sums ALTER s TYPE sum; DROP DOMAIN old; ALTER TABLE sums RENAME TO them"
    )
    assert migrate.plan(*known(shop)).status == "pending"
    before_the_locks(shop, monkeypatch, f"INSERT INTO {shop.schema}.sums VALUES (2, 7.75)")
    with pytest.raises(ConsentNeeded, match=r"1 values do not fit numeric\(10,0\).*run plan again"):
        migrate.apply(*known(shop))
    assert shop.on(shop.target, f"SELECT s FROM {shop.schema}.sums WHERE id = 2") == [(Decimal("7.75"),)]


def test_values_of_a_table_that_is_made_anew_are_asked_under_the_lock_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are carried over in silence: what comes before it is set aside is counted."""
    columns = "(id int, s numeric({}), PRIMARY KEY (id))"
    shop.on(shop.source, f"CREATE TABLE sums {columns.format('10,2')}")
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.sums VALUES (1, 2.00)")
    parts = "CREATE TABLE sums_0 PARTITION OF sums FOR VALUES FROM (0) TO (9)"
    shop.on(
        shop.source, f"DROP TABLE sums; CREATE TABLE sums {columns.format('10,0')} PARTITION BY RANGE (id); {parts}"
    )
    assert migrate.plan(*known(shop)).status == "pending"
    before_the_locks(shop, monkeypatch, f"INSERT INTO {shop.schema}.sums VALUES (2, 7.75)")
    with pytest.raises(ConsentNeeded, match=r"1 values do not fit numeric\(10,0\)"):
        migrate.apply(*known(shop))
    assert shop.on(shop.target, f"SELECT s FROM {shop.schema}.sums WHERE id = 2") == [(Decimal("7.75"),)]


# --- the way down -----------------------------------------------------------------------------------------------------


def widened(shop: Shop) -> None:
    """A column may have digits that it had not before."""
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE numeric(10,0)")
    migrate.sync(*known(shop))
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, NULL, 2, NULL)")
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE numeric(12,2)")
    migrate.sync(*known(shop))


def totals(shop: Shop) -> list[str]:
    return [str(total) for (total,) in shop.on(shop.target, f"SELECT total FROM {shop.schema}.orders ORDER BY id")]


def test_what_the_way_down_would_round_is_asked_before_it(shop: Shop) -> None:
    widened(shop)
    shop.on(shop.target, LATE.format(schema=shop.schema))
    before = migrate.status(*known(shop))
    with pytest.raises(ConsentNeeded, match=r"makes other values of some: 1 values do not fit numeric\(10,0\)"):
        migrate.rollback(*known(shop), "-1")
    assert (totals(shop), migrate.status(*known(shop)).status) == (["2.00", "7.75"], before.status)
    back = migrate.rollback(*known(shop), "-1", allow_breaking=True)
    assert (back.status, totals(shop)) == ("rolled_back", ["2", "8"])
    assert "taken back in spite of 1 values do not fit" in str(back.warnings)


def test_what_the_way_down_rounds_nothing_of_is_not_asked(shop: Shop) -> None:
    widened(shop)
    assert migrate.rollback(*known(shop), "-1").status == "rolled_back"
    assert totals(shop) == ["2"]
    assert migrate.apply(*known(shop)).status == "in_sync"


def test_what_the_way_down_would_round_is_asked_under_its_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    widened(shop)
    before_the_locks(shop, monkeypatch, LATE.format(schema=shop.schema))
    with pytest.raises(ConsentNeeded, match=r"taking .* back makes other values of some"):
        migrate.rollback(*known(shop), "-1")
    assert totals(shop) == ["2.00", "7.75"]
    assert migrate.verify(*known(shop)).status == "in_sync"

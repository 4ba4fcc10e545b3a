"""Hand-written revisions are judged by their text; what cannot be read is breaking."""

import pytest

from dw_migration.errors import BrokenHistory
from dw_migration.hand_written import steps_of
from dw_migration.revision import own_revision, own_script_text, parse_script, steps_text
from dw_migration.rule import Severity
from dw_migration_tests.live.warehouse import START

FILE = '''"""what it does

Create Date: 2026-01-02 03:04:05+00:00
"""
import sqlalchemy as sa
from alembic import op
from dw_migration import batches

revision = "abc"
down_revision = "def"


def upgrade() -> None:
    {}


def downgrade() -> None:
    {}
'''


def severity(code: str) -> Severity:
    return parse_script(FILE.format(code, "pass")).severity


SAFE = [
    "pass",
    '"""Nothing yet."""',
    'op.execute("CREATE VIEW a.v AS SELECT 1")',
    'batches.execute("CREATE TABLE a.t (x int); CREATE INDEX ON a.t (x)")',
    'batches.execute("ALTER TABLE a.t ADD COLUMN y int, ADD z int NOT NULL DEFAULT 0")',
    "batches.execute(\"COMMENT ON TABLE a.t IS 'DROP TABLE a.t'\")",
    'op.create_table("t", sa.Column("x", sa.Integer(), nullable=False), schema="a")',
    'op.add_column("t", sa.Column("x", sa.Text(), nullable=True), schema="a")',
    'op.create_index("i", "t", ["x"])',
    'op.create_table("t", sa.Column("x", sa.String(20), server_default="f()"), sa.PrimaryKeyConstraint("x", name="p"))',
    'op.execute("CREATE VIEW a.v AS SELECT f()")',
]
TRANSFORMABLE = [
    'op.execute("INSERT INTO a.t VALUES (1)")',
    'op.execute("ALTER TABLE a.t RENAME x TO y")',
    'op.execute("GRANT SELECT ON a.t TO PUBLIC")',
    'batches.update("a.t", "x = 1", where="x IS NULL AND y > 0")',
    'batches.update("a.t", "x = 1, y = 2", where="y IS NULL AND x IS NULL", rows=5, key="id")',
    'batches.execute("ALTER TABLE a.t ADD COLUMN y uuid DEFAULT gen_random_uuid()")',
]
BREAKING = [
    'op.execute("DROP VIEW a.v")',
    'op.execute("CREATE VIEW a.v AS SELECT 1; DROP TABLE a.t")',
    'op.execute("CREATE OR REPLACE VIEW a.v AS SELECT 1")',
    'op.execute("ALTER TABLE a.t ADD y int, DROP x")',
    'op.execute("ALTER TABLE a.t ADD x int NOT NULL")',
    'op.execute("ALTER TABLE a.t ADD x int UNIQUE")',
    'op.execute("CREATE UNIQUE INDEX ON a.t (x)")',
    'op.execute("DELETE FROM a.t WHERE x = 1")',
    'op.execute("TRUNCATE a.t")',
    'op.execute("UPDATE a.t SET x = 1 WHERE y IS NULL")',
    'op.execute("UPDATE a.t SET x = 1 WHERE x IS NULL OR y = 1")',
    'op.execute("UPDATE a.t SET x = 1 WHERE NOT x IS NULL")',
    'op.execute("UPDATE a.t SET x = 1 FROM a.u WHERE u.id = t.id AND u.x IS NULL")',
    'op.execute("UPDATE a.t SET x.y = 1 WHERE x IS NULL")',
    'op.execute("UPDATE a.t SET x[1] = 1 WHERE x IS NULL")',
    'op.execute("WITH d AS (DELETE FROM a.t RETURNING x) INSERT INTO a.u SELECT x FROM d")',
    'op.execute("CREATE TABLE a.u AS WITH d AS (DELETE FROM a.t RETURNING x) SELECT x FROM d")',
    'op.execute("INSERT INTO a.t VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 2")',
    'op.execute("REVOKE SELECT ON a.t FROM PUBLIC")',
    'op.execute("DO $$ BEGIN DELETE FROM a.t; END $$")',
    'op.execute("SELECT f()")',
    'op.execute("CALL f()")',
    'op.execute("no SQL at all")',
    "op.execute(\"CREATE VIEW a.v AS SELECT 'a :name'\")",
    'op.execute(f"CREATE VIEW {revision}.v AS SELECT 1")',
    'op.execute(sa.text("CREATE VIEW a.v AS SELECT 1"))',
    'batches.update("a.t", "x = 1")',
    'batches.update("a.t", "x = 1", where="x IS NULL) OR (true")',
    'batches.update(*["a.t", "x = 1"])',
    'op.drop_column("t", "x")',
    'op.create_index("i", "t", ["x"], unique=True)',
    'op.add_column("t", sa.Column("x", sa.Text(), nullable=False))',
    'op.create_table("t", sa.Column("x", __import__("os").system("true")))',
    'if True:\n        op.execute("CREATE VIEW a.v AS SELECT 1")',
    'for each in range(3):\n        op.execute("CREATE VIEW a.v AS SELECT 1")',
    'op.execute("INSERT INTO a.t SELECT f()")',
    'op.execute("INSERT INTO a.t SELECT * FROM f()")',
    "op.execute(\"INSERT INTO a.t SELECT other.length('a')\")",
    'op.execute("CREATE TABLE a.t AS SELECT f()")',
    'op.execute("CREATE TABLE a.t AS EXECUTE p")',
    'op.execute("CREATE SCHEMA a CREATE TABLE t ()")',
    'op.execute("CREATE INDEX ON a.t (f(x))")',
    'op.execute("ALTER TABLE a.t ADD COLUMN y int DEFAULT f()")',
    'op.execute("UPDATE a.t SET x = f() WHERE x IS NULL")',
    "op.execute(\"INSERT INTO a.t SELECT setval('s', 1)\")",
    'op.execute("INSERT INTO dw_migration.approval DEFAULT VALUES")',
    'op.execute("GRANT ALL ON SCHEMA dw_migration TO PUBLIC")',
    'op.create_table("t", schema="dw_migration")',
    'op.create_index("i", "t", [sa.text("x); DELETE FROM t; --")])',
    'op.create_index("i", "t", ["x"], postgresql_where="f()")',
    'op.create_table("t", sa.Column("x", sa.Integer(), server_default=sa.text("1); DELETE FROM u; --")))',
    'op.create_table("t", sa.Column("x", sa.Integer(), sa.Computed("1); DELETE FROM u; --")))',
    'op.create_table("t", sa.Column("x", sa.String(collation="C\\"); DELETE FROM u; --")))',
    'op.create_table("t", sa.CheckConstraint("true); DELETE FROM u; --"))',
    'op.create_table("t", prefixes=["x"])',
    'op.create_table("t", *[sa.Column("x", sa.Integer())])',
    'op.create_table("t", [sa.create_engine("x") for _ in range(3)])',
    'op.get_bind().exec_driver_sql("CREATE VIEW a.v AS SELECT 1")',
    "revision = 1",
]


@pytest.mark.parametrize("code", SAFE)
def test_what_only_adds_is_safe(code: str) -> None:
    assert severity(code) is Severity.SAFE


@pytest.mark.parametrize("code", TRANSFORMABLE)
def test_what_keeps_every_value_needs_no_consent(code: str) -> None:
    assert severity(code) is Severity.TRANSFORMABLE


@pytest.mark.parametrize("code", BREAKING)
def test_what_could_lose_values_or_cannot_be_read_waits_for_consent(code: str) -> None:
    assert severity(code) is Severity.BREAKING


@pytest.mark.parametrize(
    "line",
    [
        "op = print",
        "from elsewhere import op",
        "from elsewhere import batches as batches",
        "import os; os.remove('x')",
        "class batches: pass",
        "def op(): pass",
        "if True: pass",
        "X = open('y')",
        "X: print() = 1",
        "from sqlalchemy import *",
        "import os",
        "import os as sa",
        "from sqlalchemy import orm as postgresql",
        "from . import mine",
        "def upgrade(x=print()): pass",
        "def upgrade(*, x=1): pass",
        "def upgrade(x: print()): pass",
        "def upgrade() -> print(): pass",
        "sa = 1",
    ],
)
def test_what_stands_around_the_two_functions_can_make_all_of_it_doubtful(line: str) -> None:
    text = FILE.format('op.execute("CREATE VIEW a.v AS SELECT 1")', "pass")
    assert parse_script(text.replace('revision = "abc"', f'revision = "abc"\n{line}')).severity is Severity.BREAKING


@pytest.mark.parametrize(
    "line",
    [
        "import sqlalchemy as sa",
        "from sqlalchemy.dialects import postgresql",
        "from typing import Sequence, Union",
        "X: Union[str, None] = 'y'",
        "X: str | None = None",
    ],
)
def test_what_alembic_writes_around_them_is_plain(line: str) -> None:
    text = FILE.format('op.execute("CREATE VIEW a.v AS SELECT 1")', "pass")
    assert parse_script(text.replace('revision = "abc"', f'revision = "abc"\n{line}')).severity is Severity.SAFE


@pytest.mark.parametrize(("coding", "found"), [("utf-8", Severity.SAFE), ("utf-7", Severity.BREAKING)])
def test_what_python_reads_in_other_letters_is_doubtful(coding: str, found: Severity) -> None:
    text = FILE.format('op.execute("CREATE VIEW a.v AS SELECT 1")', "pass")
    assert parse_script(f"# coding: {coding}\n{text}").severity is found


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("pass", ()),
        ('op.execute("DROP VIEW a.v"); op.execute("DROP INDEX a.i")', ()),
        ('op.execute("DROP TABLE a.t")', ("the table a.t",)),
        ('op.execute("DROP TABLE a.t, u"); op.execute("DROP SCHEMA s")', ("the table a.t, u", "the schema s")),
        ('op.execute("DROP TYPE a.y")', ("the type a.y",)),
        ('op.execute("ALTER TABLE a.t DROP x")', ("the column x of a.t",)),
        ('batches.update("a.t", "x = 1")', ("a.t",)),
        ("print()", ("whatever line 18 does to them",)),
    ],
)
def test_the_way_down_says_what_it_loses(code: str, lost: tuple[str, ...]) -> None:
    assert parse_script(FILE.format("pass", code)).loses_rows == lost


def test_an_empty_revision_is_a_file_that_is_safe_and_stands_behind_its_parent() -> None:
    made = own_revision("shop", "0123456789ab", 'a "view"\n\\ of mine', START)
    text = own_script_text(made, "dw__shop__public")
    found = parse_script(text)
    assert (found.id, found.parent, found.created) == (made.id, "0123456789ab", START)
    assert (found.hand_written, found.severity, found.loses_rows) == (True, Severity.SAFE, ())
    assert "a 'view'" in found.message
    assert steps_of(text, "upgrade") == steps_of(text, "downgrade") == ()


def test_its_steps_are_told_as_a_ddl_file_tells_them() -> None:
    text = FILE.format('batches.update("a.t", "x = 1")', "pass")
    told = steps_text(parse_script(text), text)
    assert "-- line 14: breaking: overwrites values of a.t\nUPDATE a.t SET x = 1;" in told


def test_a_file_that_is_no_python_is_refused() -> None:
    with pytest.raises(BrokenHistory, match="is not Python"):
        parse_script(FILE.format("op.execute(", "pass"))

"""A target with a ledger and a workspace, for tests: plans are made by running their statements on a model of it."""

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from dw_migration.live.apply import Terms
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.reader import read_target
from dw_migration.live.travel import apply_revision, roll_back, way_up
from dw_migration.live.versions import read_version
from dw_migration.live.workspace import Workspace
from dw_migration.plan import Batch, Plan
from dw_migration.revision import Revision, ddl_text, revision_of, script_text
from dw_migration.rule import Severity

SCHEMA = "dw__shop__public"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ACTOR = Actor("ada", "run1")
TERMS = Terms(ACTOR)


def batch(*statements: str, transactional: bool = True) -> Batch:
    return Batch(statements, transactional)


@dataclass
class Warehouse:
    """One source, `shop`, in a fresh target."""

    url: str
    connection: psycopg.Connection[Any]
    model: psycopg.Connection[Any]
    folder: Path
    planned: list[Revision] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """Its ledger."""
        return Ledger(self.connection)

    @property
    def workspace(self) -> Workspace:
        """The source's folder."""
        return Workspace(self.folder / "workspace" / "shop", "shop")

    def set_up(self) -> None:
        """Make ledger, config and folder."""
        self.ledger.ensure()
        self.ledger.register("shop", {"system_identifier": 1}, {SCHEMA: "public"}, ACTOR)
        config = self.folder / "dw_migration.yaml"
        config.write_text(f"target: {{url: '{self.url}'}}\nsources: {{shop: {{url: '{self.url}'}}}}\n")
        self.workspace.prepare(config)

    def plan(
        self,
        up: list[Batch],
        down: list[Batch],
        *,
        severity: Severity = Severity.SAFE,
        message: str = "a step",
        loses_rows: tuple[str, ...] = (),
    ) -> Revision:
        """A planned revision behind the last, in ledger and workspace."""
        parent = self.planned[-1] if self.planned else None
        starts_from = self.state_of_model()
        for text in (text for each in up for text in each.statements):
            self.model.execute(text.encode())
        made = revision_of(
            Plan((), tuple(up), tuple(down), loses_rows),
            source="shop",
            parent=parent and parent.id,
            previous_version=parent and parent.version,
            starts_from=starts_from,
            created=START,
            message=message,
        )
        revision = replace(made, severity=severity)
        ddl, _ = ddl_text(revision)
        script = script_text(revision)
        desired = read_target(self.model, [SCHEMA])
        self.ledger.plan(revision, script=script, ddl=ddl, desired=desired, actor=ACTOR)
        self.workspace.write(revision, script, ddl)
        self.planned.append(revision)
        return revision

    def state_of_model(self) -> str:
        """Of what all planned revisions lead to."""
        return read_target(self.model, [SCHEMA]).digest

    def state(self) -> str:
        """Of all that stands in the target's schemas."""
        return read_target(self.connection, [SCHEMA]).digest

    def apply(self, to: str | None = None, terms: Terms = TERMS, **options: Any) -> None:
        """Apply what is pending, by our own way."""
        for revision in way_up(self.ledger, self.workspace, to):
            apply_revision(self.connection, self.workspace, revision, terms, **options)

    def roll_back(self, terms: Terms = TERMS) -> None:
        """Take the head back, by our own way."""
        head = self.ledger.head("shop")
        assert head
        roll_back(self.connection, self.workspace, head, terms)

    def alembic(self, *arguments: str, fails: bool = False) -> str:
        """What `alembic` prints in the workspace."""
        environment = {k: v for k, v in os.environ.items() if k != "DW_MIGRATION_CONFIG"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=self.workspace.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def head(self) -> str | None:
        """By the ledger's and by Alembic's word, which must be one."""
        head = self.ledger.head("shop")
        assert read_version(self.connection, "shop") == head
        return head

    def events(self) -> list[tuple[str, str | None]]:
        """The history, checked: (what, revision)."""
        self.ledger.check_history()
        return [(each.what, each.revision) for each in self.ledger.history("shop")]


FIRST = (
    [batch(f"CREATE SCHEMA {SCHEMA}", f"CREATE TABLE {SCHEMA}.users (id bigint PRIMARY KEY, email text)")],
    [batch(f"DROP TABLE {SCHEMA}.users", f"DROP SCHEMA {SCHEMA}")],
)
SECOND = (
    [batch(f"ALTER TABLE {SCHEMA}.users ADD COLUMN name text DEFAULT 'it''s :x %s'")],
    [batch(f"ALTER TABLE {SCHEMA}.users DROP COLUMN name")],
)

"""What a person may say when starting a run of the assets."""

from collections.abc import Set
from typing import Literal

import dagster as dg
from pydantic import Field

from dw_migration.migrate.rehearse import Rows
from dw_migration.migrate.saved import Scope

SavedFirst = Literal["no", "affected", "database"]
"""What pg_dump saves before something runs; Dagster takes no choice that may be null."""


def scope(saved: SavedFirst) -> Scope | None:
    """As the story takes it."""
    return None if saved == "no" else saved


class Options(dg.Config):
    """As on the command line; what is for some of the assets alone is refused with others."""

    message: str | None = Field(
        None, description="Of the revision, if one is planned. Default: what changes, in a few words."
    )
    to: str | None = Field(
        None,
        description="How far `target_schema` is brought, if it is materialized alone: the beginning of a revision's "
        "id, or +1 for the next one. Default: all that waits.",
    )
    fill: list[str] = Field(
        [],
        description="What rows that are there get in a column that is NOT NULL from now on: `table.column=EXPR`. The "
        "ledger keeps it, and later plans go by it.",
    )
    safe_part: bool = Field(
        default=False,
        description="Whether what needs no consent goes ahead as a revision of its own, if `target_schema` is "
        "materialized alone; the rest is planned behind it, and held.",
    )
    rehearse: Literal["no", "sampled", "generated", "none"] = Field(
        "no",
        description="With which rows revisions are run up, down and up again in a scratch database first: some of the "
        "target's, made up ones, or none. Where that fails the run does, and nothing is applied. Of the jobs plan and "
        "apply.",
    )
    backup: SavedFirst = Field(
        "no",
        description="What pg_dump saves before each revision, if `target_schema` is materialized alone: the tables "
        "that it touches, or the whole database.",
    )

    @property
    def rehearsal(self) -> Rows | None:
        """With which rows."""
        return None if self.rehearse == "no" else self.rehearse

    def contradiction(self, assets: Set[str]) -> str:
        """What was said that is not for these assets, and what to do; empty: nothing."""
        plans, applies = "target_ddl" in assets, "target_schema" in assets
        of_apply = {"to": self.to, "safe_part": self.safe_part, "backup": scope(self.backup)}
        if (said := [name for name, value in of_apply.items() if value]) and assets != {"target_schema"}:
            return f"`{said[0]}` is for target_schema alone: start the job apply with it"
        if self.rehearsal and plans == applies:
            return "`rehearse` is for target_ddl or target_schema, not both: start the job plan or apply with it"
        if self.fill and not (plans or self.safe_part):
            return "`fill` is for a plan: start the job plan or sync with it, or apply with `safe_part`"
        return ""

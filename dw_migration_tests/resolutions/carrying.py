"""Two real databases whose rows are carried over by a compiled plan, in the plainest way there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.live.rows.shapes import read_shape
from dw_migration.resolutions.comparing import compare
from dw_migration.resolutions.comparison import Comparison, TablePair
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.compiling import Entries, compile_table
from dw_migration.resolutions.resolution import LookupTable, Resolution
from dw_migration.sql import identifier


@dataclass
class Carrying:
    """An old database and a new one, each with its tables in the schema public."""

    old: psycopg.Connection[Any]
    new: psycopg.Connection[Any]

    def make(self, old: str, new: str) -> None:
        """Run these statements, and then leave both sessions as those of the product are."""
        for connection, statements in ((self.old, old), (self.new, new)):
            connection.execute(statements.encode())
            connection.execute("SET search_path = ''; SET TimeZone = 'UTC'")

    def compared(self, **options: Any) -> Comparison:
        """What lies between the two."""
        before = read_shape(self.old, "databases.old", ["public"])
        return compare(before, read_shape(self.new, "target", ["public"]), **options)

    def pair(self, table: str) -> TablePair:
        """That of the old table of this name."""
        return next(each for each in self.compared().pairs if each.old.name == table)

    def plan(
        self, table: str, *resolutions: Resolution, lookups: Mapping[LookupTable, Entries] | None = None
    ) -> TablePlan:
        """Its compiled plan."""
        return compile_table(self.pair(table), resolutions, lookups=lookups)

    def carry(self, plan: TablePlan) -> None:
        """Copy the rows, in the form that the plan allows."""
        form = "text" if any(each.is_text for each in plan.columns) else "binary"
        out = f"COPY ({plan.select().text}) TO STDOUT (FORMAT {form})"
        into = f"COPY {identifier(*plan.new).text} ({plan.new_columns.text}) FROM STDIN (FORMAT {form})"
        with self.old.cursor().copy(out.encode()) as source, self.new.cursor().copy(into.encode()) as target:
            for block in source:
                target.write(block)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the query gives in the new database."""
        return self.new.execute(query.encode()).fetchall()

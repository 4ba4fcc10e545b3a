"""Two databases, and plans from one to the other, for tests that copy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.config import Config
from dw_migration.live.ledger import Ledger
from dw_migration.live.rows.copying import Ends, TableCopied, Terms, copy_table
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiled import CompiledColumn, KeyColumn, TablePlan
from dw_migration.sql import Sql, identifier, sql

_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_attribute a
 WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 ORDER BY a.attnum
"""


@dataclass
class Ground:
    """The source `shop`, its target, and a session of an onlooker on each."""

    source: psycopg.Connection[Any]
    target: psycopg.Connection[Any]
    source_url: str
    target_url: str
    opened: list[Side] = field(default_factory=list)

    @classmethod
    def over(cls, source_url: str, target_url: str) -> "Ground":
        """Onlookers stand by themselves: they must not be in the way."""
        opened = [psycopg.connect(url, autocommit=True, client_encoding="UTF8") for url in (source_url, target_url)]
        return cls(*opened, source_url, target_url)

    def close(self) -> None:
        """All sessions end."""
        for each in self.opened:
            each.session.close()
        self.source.close()
        self.target.close()

    def make(self, text: str, *, on_both: bool = True) -> None:
        """Run it on the source, and on the target."""
        for each in (self.source, self.target) if on_both else (self.source,):
            each.execute(text.encode())

    @property
    def ends(self) -> Ends:
        """As a config gives them."""
        config = Config.model_validate(
            {"target": {"url": self.target_url}, "sources": {"shop": {"url": self.source_url}}}
        )
        return Ends(config.sources["shop"], config.target, patience=timedelta(seconds=60))

    def sides(self) -> tuple[Side, Side]:
        """Fresh sessions, as a worker has them; the ledger is there."""
        Ledger(self.target).ensure()
        pair = self.ends.open_source(), self.ends.open_target()
        self.opened += pair
        return pair

    def plan(
        self,
        name: str,
        *,
        key: Collection[str] = (),
        text: Collection[str] = (),
        changed: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> TablePlan:
        """Each of the target table's columns from the source's of the same name; `changed` expressions aside."""
        expressions = changed or {}
        with self.target.transaction():
            self.target.execute("SET LOCAL search_path = ''")
            types = self.target.execute(_COLUMNS, (identifier("public", name).text,)).fetchall()
        columns = tuple(
            CompiledColumn(
                column, type_, Sql(expressions.get(column, f"o.{identifier(column)}")), is_text=column in text
            )
            for column, type_ in types
        )
        by_name = dict(types)
        keys = tuple(KeyColumn(each, each, by_name[each], by_name[each]) for each in key)
        return TablePlan(**{"old": ("public", name), "new": ("public", name), "columns": columns, "key": keys} | fields)

    def copy(self, plan: TablePlan, **terms: Any) -> TableCopied:
        """Copy one table, in a run of its own."""
        return copy_table(self.ends, plan, replace(Terms(lock_budget=timedelta(seconds=5)), **terms))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """From the target."""
        return self.target.execute(query.encode()).fetchall()

    def same(self, table: str, columns: str = "*") -> bool:
        """Whether both tables have the same rows, by the text of each."""
        query = sql("SELECT {} FROM public.{} t ORDER BY t::text", Sql(columns), Sql(table)).text
        shown = [
            each.execute(f"SELECT pg_catalog.array_agg(r::text) FROM ({query}) r".encode()).fetchone()
            for each in (self.source, self.target)
        ]
        return shown[0] == shown[1]

"""Outcomes made by hand, and a command line whose story is told by a function."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dw_migration import migrate
from dw_migration.changes import Alter, Change, Create, Drop, Rename
from dw_migration.config import Config, Source
from dw_migration.kinds.column import Column
from dw_migration.kinds.table import Table
from dw_migration.migrate import Outcome
from dw_migration.plan import JudgedChange
from dw_migration.rule import Finding, Severity

HOSTILE = "x\x1b[31mred\x1b[0m\nshop  in sync\r\t\u202egnp.exe\u200b[bold]b[/bold] </script>:smile:"
VISIBLE = r"x\x1b[31mred\x1b[0m\nshop  in sync\r\t\u202egnp.exe\u200b[bold]b[/bold] </script>:smile:"

SCHEMA = "dw__shop__public"


def table(name: str, schema: str = SCHEMA) -> Table:
    return Table(schema, name, unlogged=False, access_method="", options=())


def column(name: str, of: str = "users", kind: str = "text", schema: str = SCHEMA) -> Column:
    return Column(schema, of, name, kind, "", "", False, "", "", "", "", (), "", "", "", "", 1)


def judged(change: Change, *findings: Finding, statements: tuple[str, ...] = ()) -> JudgedChange:
    return JudgedChange(change, findings, statements)


LOSS = Finding("drops_column", Severity.BREAKING, "1,204 values go", "approve it", "1204 rows not null")

CHANGES = (
    judged(Create(table("orders")), statements=("CREATE TABLE dw__shop__public.orders ()",)),
    judged(Drop(column("email")), LOSS),
    judged(Alter(column("name"), column("name", kind="bigint"))),
    judged(Rename(column("a"), column("b"))),
)


def outcome(source: str = "shop", status: str = "in_sync", **more: Any) -> Outcome:
    return Outcome(source, status, schemas={f"dw__{source}__public": "public"}, tables=3, **more)


CONFIG = """\
target: {url: "postgresql://dw@localhost:1/warehouse"}
sources:
  shop: {url: "postgresql://reader@localhost:1/shop"}
  crm: {url: "postgresql://reader@localhost:1/crm"}
"""


class Told:
    """What the story was asked, as (source, settings)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @contextmanager
    def by(self, patch: pytest.MonkeyPatch, chapter: str, answer: Callable[[str], Any] = outcome) -> Iterator["Told"]:
        """In the block, this chapter of the story is told by `answer`."""

        def tell(_config: Config, source: Source, *arguments: Any, **settings: Any) -> Any:
            settings.pop("progress", None)
            named = dict(zip(("first", "second"), arguments, strict=False))
            self.calls.append((source.name, {**named, **settings}))
            return answer(source.name)

        with patch.context() as patched:
            patched.setattr(migrate, chapter, tell)
            yield self

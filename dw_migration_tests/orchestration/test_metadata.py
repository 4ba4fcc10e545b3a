"""What a person reads in Dagster, whatever the databases call their objects."""

import dagster as dg
import pytest

from dw_migration.migrate import Outcome
from dw_migration.orchestration import metadata

HOSTILE = "</script><img onerror=x> `tick` \x1b[31m\u202e [a](javascript:b) | \r\n\0\udc80"


def test_what_cannot_be_printed_is_spelt_out() -> None:
    assert metadata.inert("a\x1b[31m\u202eb\n\0\udc80") == r"a\x1b[31m\u202eb\n\x00\udc80"
    assert metadata.inert("naïve 表") == "naïve 表"


@pytest.mark.parametrize("ddl", ["SELECT 1;", "```", "a ````` b\n~~~\n```sql", HOSTILE])
def test_no_ddl_ends_its_own_fence(ddl: str) -> None:
    first, *lines, last = metadata.highlighted(ddl).split("\n")
    assert first == f"{last}sql"
    assert set(last) == {"`"}
    assert not any(line.lstrip().startswith(last) for line in lines)
    assert all(line.isprintable() for line in lines)


def test_long_ddl_is_cut_at_a_line_and_says_so() -> None:
    shown = metadata.highlighted("ALTER TABLE a;\n" * 10_000)
    assert len(shown) < metadata.MOST_DDL + 200
    assert "ALTER TABLE a;\n-- and " in shown


def test_hostile_names_stay_text() -> None:
    outcome = Outcome(
        "shop",
        "failed",
        error=HOSTILE,
        message=HOSTILE,
        schemas={HOSTILE: HOSTILE},
        unmanaged=(HOSTILE,),
        drift=(HOSTILE,),
        warnings=(HOSTILE,),
        left_out={HOSTILE: 1},
    )
    for of in (metadata.of_models, metadata.of_ddl, metadata.of_schema):
        for value in of(outcome).values():
            assert not isinstance(value, dg.MarkdownMetadataValue)
            assert all(line.isprintable() for line in _texts(value))


def _texts(value: dg.MetadataValue) -> list[str]:
    if isinstance(value, dg.TableMetadataValue):
        return [str(cell) for record in value.records for cell in record.data.values()]
    return str(value.value).split("\n")


def test_a_long_table_says_how_much_more_there_is() -> None:
    told = metadata.plain(metadata.of_schema(Outcome("shop", "in_sync", unmanaged=("x",) * 500)))
    rows = told["unmanaged in the target"]
    assert isinstance(rows, list)
    assert len(rows) == metadata.MOST_ROWS + 1
    assert rows[-1] == {"object": "and 300 more"}


def test_failures_are_told_by_source() -> None:
    told = metadata.of_failures([Outcome("shop", "failed", error="no such database")])
    assert metadata.plain(told) == {"shop": "no such database"}

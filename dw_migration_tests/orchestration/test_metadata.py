"""What a person reads in Dagster, whatever the databases call their objects."""

import dagster as dg
import pytest
import yaml

from dw_migration.migrate import Outcome, TargetColumn
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
        tables_of={HOSTILE: (HOSTILE,)},
        unmanaged=(HOSTILE,),
        drift=(HOSTILE,),
        warnings=(HOSTILE,),
        left_out={HOSTILE: 1},
    )
    told = [of(outcome) for of in (metadata.of_models, metadata.of_ddl, metadata.of_schema)]
    told.append(metadata.of_waiting_schema(outcome, outcome))
    told.append(metadata.of_approval(outcome, by=HOSTILE, note=HOSTILE))
    told.append(metadata.of_differences(HOSTILE, [HOSTILE], f"dw-migration sync {HOSTILE}"))
    for value in (value for each in told for value in each.values()):
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


def test_a_schema_is_told_with_its_tables() -> None:
    outcome = Outcome("shop", "in_sync", schemas={"dw__s__a": "A", "dw__s__b": "b"}, tables_of={"dw__s__a": ("t", "u")})
    assert metadata.plain(metadata.of_schema(outcome))["schemas"] == [
        {"schema in the target": "dw__s__a", "schema in the source": "A", "number of tables": 2, "tables": "t, u"},
        {"schema in the target": "dw__s__b", "schema in the source": "b", "number of tables": 0, "tables": ""},
    ]


def test_of_many_tables_the_first_are_named() -> None:
    names = tuple(f"t{number}" for number in range(500))
    told = metadata.plain(metadata.of_schema(Outcome("shop", "in_sync", schemas={"s": "s"}, tables_of={"s": names})))
    (row,) = told["schemas"]  # type: ignore[misc]
    assert row["number of tables"] == 500
    assert str(row["tables"]).endswith(f"t{metadata.MOST_NAMES - 1} and 400 more")


def test_columns_are_told_in_dagsters_own_form() -> None:
    columns = (
        TargetColumn("s", "t", "id", "bigint", not_null=True),
        TargetColumn("s", HOSTILE, "n", HOSTILE, not_null=False),
    )
    told = metadata.of_schema(Outcome("shop", "in_sync", columns=columns))["dagster/column_schema"]
    assert isinstance(told, dg.TableSchemaMetadataValue)
    first, second = told.schema.columns
    assert (first.name, first.type, first.constraints.nullable) == ("s.t.id", "bigint", False)
    assert second.constraints.nullable
    assert second.name.isprintable()
    assert second.type.isprintable()


def test_consent_is_config_that_can_be_pasted_whatever_the_revision_is_called() -> None:
    held = Outcome(
        "shop", "held", revision="- x: {y}\n```", sha256="0" * 64, next_command="dw-migration approve shop x"
    )
    fence, *lines, end = metadata.consent(held).split("\n")
    assert fence == f"{end}yaml"
    assert not any(line.startswith(end) for line in lines)
    (config,) = yaml.safe_load("\n".join(lines))["ops"].values()
    assert config == {"config": {"revision": "- x: {y}\n```", "sha256": "0" * 64, "by": "", "note": ""}}
    assert "launchpad" in metadata.of_ddl(held)


@pytest.mark.parametrize(
    ("command", "job"), [("dw-migration sync shop", "sync"), ("dw-migration diff shop", None), ("", None)]
)
def test_where_a_job_does_the_same_as_the_command_it_is_named(command: str, job: str | None) -> None:
    told = metadata.plain(metadata.of_schema(Outcome("shop", "drifted", next_command=command)))
    assert told.get("next job") == job


def test_what_is_taken_back_is_not_told_as_applied() -> None:
    told = metadata.of_schema(Outcome("shop", "rolled_back", applied=("3fa2c91b04de",)))
    assert "applied" not in told
    assert metadata.plain(told)["taken back"] == "3fa2c91b04de"

"""The check `rows_match` of `target_data`: by what a copy proved, or by a look at both sides."""

import dagster as dg

from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome
from dw_migration.orchestration.checks import Verdict, check_spec
from dw_migration.orchestration.names import Names

ROWS_MATCH = "rows_match"


def rows_match(names: Names) -> dg.AssetCheckSpec:
    """The check, partitioned by source."""
    return check_spec(
        ROWS_MATCH,
        names.key("target_data"),
        "The rows in the target are those of the source, as the person's decisions change them: by number and hash.",
        names,
    )


def of_copy(outcome: CopyOutcome) -> Verdict | None:
    """What a copy proved; None for one that brought nothing, or not all."""
    if not outcome.live or outcome.status not in {"copied", "rejected"}:
        return None
    return Verdict(
        "number and hash of each chunk's rows at the source with those in the target, in the transaction that brought "
        f"them{_but(outcome)}",
        tuple(_refused(each) for each in outcome.tables if each.rejected),
        outcome.next_command or f"dw-migration data rejects --prefix {outcome.prefix}",
    )


def of_verify(outcome: CopyOutcome) -> Verdict:
    """What a look at both sides found."""
    return Verdict(
        f"number and hash of the rows at the source with those in the target, both read now{_but(outcome)}",
        tuple(f"{each.table}: its rows differ in {each.into}" for each in outcome.tables if each.status == "different"),
        outcome.next_command or f"dw-migration data verify --prefix {outcome.prefix}",
    )


def _refused(table: TableOutcome) -> str:
    return f"{table.table}: {table.into} refused {table.rejected:,} {'row' if table.rejected == 1 else 'rows'}"


def _but(outcome: CopyOutcome) -> str:
    """What nothing was said of."""
    left = [each.table for each in outcome.tables if each.status == "left out"]
    return f"; left out: {', '.join(left)}" if left else ""

"""A person says whether what goes and what comes are one under another name."""

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig
from dw_migration.migrate.alike import similar
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run, half_way, running
from dw_migration.migrate.seen import base_of, read_desired
from dw_migration.migrate.told import outcome_of
from dw_migration.revision import one_line


def renamed(
    config: Config, source: Source, old: str, new: str, *, same: bool = True, by: str = "", note: str = ""
) -> Outcome:
    """Note that `old` (`orders`, `orders.note`) is `new` under another name, or with `same=False` that it is not.

    It holds for every source of this target whose table has this shape before and after; the next plan goes by it.
    Status `noted`. Raises: BadConfig where these two are not asked about, naming what is; BrokenHistory.
    """
    with running(config, source, by=by) as run:
        half_way(run)
        refusal = _said(run, old, new, same=same, note=note)
        if not refusal:
            message = f"{old} is {new}" if same else f"{old} is not {new}"
            return outcome_of(run, "noted", message=message, next_command=f"dw-migration plan {run.name}")
    raise BadConfig(refusal)  # out here, where it does not become the source's status


def _said(run: Run, old: str, new: str, *, same: bool, note: str) -> str:
    """Why it cannot be noted; empty where it is."""
    found = similar(run.ledger, base_of(run), read_desired(run)[1].catalog)
    asked = {(each.old, each.new): each for each in (*found.answered, *(alike for alike, _ in found.open.values()))}
    alike = asked.get((old, new)) or asked.get((old, f"{old.rpartition('.')[0]}.{new}"))
    if alike is None:
        named = ", ".join(f"{one} {other}" for one, other in sorted(asked)) or "nothing"
        return f"{run.name}: nobody asks whether {one_line(old)} is {one_line(new)}: asked is {one_line(named, 1_000)}"
    run.ledger.say(run.name, alike, run.actor, note, same=same)
    return ""

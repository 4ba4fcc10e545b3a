"""A process that copies `p` and `t`: python -m dw_migration_tests.live.rows.copier SOURCE TARGET BATCH RATE."""

import sys
from datetime import timedelta

from dw_migration.live.rows.copying import Terms, copy_tables
from dw_migration_tests.live.rows.ground import Ground


def main(source: str, target: str, batch: str, rate: str) -> int:
    """0, if all is copied and in order."""
    ground = Ground.over(source, target)
    plans = [ground.plan(each, key=["id"]) for each in ("p", "t")]
    ground.close()
    terms = Terms(batch=int(batch), workers=2, rate=int(rate), lock_budget=timedelta(seconds=2))
    results = copy_tables(ground.ends, plans, terms)
    for each in results:
        if each.error or each.still_off:
            print(each.error, *each.still_off, sep="\n", file=sys.stderr)  # noqa: T201
    return any(each.error or each.still_off for each in results)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

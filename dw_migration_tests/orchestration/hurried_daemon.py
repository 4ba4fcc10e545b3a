"""Dagster's daemon in a hurry: it looks after backfills every second, and its sensors' minutes have five seconds."""

from dagster._core.scheduler.instigation import InstigatorState
from dagster._daemon import controller, sensor
from dagster._daemon.cli import cli

elapsed = sensor.get_elapsed


def _felt(state: InstigatorState) -> float | None:
    """Seconds since the last tick, as a sensor's interval is compared with them."""
    seconds = elapsed(state)
    return seconds and seconds * 12


if __name__ == "__main__":
    controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 1
    sensor.MIN_INTERVAL_LOOP_TIME = 1
    sensor.get_elapsed = _felt
    cli()

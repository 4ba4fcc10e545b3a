"""Sources in threads of their own."""

from threading import Event

from dw_migration.migrate import Outcome, Stop
from dw_migration.orchestration.work import as_finished


def test_no_more_sources_are_worked_on_than_asked_for() -> None:
    running: set[str] = set()
    most = []

    def act(name: str) -> Outcome:
        running.add(name)
        most.append(len(running))
        running.discard(name)
        return Outcome(name, "in_sync")

    names = [str(number) for number in range(20)]
    assert {each.source for each in as_finished(act, names, 1, Stop())} == set(names)
    assert max(most) == 1


def test_who_stops_listening_stops_what_has_not_begun() -> None:
    begun: list[str] = []
    stop, is_at_work = Stop(), Event()

    def act(name: str) -> str:
        begun.append(name)
        if name != "0":
            is_at_work.set()
            stop.asked.wait()
        return name

    outcomes = as_finished(act, [str(number) for number in range(1000)], 1, stop)
    assert next(outcomes) == "0"
    is_at_work.wait()
    outcomes.close()
    assert begun == ["0", "1"]

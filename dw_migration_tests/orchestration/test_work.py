"""Sources in threads of their own."""

from threading import Barrier, Event, Lock

from dw_migration.migrate import Stop
from dw_migration.orchestration.work import as_finished


def test_as_many_sources_are_worked_on_at_once_as_asked_for_and_no_more() -> None:
    at_work: set[str] = set()
    turn, two, three = Lock(), Barrier(2, timeout=60), Event()

    def act(name: str) -> str:
        with turn:
            at_work.add(name)
            if len(at_work) > 2:
                three.set()
        two.wait()
        three.wait(0.1)  # a third one that may begin does so meanwhile
        with turn:
            at_work.discard(name)
        return name

    names = [str(number) for number in range(6)]
    assert sorted(as_finished(act, names, 2, Stop())) == names
    assert not three.is_set()


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

"""Lines of a log, every few seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dw_migration.migrate.rows.outcome import Underway
from dw_migration.orchestration.rows.progress import Progress


@dataclass
class Watched:
    """A progress whose time the test moves, and what it told."""

    time: float = 0.0
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.progress = Progress("shop", self.lines.append, every=5.0, now=lambda: self.time)

    def at(self, time: float, *tables: Underway) -> None:
        """The tables, as far as they are by then."""
        self.time = time
        for each in tables:
            self.progress(each)


def orders(rows: int, seconds: float, *, expected: int = 4000, done: bool = False) -> Underway:
    return Underway("public.orders", rows, rows * 60, expected, seconds, is_done=done)


def chunks() -> Iterator[Underway]:
    yield from (orders(number, number / 100) for number in range(1, 1000))


def test_a_thousand_chunks_within_the_time_are_no_line() -> None:
    watched = Watched()
    watched.at(4.9, *chunks())
    assert watched.lines == []


def test_a_line_comes_with_the_first_chunk_after_the_time_and_not_with_the_second() -> None:
    watched = Watched()
    watched.at(5.0, orders(1000, 5.0))
    watched.at(9.9, *chunks())
    watched.at(10.0, orders(2000, 10.0))
    assert watched.lines == [
        "shop: 1,000 rows, 0 tables done: public.orders 25 % of about 4,000 rows, 200 a second, about 15 s left",
        "shop: 2,000 rows, 0 tables done: public.orders 50 % of about 4,000 rows, 200 a second, about 10 s left",
    ]


def test_tables_under_way_share_a_line_and_those_that_are_done_are_counted() -> None:
    watched = Watched()
    watched.at(1.0, orders(4000, 1.0, done=True))
    watched.at(6.0, Underway("public.lines", 10, 600, -1, 0.0))
    assert watched.lines == ["shop: 4,010 rows, 1 table done: public.lines 10 rows, 0 a second"]


def test_an_estimate_that_was_too_low_is_not_told() -> None:
    watched = Watched()
    watched.at(5.0, orders(5000, 5.0))
    assert watched.lines == ["shop: 5,000 rows, 0 tables done: public.orders 5,000 rows, 1,000 a second"]


def test_names_stay_on_their_line() -> None:
    watched = Watched()
    watched.at(5.0, Underway("public.\n\x1b[31m", 1, 1, -1, 1.0))
    assert watched.lines == ["shop: 1 rows, 0 tables done: public.\\n\\x1b[31m 1 rows, 1 a second"]

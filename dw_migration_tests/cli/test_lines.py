import pytest
from rich.text import Text

from dw_migration.cli.lines import columns, line, lines_of, shown
from dw_migration_tests.cli.outcomes import HOSTILE, VISIBLE


def test_what_is_not_printable_is_shown_as_its_escape() -> None:
    assert shown(HOSTILE) == VISIBLE


@pytest.mark.parametrize("name", ["Größe", "客户", "имя", "naïve", "שם", "a b", 'say "hi"', r"a\b"])
def test_letters_of_all_the_world_stay_as_they_are(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, *range(0x80, 0xA0), 0x200E, 0x2028, *range(0x202A, 0x202F)])
def test_no_control_and_no_mark_of_direction_gets_through(code: int) -> None:
    assert chr(code) not in shown(f"a{chr(code)}b")


def test_what_is_no_character_is_shown() -> None:
    assert shown("\ud800") == r"\ud800"


def test_a_text_without_end_is_cut() -> None:
    assert shown("x" * 10_000) == "x" * 2_000 + "... (8,000 more characters)"


def test_markup_is_text() -> None:
    assert line("[red]a[/red]", ("[b]", "bold")).plain == "[red]a[/red][b]"


def test_further_lines_of_a_message_cannot_pass_for_ours() -> None:
    assert [each.plain for each in lines_of("no such table\nshop  in sync\r")] == [
        "no such table",
        r"    shop  in sync\r",
    ]


def test_columns_stand_under_one_another_by_their_width_on_a_terminal() -> None:
    rows = [[Text("a"), Text("b")], [Text("客户"), Text("c")], [Text("longer"), Text("")]]
    assert [each.plain for each in columns(rows)] == ["a       b", "客户    c", "longer"]


def test_no_rows_are_no_lines() -> None:
    assert list(columns([])) == []

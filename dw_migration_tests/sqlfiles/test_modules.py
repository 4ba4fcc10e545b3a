"""Folders become modules, in one order; whatever is wrong is told at once."""

from pathlib import Path

import pytest

from dw_migration.errors import BadConfig, BadSqlFiles
from dw_migration.sqlfiles.modules import Settings, in_order, read_modules
from dw_migration.sqlfiles.new import new_file


def put(folder: Path, **files: str) -> Path:
    """Files by their paths, with `__` for a slash and without their suffix."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".sql")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def faults(folder: Path, settings: dict[str, Settings] | None = None) -> str:
    """What is told."""
    with pytest.raises(BadSqlFiles) as caught:
        in_order(read_modules(folder, settings))
    return str(caught.value)


def labels(folder: Path, settings: dict[str, Settings] | None = None) -> list[str]:
    """All files in the order in which they run."""
    return [each.label for each in in_order(read_modules(folder, settings))]


def test_the_last_folder_is_the_module(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "migrations", m1_x="", auth__2_b="", auth__10_c="", auth__1_a="", module_specific__pay__1_p=""
    )
    modules = read_modules(folder)
    assert list(modules) == ["auth", "migrations", "pay"]
    assert [each.name.name for each in modules["auth"].versioned] == ["1_a.sql", "2_b.sql", "10_c.sql"]
    assert "has no number" in modules["migrations"].warnings[0]


def test_no_folder_is_no_modules(tmp_path: Path) -> None:
    assert read_modules(tmp_path / "none") == {}


def test_modules_come_after_others_and_files_after_what_they_require(tmp_path: Path) -> None:
    folder = put(
        tmp_path,
        a__1_x="-- requires: z/2\nSELECT 1;",
        a__2_y="",
        z__1_x="",
        z__2_y="",
        z__3_z="-- requires: a/1",
        b__1_x="",
    )
    order = labels(folder, {"b": Settings(after=("a",))})
    for earlier, later in (("z/2_y.sql", "a/1_x.sql"), ("a/1_x.sql", "z/3_z.sql"), ("a/2_y.sql", "b/1_x.sql")):
        assert order.index(earlier) < order.index(later)


def test_repeatable_files_come_last(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="", a__99_y="")
    (tmp_path / "a" / "R__b.sql").write_text("")
    (tmp_path / "a" / "R__a.sql").write_text("")
    assert labels(tmp_path) == ["a/1_x.sql", "a/99_y.sql", "a/R__a.sql", "a/R__b.sql"]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="", a__001_y="", b__auth__1_x="", c__auth__1_x="", d__2_x="")
    (tmp_path / "d" / "2_x.down.sql").write_text("")
    (tmp_path / "d" / "3_x.down.sql").write_text("")
    (tmp_path / "d" / "4_x.sql").write_bytes(b"SELECT 1;\n'\xff'")
    (tmp_path / "d" / "5_x.sql").write_bytes(b"SELECT\n1\0")
    told = faults(tmp_path)
    assert "a/001_y.sql and a/1_x.sql: are both version 1" in told
    assert "are both the module auth" in told
    assert "d/3_x.down.sql: is the way back of a file that is not there" in told
    assert "d/4_x.sql:2: is not UTF-8" in told
    assert "d/5_x.sql:2: holds a NUL character" in told
    assert len(told.splitlines()) == 5


def test_links_are_refused(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="")
    outside = tmp_path.parent / f"{tmp_path.name}_outside"
    put(outside, evil="SELECT 1")
    (tmp_path / "a" / "2_evil.sql").symlink_to(outside / "evil.sql")
    (tmp_path / "b").symlink_to(outside)
    told = faults(tmp_path)
    assert "a/2_evil.sql: is a link" in told
    assert f"{tmp_path / 'b'}: is a link to another place" in told


def test_a_folder_that_looks_like_a_file_is_told(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="")
    (tmp_path / "a" / "2_x.sql").mkdir()
    assert "a/2_x.sql: is a link, a folder or a device" in faults(tmp_path)


def test_names_that_differ_by_case_alone_are_refused(tmp_path: Path) -> None:
    put(tmp_path, a__Setup="", a__setup="")
    assert "are one file where case does not count" in faults(tmp_path)


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ("b/9", "a/1_x.sql: requires b/9, which is not there: there is 1"),
        ("c/1", "requires c/1, which is not there: there are the modules a, b"),
        ("2", "requires a/2, which is not there: there is 1"),
        ("b/1", "these files wait for one another: "),
    ],
)
def test_what_is_required_and_not_there_is_told(tmp_path: Path, required: str, message: str) -> None:
    put(tmp_path, a__1_x=f"-- requires: {required}", b__1_x="-- requires: a/1")
    assert message in faults(tmp_path)


def test_rings_of_modules_are_told(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="", b__1_x="")
    told = faults(tmp_path, {"a": Settings(after=("b",)), "b": Settings(after=("a",))})
    assert "these modules come after one another: " in told


def test_settings_of_what_is_not_there_are_told(tmp_path: Path) -> None:
    put(tmp_path, a__1_x="")
    told = faults(tmp_path, {"a": Settings(after=("c",))})
    assert told == "sql.modules.a.after: there is no module c: expected a"
    assert [each.files for each in read_modules(tmp_path, {"b": Settings()}).values()][1:] == [()]
    assert "is no folder" in faults(tmp_path, {"b": Settings(path=tmp_path / "nowhere")})


def test_a_module_may_live_elsewhere(tmp_path: Path) -> None:
    put(tmp_path, main__a__1_x="", other__1_y="")
    modules = read_modules(tmp_path / "main", {"far": Settings(path=tmp_path / "other", schema="far")})
    assert [(name, module.schema) for name, module in modules.items()] == [("a", None), ("far", "far")]


def test_a_new_file_has_the_next_number(tmp_path: Path) -> None:
    put(tmp_path, a__0001_x="", a__0009_y="")
    path = new_file(tmp_path / "a", "Users get: a Name!")
    assert path.name == "0010_users_get_a_name.sql"
    assert new_file(tmp_path / "fresh", "x").name == "001_x.sql"
    assert "-- migrate:down" in path.read_text()
    assert labels(tmp_path)[-1] == "fresh/001_x.sql"
    with pytest.raises(BadConfig, match="expected words"):
        new_file(tmp_path, "///")

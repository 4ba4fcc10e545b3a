"""A source's folder is complete, private, written wholly or not at all, and edits in it are seen."""

import os
import pwd
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dw_migration.catalog import Catalog
from dw_migration.errors import BadConfig, BrokenHistory, DwMigrationError, NotOurs
from dw_migration.kinds import KIND_OF
from dw_migration.live import workspace as workspace_module
from dw_migration.live.ledger import Entry
from dw_migration.live.workspace import Workspace, write
from dw_migration.plan import Batch, Plan
from dw_migration.revision import Revision, ddl_text, revision_of, script_text


def revision(*statements: str, parent: str | None = None) -> Revision:
    return revision_of(
        Plan((), (Batch(statements),), ()),
        source="shop",
        parent=parent,
        previous_version=None,
        starts_from="",
        created=datetime(2026, 1, 2, tzinfo=UTC),
        message="Add Table Users",
    )


def entry(of: Revision, state: str = "applied") -> Entry:
    return Entry(of, state, script_text(of), ddl_text(of)[0], "ada", None, None, None, None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "work" / "shop", "shop")
    made.prepare(tmp_path / "conf" / "dw 100%.yaml")
    return made


FIRST = revision("CREATE TABLE a ()")
SECOND = revision("CREATE TABLE b ()", parent=FIRST.id)


def put(workspace: Workspace, *revisions: Revision) -> None:
    for each in revisions:
        workspace.write(each, script_text(each), ddl_text(each)[0])


def test_a_new_folder_is_an_alembic_environment(workspace: Workspace, tmp_path: Path) -> None:
    found = sorted(str(path.relative_to(workspace.folder)) for path in workspace.folder.rglob("*"))
    assert found == [
        "alembic",
        "alembic.ini",
        "alembic/env.py",
        "alembic/script.py.mako",
        "alembic/versions",
        "ddl",
    ]
    assert workspace.config_file() == tmp_path / "conf" / "dw 100%.yaml"
    put(workspace, FIRST, SECOND)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    told = subprocess.run(
        [sys.executable, "-m", "alembic", "history"],
        cwd=workspace.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"{FIRST.id} -> {SECOND.id} (head), Add Table Users\n<base> -> {FIRST.id}, Add Table Users\n"


def test_a_file_that_vanishes_while_it_is_looked_at_is_no_hindrance(workspace: Workspace) -> None:
    """Runs that start together all try the folder before one gets the lock; a link to nowhere is listed like that."""
    (workspace.versions / ".0123abcd.tmp").symlink_to("gone")
    workspace.prepare()


def test_what_a_person_changed_in_it_stays(workspace: Workspace) -> None:
    workspace.ini.write_text("mine")
    (workspace.folder / "alembic" / "env.py").unlink()
    workspace.prepare()
    assert workspace.ini.read_text() == "mine"
    assert (workspace.folder / "alembic" / "env.py").exists()


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = Workspace(tmp_path / "work" / "shop", "shop")
        made.prepare()
        put(made, FIRST)
        made.write_catalog(FIRST.id, Catalog())
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made.folder.rglob("*") if path.is_file()}
    assert modes == {0o640}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (made.folder, *made.folder.rglob("*")) if p.is_dir()} == {0o750}


def test_a_revisions_file_tells_date_slug_and_id(workspace: Workspace) -> None:
    put(workspace, FIRST)
    assert [path.name for path in workspace.versions.iterdir()] == [f"20260102_add_table_users_{FIRST.id}.py"]
    assert workspace.ddl(FIRST.id) == ddl_text(FIRST)[0]
    assert workspace.revision_files()[FIRST.id].parsed() == FIRST


def test_the_head_is_one(workspace: Workspace) -> None:
    assert workspace.head() is None
    put(workspace, FIRST, SECOND)
    assert workspace.head() == SECOND.id
    assert [each.id for each in workspace.chain()] == [FIRST.id, SECOND.id]
    other = revision("CREATE TABLE c ()", parent=FIRST.id)
    put(workspace, other)
    with pytest.raises(BrokenHistory, match="expected one head, found") as caught:
        workspace.head()
    assert other.stem in str(caught.value)
    assert SECOND.stem in str(caught.value)


def test_a_missing_parent_is_told(workspace: Workspace) -> None:
    put(workspace, SECOND)
    with pytest.raises(BrokenHistory, match=f"stands behind the revision {FIRST.id}, which no file holds"):
        workspace.head()


def test_two_files_of_one_revision_are_refused(workspace: Workspace) -> None:
    put(workspace, FIRST)
    (workspace.versions / "copy.py").write_text(script_text(FIRST))
    with pytest.raises(BrokenHistory, match="both hold the revision"):
        workspace.head()


@pytest.mark.parametrize("text", ["(", "x = 1", 'revision = "c"\ndown_revision = ("a", "b")', "\0"])
def test_a_file_that_is_no_revision_is_named(workspace: Workspace, text: str) -> None:
    (workspace.versions / "odd.py").write_text(text)
    with pytest.raises(BrokenHistory, match=r"odd\.py"):
        workspace.head()


def test_what_is_missing_comes_from_the_ledger(workspace: Workspace) -> None:
    put(workspace, FIRST)
    restored = workspace.restore([entry(FIRST), entry(SECOND, "planned")])
    assert [path.name for path in restored.written] == [f"{SECOND.stem}.py", f"{SECOND.id}.sql"]
    assert workspace.head() == SECOND.id
    again = workspace.restore([entry(FIRST), entry(SECOND, "planned")])
    assert (again.written, again.removed, again.unknown) == ((), (), ())


def test_what_was_superseded_goes(workspace: Workspace) -> None:
    put(workspace, FIRST, SECOND)
    restored = workspace.restore([entry(FIRST), entry(SECOND, "superseded")])
    assert [path.name for path in restored.removed] == [f"{SECOND.stem}.py"]
    assert workspace.head() == FIRST.id
    assert [path.name for path in (workspace.folder / "ddl").iterdir()] == [f"{FIRST.id}.sql"]


def test_what_the_ledger_lacks_is_told(workspace: Workspace) -> None:
    put(workspace, FIRST, SECOND)
    assert [each.id for each in workspace.restore([entry(FIRST)]).unknown] == [SECOND.id]


@pytest.mark.parametrize("which", ["alembic/versions/*.py", "ddl/*.sql"])
def test_an_edited_file_is_named_with_both_hashes(workspace: Workspace, which: str) -> None:
    put(workspace, FIRST)
    (path,) = workspace.folder.glob(which)
    path.write_text(path.read_text() + "# more\n")
    with pytest.raises(
        BrokenHistory, match=r"was edited: it has the sha256 [0-9a-f]{64}, and the ledger has"
    ) as caught:
        workspace.restore([entry(FIRST)])
    assert str(path) in str(caught.value)


def test_a_name_that_leads_elsewhere_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BrokenHistory, match="is no name of a revision's file"):
        workspace.restore([entry(replace(FIRST, id="../../../x"))])


@pytest.mark.parametrize("which", ["alembic", "ddl", "alembic/versions"])
def test_links_are_refused(workspace: Workspace, tmp_path: Path, which: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace.folder / which).rename(workspace.folder / "away")
    (workspace.folder / which).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotOurs, match="is a symbolic link"):
        workspace.prepare()


def test_a_linked_file_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, FIRST)
    (path,) = workspace.versions.iterdir()
    path.rename(tmp_path / "elsewhere.py")
    path.symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(NotOurs, match="is a symbolic link"):
        workspace.head()


def test_an_unwritable_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file, not a folder")
    with pytest.raises(BadConfig, match="cannot be read or written: Not a directory"):
        Workspace(tmp_path / "work" / "shop", "shop").prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody who may not write")
def test_a_folder_of_somebody_else_is_one_clear_error() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            with pytest.raises(BadConfig, match="Permission denied"):
                Workspace(Path(folder) / "shop", "shop").prepare()
        finally:
            os.seteuid(0)


def test_a_full_disk_leaves_the_old_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workspace.folder / "x"
    write(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace_module.os, "fsync", full)
    with pytest.raises(DwMigrationError, match="No space left on device"):
        write(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in workspace.folder.glob(".*")] == []


def test_the_catalog_says_whose_it_is(workspace: Workspace) -> None:
    assert workspace.catalog() is None
    one = KIND_OF["schema"]("a")  # type: ignore[call-arg]
    workspace.write_catalog("abc", Catalog({one.address: one}))
    assert workspace.catalog() == ("abc", Catalog({one.address: one}))
    assert len((workspace.folder / "catalog.jsonl").read_text().splitlines()) == 3
    (workspace.folder / "catalog.jsonl").write_text("{}")
    with pytest.raises(BrokenHistory, match="is no catalog"):
        workspace.catalog()

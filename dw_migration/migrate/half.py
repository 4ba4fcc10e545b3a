"""The way back of a revision that is half applied, where what it did so far only added something."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from dw_migration.effects import grammar_name, statement_of
from dw_migration.errors import BrokenHistory, ConsentNeeded
from dw_migration.fills import filling_of
from dw_migration.live.batches import erase_marks
from dw_migration.live.connections import translated
from dw_migration.live.ledger import Interrupted
from dw_migration.live.mending import is_done
from dw_migration.live.stake import at_stake
from dw_migration.live.travel import finish
from dw_migration.migrate.run import Run
from dw_migration.revision import Revision, one_line
from dw_migration.sql import Sql, identifier, sql


def check_half(run: Run, begun: Interrupted) -> None:
    """Nothing, unless a column that it has added goes with its values, or it is hand-written. Raises: ConsentNeeded.

    What a hand-written one has committed, nobody can undo.
    """
    revision = run.ledger.revision(run.name, begun.revision).revision
    added = {f"column {'.'.join(each)}" for each in _columns_added(_committed_texts(run, revision))}
    lost = [each for each in revision.loses_rows if each in added]
    losing = replace(revision, loses_rows=tuple(lost))
    if lost and (found := at_stake(run.target, run.ledger.desired(run.name).objects, [losing])):
        raise ConsentNeeded(
            f"{begun.told(run.name)}; to take it back loses the values of {', '.join(found[:10])}: run rollback with "
            "--allow-breaking if that is meant"
        )
    if revision.hand_written:
        raise ConsentNeeded(
            f"{begun.told(run.name)}; it is hand-written, so that nobody can take back what is committed "
            f"({_committed(run)}): run rollback with --allow-breaking to give up the rest, and begin anew later"
        )


def take_half_back(run: Run, begun: Interrupted) -> tuple[str, ...]:
    """Undo the committed batches of a revision that stopped on its way up, in one transaction, and note it taken back.

    It is superseded: the next sync plans anew. Indexes, constraints and columns that it added go, others may be NULL
    again; what was filled in those stays.
    What a hand-written one has committed stays: its marks go, it waits again, and what stays is returned as a warning.
    Locks: their tables, for a moment.
    Raises: BrokenHistory, before anything is done, where it did something else; NotOurs, ServerError.
    """
    revision = run.ledger.revision(run.name, begun.revision).revision
    if revision.hand_written:
        return (_begin_anew(run, begun),)
    batches, marks = revision.up, _marks(run)
    texts = _committed_texts(run, revision)
    columns = _columns_added(texts)
    undone = [each for text in reversed(texts) for each in _undoing(text, texts, columns, begun, run.name)]
    with translated("target", run.target):
        for number, done in marks:
            if not done:  # an invalid index goes, one that is not ours is refused
                is_done(run.target, batches[number].statements[0], started=True)
        with run.target.transaction():
            for each in undone:
                run.target.execute(each.text.encode())
            erase_marks(run.target, run.name)
            run.ledger.rolled_back(run.name, begun.revision, run.actor, details={"batches": begun.done})
            given_up = run.ledger.supersede(run.name, run.actor)  # or the next sync would run into the same again
    run.workspace.remove([each.id for each in given_up])
    finish(run.target, run.workspace)
    return ()


def _marks(run: Run) -> list[tuple[int, bool]]:
    """Of each batch that was begun, its number, and whether it is committed."""
    query = "SELECT number, done IS NOT NULL FROM dw_migration.batch WHERE source = %s ORDER BY number"
    return [(number, done) for number, done in run.target.execute(query, (run.name,))]


def _committed_texts(run: Run, revision: Revision) -> list[str]:
    """The statements of its batches that were begun; of a hand-written one none."""
    if revision.hand_written:
        return []
    return [text for number, _ in _marks(run) for text in revision.up[number].statements]


def _begin_anew(run: Run, begun: Interrupted) -> str:
    committed = _committed(run)
    with translated("target", run.target), run.target.transaction():
        erase_marks(run.target, run.name)
        run.ledger.rolled_back(run.name, begun.revision, run.actor, details={"committed": committed})
    finish(run.target, run.workspace)
    return (
        f"{run.name}: what {begun.revision} has committed stays ({committed}): mend its file before the next apply, "
        f"which begins at its first line and does that once more, or run dw-migration revision {run.name} --give-up "
        f"{begun.revision}"
    )


def _committed(run: Run) -> str:
    """What the calls of a hand-written revision have committed, by their number in its way."""
    rows = run.target.execute(
        "SELECT number + 1, held ->> 'rows', held ->> 'batches' FROM dw_migration.batch WHERE source = %s ORDER BY 1",
        (run.name,),
    ).fetchall()
    return ", ".join(
        f"call {number}: " + ("a statement" if changed is None else f"{changed} rows in {batches} batches")
        for number, changed, batches in rows
    )


def _undoing(
    text: str, texts: list[str], columns: Collection[tuple[str, ...]], begun: Interrupted, source: str
) -> Iterator[Sql]:
    node = statement_of(text)
    kind = node.WhichOneof("node")
    if kind == "index_stmt":
        build = node.index_stmt
        yield sql("DROP INDEX IF EXISTS {}", identifier(build.relation.schemaname, build.idxname))
        return
    if kind == "create_seq_stmt":
        made = node.create_seq_stmt.sequence
        yield sql("DROP SEQUENCE IF EXISTS {}", identifier(made.schemaname, made.relname))
        return
    if filling_of(text) or (kind == "comment_stmt" and _commented(node) in columns):
        return  # it goes with its column; the values of one that was there stay
    table = node.alter_table_stmt.relation
    place = identifier(table.schemaname, table.relname)
    for each in _commands(node) if kind == "alter_table_stmt" else (node,):
        if each is not node and (table.schemaname, table.relname, each.name) in columns:
            continue
        match _sort_of(each) if each is not node else kind:
            case "AT_AddColumn":
                name = getattr(each, "def").column_def.colname
                yield sql("ALTER TABLE {} DROP COLUMN IF EXISTS {}", place, identifier(name))
            case "AT_AddConstraint":
                name = getattr(each, "def").constraint.conname
                yield sql("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", place, identifier(name))
            case "AT_SetNotNull":
                yield sql("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", place, identifier(each.name))
            case "AT_ValidateConstraint":
                pass
            case "AT_DropConstraint" if (table.schemaname, table.relname, each.name) in _added(
                texts[: texts.index(text)]
            ):
                pass
            case _:
                raise BrokenHistory(
                    f"{begun.told(source)}; it cannot be taken back from where it stands, since it has run "
                    f"{one_line(text, 120)}: mend what is in its way, apply it, and take it back then"
                )


def _columns_added(texts: list[str]) -> set[tuple[str, ...]]:
    """Schema, table and name of the columns that the statements add."""
    return {
        (node.relation.schemaname, node.relation.relname, getattr(each, "def").column_def.colname)
        for node in _altering([text for text in texts if " ADD COLUMN " in text])
        for each in (cmd.alter_table_cmd for cmd in node.cmds)
        if _sort_of(each) == "AT_AddColumn"
    }


def _commented(node: Any) -> tuple[str, ...]:
    return tuple(item.string.sval for item in node.comment_stmt.object.list.items)


def _altering(texts: list[str]) -> list[Any]:
    return [
        node.alter_table_stmt for text in texts if (node := statement_of(text)).WhichOneof("node") == "alter_table_stmt"
    ]


def _added(texts: list[str]) -> set[tuple[str, str, str]]:
    """Schema, table and name of the constraints that the statements add."""
    return {
        (node.relation.schemaname, node.relation.relname, getattr(cmd.alter_table_cmd, "def").constraint.conname)
        for node in _altering(texts)
        for cmd in node.cmds
        if _sort_of(cmd.alter_table_cmd) == "AT_AddConstraint"
    }


def _commands(node: Any) -> list[Any]:
    return [each.alter_table_cmd for each in node.alter_table_stmt.cmds]


def _sort_of(command: Any) -> str:
    return grammar_name("AlterTableType", command.subtype)

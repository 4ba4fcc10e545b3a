"""The way back of a revision that is half applied, where what it did so far only added something."""

from collections.abc import Iterator
from typing import Any

from dw_migration.effects import grammar_name, statement_of
from dw_migration.errors import BrokenHistory, ConsentNeeded
from dw_migration.live.batches import erase_marks
from dw_migration.live.connections import translated
from dw_migration.live.ledger import Interrupted
from dw_migration.live.mending import is_done
from dw_migration.live.travel import finish
from dw_migration.migrate.run import Run
from dw_migration.revision import one_line
from dw_migration.sql import Sql, identifier, sql


def check_by_hand(run: Run, begun: Interrupted) -> None:
    """Nothing, unless it is hand-written: nobody can undo what it has committed. Raises: ConsentNeeded."""
    if run.ledger.revision(run.name, begun.revision).revision.hand_written:
        raise ConsentNeeded(
            f"{begun.told(run.name)}; it is hand-written, so that nobody can take back what is committed "
            f"({_committed(run)}): run rollback with --allow-breaking to give up the rest, and begin anew later"
        )


def take_half_back(run: Run, begun: Interrupted) -> tuple[str, ...]:
    """Undo the committed batches of a revision that stopped on its way up, in one transaction, and note it taken back.

    It is superseded: the next sync plans anew. Indexes and constraints that it added go, columns may be NULL again.
    What a hand-written one has committed stays: its marks go, it waits again, and what stays is returned as a warning.
    Locks: their tables, for a moment.
    Raises: BrokenHistory, before anything is done, where it did something else; NotOurs, ServerError.
    """
    revision = run.ledger.revision(run.name, begun.revision).revision
    if revision.hand_written:
        return (_begin_anew(run, begun),)
    batches = revision.up
    marks = run.target.execute(
        "SELECT number, done IS NOT NULL FROM dw_migration.batch WHERE source = %s ORDER BY number", (run.name,)
    ).fetchall()
    texts = [text for number, _ in marks for text in batches[number].statements]
    undone = [each for text in reversed(texts) for each in _undoing(text, texts, begun, run.name)]
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


def _undoing(text: str, texts: list[str], begun: Interrupted, source: str) -> Iterator[Sql]:
    node = statement_of(text)
    kind = node.WhichOneof("node")
    if kind == "index_stmt":
        build = node.index_stmt
        yield sql("DROP INDEX IF EXISTS {}", identifier(build.relation.schemaname, build.idxname))
        return
    table = node.alter_table_stmt.relation
    place = identifier(table.schemaname, table.relname)
    for each in _commands(node) if kind == "alter_table_stmt" else (node,):
        match _sort_of(each) if each is not node else kind:
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


def _added(texts: list[str]) -> set[tuple[str, str, str]]:
    """Schema, table and name of the constraints that the statements add."""
    nodes = [
        node.alter_table_stmt for text in texts if (node := statement_of(text)).WhichOneof("node") == "alter_table_stmt"
    ]
    return {
        (node.relation.schemaname, node.relation.relname, getattr(cmd.alter_table_cmd, "def").constraint.conname)
        for node in nodes
        for cmd in node.cmds
        if _sort_of(cmd.alter_table_cmd) == "AT_AddConstraint"
    }


def _commands(node: Any) -> list[Any]:
    return [each.alter_table_cmd for each in node.alter_table_stmt.cmds]


def _sort_of(command: Any) -> str:
    return grammar_name("AlterTableType", command.subtype)

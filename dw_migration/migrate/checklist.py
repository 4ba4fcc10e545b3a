"""One revision, and what there is to see to before it runs in production, as the ledger has it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, DwMigrationError, UnknownSource
from dw_migration.live.connections import connect_target
from dw_migration.live.ledger import Approval, Entry, Ledger
from dw_migration.migrate.many import source_named
from dw_migration.migrate.outcome import Outcome, Ticked
from dw_migration.migrate.planned import is_held
from dw_migration.migrate.run import Run, running
from dw_migration.migrate.saved import loss_of
from dw_migration.migrate.told import outcome_of
from dw_migration.revision import locks_in, one_line
from dw_migration.rule import Severity

_HEXADECIMAL = frozenset("0123456789abcdef")
_SHOWN = 5
_UNREAD = frozenset({"--allow-breaking", "policy.breaking: allow"})
"""Notes of a consent that came with the command, or with the config: nobody says that the DDL was read."""


def revisions_among(config: Config, words: tuple[str, ...]) -> dict[str, tuple[Source, str]]:
    """Of the words that are no source's name the revision that each means, with its source.

    Raises: UnknownSource for what is neither; BadConfig for a word with which several revisions begin, naming them.
    """
    found = {}
    for word in dict.fromkeys(words):
        try:
            source_named(config, word)
        except UnknownSource as error:
            found[word] = _revision(config, word, error)
    return found


def _revision(config: Config, word: str, unknown: UnknownSource) -> tuple[Source, str]:
    try:
        named = _named(config, word)
    except DwMigrationError:
        if set(word) <= _HEXADECIMAL:
            raise
        raise unknown from None  # it does not look like a revision, and nobody can be asked
    if not named:
        raise UnknownSource(f"{unknown}; and no revision of the ledger begins so")
    if len(named) > 1:
        told = ", ".join(f"{id_} of {source}" for source, id_ in named[:10])
        raise BadConfig(f"{one_line(word)} is ambiguous: {len(named)} revisions begin so: {told}: name more of it")
    source, id_ = named[0]
    return source_named(config, source), id_


def _named(config: Config, word: str) -> tuple[tuple[str, str], ...]:
    strict_tls = config.policy.strict_tls
    with connect_target(config.target, application_name="dw/status", strict_tls=strict_tls) as target:
        ledger = Ledger(target)
        return ledger.named(word) if word and ledger.exists() else ()


def standing_of_revision(config: Config, source: Source, revision: str) -> Outcome:
    """How the revision stands (pending, held, applied, superseded), and its checklist."""
    with running(config, source, writes=False) as run:
        entry = run.ledger.revision(run.name, revision)
        return outcome_of(
            run,
            _status(run, entry),
            entry=entry,
            checklist=tuple(_lines(run, entry)),
            next_command=_following(run, entry),
        )


def _status(run: Run, entry: Entry) -> str:
    if entry.state in {"applied", "superseded"}:
        return entry.state
    return "held" if is_held(run, entry) else "pending"


def _following(run: Run, entry: Entry) -> str:
    if entry.state in {"applied", "superseded"}:
        return ""
    return f"dw-migration {f'approve {run.name} {entry.id}' if is_held(run, entry) else f'apply {run.name}'}"


def _lines(run: Run, entry: Entry) -> Iterator[Ticked]:
    approval = run.ledger.approval(run.name, entry.id, entry.revision.sha256)
    yield _ddl_read(run, entry, approval)
    yield _backup(run, entry)
    yield _rehearsal(run, entry)
    yield _estimate(entry)
    yield _way_back(run, entry)
    yield _consent(run, entry, approval)


def _ddl_read(run: Run, entry: Entry, approval: Approval | None) -> Ticked:
    file, sha256 = f"ddl/{entry.id}.sql", entry.revision.sha256
    if entry.revision.hand_written:
        file = run.workspace.file_of(entry.revision).name
    if approval is not None and approval.note not in _UNREAD:
        return Ticked("ddl read", done=True, found=f"{file}: {_by(approval.by, approval.at)}, sha256 {sha256}")
    remedy = f"dw-migration approve {run.name} {entry.id} --sha256 {sha256[:12]}"
    return Ticked(
        "ddl read", done=False, found=f"{file}: nobody has said that it was read, sha256 {sha256}", remedy=remedy
    )


def _by(by: str, at: datetime) -> str:
    return f"{f'by {by}, ' if by else ''}{at.astimezone(UTC).isoformat(timespec='seconds')}"


def _backup(run: Run, entry: Entry) -> Ticked:
    made, loss = run.ledger.backup(run.name, entry.id), loss_of(run, entry.id)
    if made is not None and not made.is_late:
        how = "restored into a scratch database" if made.is_restored else "listed"
        return Ticked("backup", done=True, found=f"backups/{made.file}: {_by(made.by, made.at)}, and {how}")
    if not loss and not entry.revision.hand_written:
        return Ticked("backup", done=True, found="none is needed: the way up drops no rows")
    dropped = [*(".".join(table) for table in loss.tables), *(f"{'.'.join(t)}.{column}" for t, column in loss.columns)]
    found = f"none, and the way up drops the rows of {', '.join(dropped[:_SHOWN])}" if dropped else "none"
    if made is not None:
        found = f"{found}; backups/{made.file} is of a former try"
    remedy = "" if entry.state in {"applied", "superseded"} else f"dw-migration apply {run.name} --backup"
    return Ticked("backup", done=False, found=found, remedy=remedy)


def _rehearsal(run: Run, entry: Entry) -> Ticked:
    event = run.ledger.rehearsal(run.name, entry.id, entry.revision.sha256)
    remedy = "" if entry.state in {"applied", "superseded"} else f"dw-migration plan {run.name} --rehearse"
    if event is None:
        return Ticked("rehearsal", done=False, found="these statements were not rehearsed", remedy=remedy)
    where = f"on {event.details['where']}, with {event.details['rows']} rows, {_by(event.by, event.at)}"
    if event.details["ok"]:
        return Ticked("rehearsal", done=True, found=f"went through {where}")
    faults = "; ".join(map(str, event.details["faults"]))
    return Ticked("rehearsal", done=False, found=f"failed {where}: {faults}", remedy=remedy)


def _estimate(entry: Entry) -> Ticked:
    """Of the waits of others, from the head of the DDL file."""
    if entry.revision.hand_written:
        return Ticked("estimate", done=False, found="nobody can tell: it was written by hand")
    lines = locks_in(entry.ddl)
    waits = [each for each in lines if "readers" in each or "writers wait" in each]
    if not waits:
        return Ticked("estimate", done=True, found="nobody waits")
    longest = [each for each in waits if not each.endswith("for a moment")]
    if not longest:
        return Ticked("estimate", done=True, found=f"others wait for a moment at {len(waits)} statements")
    more = f", and {len(longest) - _SHOWN} more" if len(longest) > _SHOWN else ""
    is_known = not any("guessed" in each for each in longest)
    return Ticked("estimate", done=is_known, found=f"{'; '.join(longest[:_SHOWN])}{more}")


def _way_back(run: Run, entry: Entry) -> Ticked:
    loses, loss = entry.revision.loses_rows, loss_of(run, entry.id)
    told = []
    if loses:
        told.append(f"loses the rows of {', '.join(loses[:_SHOWN])}")
    if loss:
        told.append("brings back empty what the way up drops")
    if entry.revision.hand_written:
        told.append("is what somebody wrote")
    return Ticked("way back", done=not told, found=f"the way back {' and '.join(told) if told else 'loses no rows'}")


def _consent(run: Run, entry: Entry, approval: Approval | None) -> Ticked:
    if approval is not None:
        note = f": {one_line(approval.note)}" if approval.note else ""
        return Ticked("consent", done=True, found=f"{_by(approval.by, approval.at)}{note}")
    if entry.revision.severity is not Severity.BREAKING:
        return Ticked("consent", done=True, found=f"none is needed: it is {entry.revision.severity}")
    if run.config.policy.breaking == "allow":
        return Ticked("consent", done=True, found="none is asked for: policy.breaking is allow")
    return Ticked("consent", done=False, found="none", remedy=f"dw-migration approve {run.name} {entry.id}")

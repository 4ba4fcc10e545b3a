"""The revision that holds a plan: written, superseded, held for consent."""

from datetime import UTC, datetime

from dw_migration.errors import ConsentNeeded
from dw_migration.live.ledger import Entry
from dw_migration.live.source import told
from dw_migration.migrate.fingerprints import with_config
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run
from dw_migration.migrate.seen import Seen
from dw_migration.migrate.told import head_of, outcome_of
from dw_migration.revision import Revision, ddl_text, revision_of, script_text
from dw_migration.rule import Severity


def waiting_for(run: Run, seen: Seen) -> Entry | None:
    """The last of the revisions that wait, if they lead to exactly what the source asks for now."""
    last = next(iter(run.ledger.pending(run.name)[::-1]), None)
    desired = run.ledger.desired_of(run.name, last.id) if last else None
    return last if desired is not None and desired.digest == seen.desired.catalog.digest else None


def is_taken_back(run: Run) -> bool:
    """Whether a person took back what waits, and nobody began to apply it again."""
    waiting = {each.id: each for each in run.ledger.pending(run.name)}
    begun = run.ledger.interrupted(run.name)
    return any(each.state == "rolled back" for each in waiting.values()) and not (begun and begun.revision in waiting)


def taken_back(run: Run, seen: Seen) -> Entry | None:
    """The last of the revisions that wait, if a person took back exactly what the source asks for now."""
    return waiting_for(run, seen) if is_taken_back(run) else None


def planned_revision(run: Run, seen: Seen, *, message: str | None = None, in_part: bool = False) -> Entry | None:
    """The revision that holds the plan, written to folder and ledger; None where there is nothing to do.

    in_part: it does not lead to all that the source asks for.
    """
    with run.chapter("plan"):
        if not seen.plan:
            run.workspace.remove([each.id for each in run.ledger.supersede(run.name, run.actor)])
            return None
        run.ledger.register(run.name, told(seen.reading.identity), seen.desired.schemas, run.actor)
        revision = _revision(run, seen, message)
        before = taken_back(run, seen)
        run.workspace.remove([each.id for each in run.ledger.supersede(run.name, run.actor, but=revision.id)])
        if not any(_is_judged_alike(each.revision, revision) for each in run.ledger.pending(run.name)):
            _write(run, seen, revision, taken_back=before is not None, in_part=in_part)
        return run.ledger.revision(run.name, revision.id)


def _is_judged_alike(planned: Revision, revision: Revision) -> bool:
    """Whether it is planned already, and the rows say of it what they said then."""
    found = (planned.id, planned.severity, planned.proofs)
    return found == (revision.id, revision.severity, revision.proofs)


def _revision(run: Run, seen: Seen, message: str | None) -> Revision:
    head = head_of(run)
    return revision_of(
        seen.plan,
        source=run.name,
        parent=head.id if head else None,
        previous_version=head.revision.version if head else None,
        starts_from=seen.current.only(seen.base.desired.objects).digest,
        created=datetime.now(UTC),
        message=message,
    )


def _write(run: Run, seen: Seen, revision: Revision, *, taken_back: bool, in_part: bool) -> None:
    """Ledger first: from there the folder can be restored."""
    of_source = with_config(run.config, run.source, seen.reading.catalog.fingerprint)
    script, (ddl, _) = script_text(revision), ddl_text(revision, seen.plan)
    run.ledger.plan(
        revision,
        script=script,
        ddl=ddl,
        desired=seen.desired.catalog,
        actor=run.actor,
        source_fingerprint=None if in_part else of_source,
        taken_back=taken_back,
    )
    run.workspace.write(revision, script, ddl)


def is_held(run: Run, entry: Entry, *, allow_breaking: bool = False) -> bool:
    """Whether the revision is breaking, and nobody has consented to exactly it."""
    if entry.revision.severity is not Severity.BREAKING or allow_breaking or run.config.policy.breaking == "allow":
        return False
    return run.ledger.approval(run.name, entry.id, entry.revision.sha256) is None


def held_outcome(run: Run, seen: Seen | None, entry: Entry) -> Outcome:
    """The outcome of a revision that waits for a person; the ledger says so too."""
    reason = f"the revision {entry.id} is breaking and waits for consent"
    run.ledger.set_status(run.name, "held", reason)
    return outcome_of(
        run,
        "held",
        seen,
        entry,
        exit_code=ConsentNeeded.exit_code,
        error=f"{reason}: read {run.workspace.folder / 'ddl' / (entry.id + '.sql')}, then approve it",
        next_command=f"dw-migration approve {run.name} {entry.id}",
    )


def left_alone_outcome(run: Run, seen: Seen, reason: str) -> Outcome:
    """The outcome of a source that only a person brings in step."""
    entry, last = next(iter(run.ledger.pending(run.name)), None), waiting_for(run, seen)
    if last is not None:
        fingerprint = with_config(run.config, run.source, seen.reading.catalog.fingerprint)
        run.ledger.note_planned_from(run.name, last.id, fingerprint)
    if entry is not None:
        run.ledger.set_status(run.name, "pending", reason)
    following = f"dw-migration {'apply' if entry else 'sync'} {run.name}"
    return outcome_of(run, "left_alone", seen, entry, error=reason, next_command=following)


def write_consent(run: Run, entry: Entry, *, allow_breaking: bool) -> None:
    """Write down the approval that --allow-breaking, or the policy, is."""
    is_free = run.ledger.approval(run.name, entry.id, entry.revision.sha256) is not None
    if entry.revision.severity is not Severity.BREAKING or is_free:
        return
    note = "--allow-breaking" if allow_breaking else "policy.breaking: allow"
    run.ledger.approve(run.name, entry.id, entry.revision.sha256, run.actor, note)

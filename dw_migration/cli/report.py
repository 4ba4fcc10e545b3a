"""What came out, as lines for people and as documents for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass, replace
from itertools import repeat
from typing import Any

from rich.text import Text

from dw_migration.changes import Change, Create, Drop, Rename
from dw_migration.cli.lines import View, columns, heading, line, lines_of
from dw_migration.costs import Cost
from dw_migration.costs import told as told_cost
from dw_migration.kind import Address
from dw_migration.migrate import Doctored, HistoryEntry, Outcome, Rehearsal
from dw_migration.plan import JudgedChange
from dw_migration.rule import Finding, Severity
from dw_migration.rules import Described

# --- Words -----------------------------------------------------------------------------------------------------------

_SEVERITY = {Severity.SAFE: "green", Severity.TRANSFORMABLE: "yellow", Severity.BREAKING: "bold red"}
_STATUS = {
    "in_sync": ("in sync", "green"),
    "changed": ("changed", "green"),
    "pending": ("pending", "yellow"),
    "drifted": ("drifted", "yellow"),
    "held": ("held", "magenta"),
    "failed": ("failed", "bold red"),
    "absent": ("not there yet", "dim"),
    "written": ("written", "green"),
    "rolled_back": ("rolled back", "green"),
    "purged": ("purged", "green"),
    "applied": ("applied", "green"),
    "superseded": ("superseded", "dim"),
    "noted": ("noted", "green"),
}
_SIGNS = {"create": ("+", "green"), "drop": ("-", "red"), "alter": ("~", "yellow"), "rename": ("→", "cyan")}
_PAST = {"create": "added", "drop": "dropped", "alter": "changed", "rename": "renamed"}


def plural(count: int, noun: str) -> str:
    """`1 view`, `2 indexes`, `3 policies`."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith(('s', 'x', 'ch')) else 's'}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(plural(count, noun) for noun, count in sorted(counts.items()))


def _some(names: Iterable[str], most: int) -> str:
    """The names, or the first of them and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most:,} more (--verbose shows all)" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _what(kind: str, address: Address) -> str:
    """`column dw__shop__public.users.email`."""
    return f"comment on {address.of} {address}" if kind == "comment" and address.of else f"{kind} {address}"


def _renamed(change: Rename) -> str:
    """`table dw__shop__public.users to people`: the new name's last part; all of it, where more than that changed."""
    what = _what(change.kind, change.old.address)
    return f"labels of {what}" if change.address == change.old.address else f"{what} to {_new_name(change)}"


def _new_name(change: Rename) -> str:
    old, new = change.old.address, change.new.address
    moved = (old.schema, old.owner) != (new.schema, new.owner)
    return str(new) if moved or not new.name else new.name


# --- One source ------------------------------------------------------------------------------------------------------


def told_plan(outcome: Outcome, view: View) -> Iterator[Text]:
    """What is to be done, with findings, and what to run next."""
    yield _header(outcome, changed="changes pending")
    yield from _each_change(outcome, view, _planned)
    yield from _rest(outcome, view)


def told_found(outcome: Outcome, view: View) -> Iterator[Text]:
    """What differs, one line each, for commands that compare."""
    yield _header(outcome, changed="changes pending")
    most = _MOST_CHANGES if view.cuts else len(outcome.drift)
    yield from (line(("! ", "yellow"), each, indent=2) for each in outcome.drift[:most])
    if len(outcome.drift) > most:
        yield line(f"and {len(outcome.drift) - most:,} more (--verbose shows all)", indent=2)
    yield from _rest(replace(outcome, drift=()), view)


def told_models(outcome: Outcome, view: View) -> Iterator[Text]:
    """Where models.py is."""
    yield _header(outcome, changed="changed")
    if "models" in outcome.paths and not outcome.error:
        yield line(f"models: {outcome.paths['models']}", indent=2)
    yield from _rest(replace(outcome, changes=()), view)


def told_revision(outcome: Outcome, view: View) -> Iterator[Text]:
    """Where the file is that somebody is to fill in."""
    yield _header(outcome, changed="written")
    if "revision" in outcome.paths and not outcome.error:
        yield line(f"fill in: {outcome.paths['revision']}", indent=2)
    yield from _rest(outcome, view)


def told_done(outcome: Outcome, view: View) -> Iterator[Text]:
    """What was done, change by change; for what is still held, what it would be."""
    done = bool(outcome.applied) and outcome.status not in ("held", "pending", "failed")
    yield _header(outcome, changed="changed" if done else "changes pending")
    if outcome.went_ahead:
        yield line(f"went ahead as revision {', '.join(outcome.applied)}:", indent=2)
        yield from _deeper(_each_change(replace(outcome, changes=outcome.went_ahead), view, _done), 4)
        yield line("waits:" if outcome.changes else "nothing waits", indent=2)
        yield from _deeper(_each_change(outcome, view, _planned), 2)
    else:
        yield from _each_change(outcome, view, _done if done else _planned)
    if not outcome.changes:
        yield from _told_revisions(outcome)
    yield from _rest(outcome, view)


def _deeper(lines: Iterable[Text], by: int) -> Iterator[Text]:
    """The lines, under the one before them."""
    for each in lines:
        each.pad_left(by)
        yield each


def _told_revisions(outcome: Outcome) -> Iterator[Text]:
    """The revisions in the place of changes that are not told."""
    back = outcome.status == "rolled_back"
    if back and not outcome.applied:
        yield line("nothing to take back", indent=2)
    yield from (line(f"{'took back' if back else 'applied'} revision {each}") for each in outcome.applied)


def told_dry_run(outcome: Outcome, view: View) -> Iterator[Text]:
    """The DDL that would run; indented, so that no line of it can pass for one of ours."""
    yield _header(outcome, changed="changes pending", sign="-- ")
    for each in outcome.ddl.splitlines():
        yield line(each.expandtabs(4), indent=4)
    for text in (*_told_trial(outcome), *_rest(replace(outcome, sha256=""), view)):
        yield Text("-- ").append_text(text)


def _told_trial(outcome: Outcome) -> Iterator[Text]:
    """How many statements were tried, and each that was not."""
    if outcome.tried is not None and (outcome.tried or outcome.untried):
        yield line(f"tried and rolled back: {plural(outcome.tried, 'statement')}", indent=2)
    for each in outcome.untried:
        yield line(("not tried: ", "yellow"), f"{each.place}: {each.why}", indent=2)


def _header(outcome: Outcome, *, changed: str, sign: str = "") -> Text:
    word, style = _word(outcome, changed)
    schemas = f" → {_some(outcome.schemas, 5)}" if outcome.schemas else ""
    text = line(sign, (outcome.source, "bold"), schemas, "  ", (word, style))
    if outcome.changes:
        text.append_text(line("  ", (outcome.severity, _SEVERITY[outcome.severity])))
    text.append_text(line(_revision(outcome)))
    return text


def _revision(outcome: Outcome) -> str:
    """`  revision 3fa2c91b04de (create table users)  version 1.0.0`, as far as there is one."""
    if not outcome.revision:
        return ""
    about = outcome.applied or outcome.changes or outcome.status in ("pending", "held")
    where = "at revision" if outcome.status == "changed" else "revision"  # what `diff` shows has no revision yet
    message = f" ({outcome.message})" if about and outcome.message and where == "revision" else ""
    return f"  {where} {outcome.revision}{message}" + (f"  version {outcome.version}" if outcome.version else "")


def _word(outcome: Outcome, changed: str = "changed") -> tuple[str, str]:
    """The status in words, and its colour."""
    if outcome.status == "changed":
        return changed, "green" if changed == "changed" else "yellow"
    return _STATUS.get(outcome.status, (outcome.status, ""))


_MOST_CHANGES = 200


def _each_change(outcome: Outcome, view: View, told: Any) -> Iterator[Text]:
    """A line a change, with its findings; beyond so many, only what was found something about."""
    untold: list[JudgedChange] = []
    for number, judged in enumerate(outcome.changes):
        if _comes_back(judged):
            continue
        if view.cuts and number >= _MOST_CHANGES and not judged.told:
            untold.append(judged)
            continue
        yield told(judged.change)
        yield from _details(judged, view)
    if untold:
        counts = Counter(judged.change.kind for judged in untold)
        yield line(f"and {len(untold):,} more: {_counted(counts)} (--verbose shows all)", indent=2)


def _comes_back(judged: JudgedChange) -> bool:
    """Whether it is only out of the way for another change: told once, where it is made again."""
    return isinstance(judged.change, Drop) and judged.change.again and not judged.told


def _planned(change: Change) -> Text:
    """`+ table dw__shop__public.users`."""
    sign, style = _SIGNS[change.action]
    what = _what(change.kind, change.address)
    if isinstance(change, Rename):
        what = f"rename {_renamed(change)}"
    if isinstance(change, Create) and change.again:
        sign, style, what = *_SIGNS["alter"], f"{what} (dropped and made again)"
    if isinstance(change, Drop) and change.retired_as:
        what = f"{what} (retired)"
    elif isinstance(change, Drop) and change.again:
        what = f"{what} (made again below)"
    return line((f"{sign} ", style), what, indent=2)


def _done(change: Change) -> Text:
    """`added column dw__shop__public.users.email`."""
    if isinstance(change, Rename):
        return line(f"renamed {_renamed(change)}")
    again = isinstance(change, Create) and change.again
    if isinstance(change, Drop) and change.retired_as:
        return line(f"retired {_what(change.kind, change.address)}")
    return line(f"{'made again' if again else _PAST[change.action]} {_what(change.kind, change.address)}")


def _details(judged: JudgedChange, view: View) -> Iterator[Text]:
    for finding in judged.findings if view.verbose else judged.told:
        yield from _told_finding(finding)
        if view.verbose and finding.query:
            yield line((f"query: {finding.query}", "dim"), indent=8)
    if view.verbose:
        for statement, cost in zip(judged.statements, judged.costs or repeat(Cost()), strict=False):
            yield from (line((each.expandtabs(4), "dim"), indent=6) for each in statement.splitlines())
            if told := told_cost(cost):
                yield line(told, indent=8)


def _told_finding(finding: Finding) -> Iterator[Text]:
    yield line((finding.severity, _SEVERITY[finding.severity]), f" {finding.rule}: {finding.message}", indent=6)
    if finding.evidence:
        yield line(f"evidence: {finding.evidence}", indent=8)
    if finding.remedy:
        yield line(f"remedy: {finding.remedy}", indent=8)


_MOST_NAMES = 8
_MOST_STATEMENTS = 3


def _rest(outcome: Outcome, view: View) -> Iterator[Text]:
    """What is to be said beside the changes."""
    if outcome.message and (not outcome.revision or outcome.status == "purged"):
        yield line(outcome.message, indent=2)
    yield from _told_result(outcome)
    for warning in outcome.warnings:
        yield from lines_of(warning, ("warning: ", "yellow"), indent=2)
    most = _MOST_NAMES if not view.verbose else len(outcome.unmanaged) + len(outcome.drift)
    for what, names in (("changed by hand in the target", outcome.drift), ("unmanaged, left alone", outcome.unmanaged)):
        if names:
            yield line(f"{what}: {_some(names, most)}", indent=2)
    yield from _told_puts_back(outcome, view)
    if outcome.left_out:
        yield line(f"left out: {_counted(outcome.left_out)}", indent=2)
    if found := outcome.names_in_code:
        told = f"{found['proven']:,} of {sum(found.values()):,} names in bodies of functions are proven"
        yield line(told, indent=2)
    if view.verbose:
        yield from _told_all(outcome)
    if outcome.next_command:
        yield line("next: ", (outcome.next_command, "bold"), indent=2)


def _told_puts_back(outcome: Outcome, view: View) -> Iterator[Text]:
    """The statements that put back what was changed by hand."""
    if outcome.puts_back:
        yield line("put back by", indent=2)
    most = _MOST_NAMES if not view.verbose else len(outcome.puts_back)
    for each in outcome.puts_back[:most]:
        for part in f"{each};".splitlines():
            yield line(part.expandtabs(4), indent=4)
    if len(outcome.puts_back) > most:
        yield line(f"and {len(outcome.puts_back) - most:,} more (--verbose shows all)", indent=4)


def _told_result(outcome: Outcome) -> Iterator[Text]:
    """Whether it was verified, and which files to look at."""
    if outcome.verified is not None:
        model = "its revision says" if outcome.status == "pending" else "the source is"
        told = f"verified: the target is what {model}"
        yield line(told if outcome.verified else (f"not {told.replace(' is ', ' is not ', 1)}", "red"), indent=2)
    for what in ("ddl", "revision"):
        if what in outcome.paths and outcome.changes and outcome.ddl:
            yield line(f"{what}: {outcome.paths[what]}", indent=2)
    if _waits(outcome):
        yield line(f"sha256: {outcome.sha256}", indent=2)
    if outcome.rehearsal is not None:
        yield from _told_rehearsal(outcome.rehearsal)


def _told_rehearsal(found: Rehearsal) -> Iterator[Text]:
    """How it went, and what took longest."""
    word, style = ("went through", "green") if found.ok else ("failed", "bold red")
    ways = ", ".join(f"{each.direction} {each.seconds:.2f} s" for each in found.steps)
    rows = f"{plural(found.rows, 'row')} of {plural(found.tables, 'table')}"
    yield line("rehearsal: ", (word, style), f" on {found.where}, with {rows}{f': {ways}' if ways else ''}", indent=2)
    for each in found.faults:
        yield from lines_of(each, ("fault: ", "red"), indent=4)
    for each in found.told:
        yield from lines_of(each, ("note: ", "yellow"), indent=4)
    statements = sorted((one for each in found.steps for one in each.statements), key=lambda one: -one[1])
    for text, seconds in statements[:_MOST_STATEMENTS]:
        yield line(f"{seconds:.3f} s  {text}", indent=4)


def _waits(outcome: Outcome) -> bool:
    """Whether it is about a revision that waits, so that somebody may want to consent to exactly that one."""
    is_about_it = not outcome.applied or bool(outcome.went_ahead)
    return bool(outcome.sha256) and outcome.status in ("held", "pending") and is_about_it


def _told_all(outcome: Outcome) -> Iterator[Text]:
    for each in outcome.transformations:
        yield line(f"{each.source} → {each.target}  {each.what}: {each.why}", indent=2)
    if outcome.durations:
        took = ", ".join(f"{chapter} {seconds:.2f} s" for chapter, seconds in outcome.durations.items())
        yield line(f"took: {took}", indent=2)


# --- Several sources: tables -----------------------------------------------------------------------------------------


def summary(outcomes: Iterable[Outcome]) -> Iterator[Text]:
    """The table of all sources, after several."""
    head = heading("source", "status", "schemas", "tables", "changes", "revision", "version", "verified")
    yield line("")
    yield from columns([head, *(_summed(outcome) for outcome in outcomes)])


_VERIFIED = {True: "yes", False: "no", None: "-"}


def _summed(outcome: Outcome) -> list[Text]:
    numbers = (len(outcome.schemas), outcome.tables, len(outcome.changes))
    names = (outcome.revision or "-", outcome.version or "-", _VERIFIED[outcome.verified])
    return [line(outcome.source), line(_word(outcome)), *(line(f"{each:,}") for each in numbers), *map(line, names)]


def told_statuses(outcomes: Iterable[Outcome]) -> Iterator[Text]:
    """One line a source, or a revision with its checklist."""
    yield from columns(_status_row(outcome) for outcome in outcomes if not outcome.checklist)
    for outcome in outcomes:
        if outcome.checklist:
            yield from _told_checklist(outcome)


def _told_checklist(outcome: Outcome) -> Iterator[Text]:
    yield _header(outcome, changed="changed")
    for each in outcome.checklist:
        sign, style = ("[x] ", "green") if each.done else ("[ ] ", "yellow")
        yield line((sign, style), (each.name, "bold"), f": {each.found}", indent=2)
        if each.remedy:
            yield line(each.remedy, indent=6)
    if outcome.next_command:
        yield line("next: ", (outcome.next_command, "bold"), indent=2)


def _status_row(outcome: Outcome) -> list[Text]:
    named = {"revision": outcome.revision, "version": outcome.version, "since": outcome.since}
    named |= {"sha256": outcome.sha256[:12]} if _waits(outcome) else {}
    cells = [line(f"{name} {value}" if value else "") for name, value in named.items()]
    told = "; ".join(filter(None, (outcome.message, outcome.next_command and f"next: {outcome.next_command}")))
    return [line((outcome.source, "bold")), line(_word(outcome)), *cells, line(told)]


def told_history(entries: Iterable[HistoryEntry]) -> Iterator[Text]:
    """One line a revision, newest first within a source."""
    rows = [_history_row(entry) for entry in entries]
    head = heading("source", "revision", "version", "severity", "status", "created", "applied", "by", "took", "message")
    yield from columns([head, *rows]) if rows else [line("no revisions yet")]


def _history_row(entry: HistoryEntry) -> list[Text]:
    took = "-" if entry.duration is None else f"{entry.duration:.2f} s"
    cells = (entry.source, entry.revision, entry.version, entry.severity, entry.status, entry.created, entry.applied)
    return [line(cell or "-") for cell in (*cells, entry.by, took, entry.message)]


def told_rules(rules: Iterable[Described]) -> Iterator[Text]:
    """Each rule: what it looks for, and why."""
    for each in rules:
        yield line((each.rule, "bold"), f"  {each.looks_for}")
        yield from lines_of(each.why, indent=2)


def told_check(check: Doctored) -> Iterator[Text]:
    """A line of `doctor`, with the remedy under it."""
    word, style = (
        ("ok", "green") if check.ok else {"warning": ("warn", "yellow")}.get(check.severity, ("fail", "bold red"))
    )
    yield from lines_of(
        f"{check.check}{f': {check.found}' if check.found else ''}",
        (f"{word:<4}", style),
        f"  {check.subject}: ",
        indent=0,
    )
    if check.remedy and not check.ok:
        yield from lines_of(check.remedy, ("remedy: ", "bold"), indent=6)


# --- Documents for programs ------------------------------------------------------------------------------------------


def document(outcomes: Iterable[Outcome], code: int, further: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON of most commands; `further` names fields of Outcome beyond those that all of them show."""
    return {"sources": [outcome_json(outcome, further) for outcome in outcomes], "exit_code": code}


def outcome_json(outcome: Outcome, further: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON of one source: first the keys that programs rely on, then the rest."""
    return {
        "source": outcome.source,
        "status": outcome.status,
        "revision": outcome.revision,
        "version": outcome.version,
        "severity": str(outcome.severity),
        "changes": [change_json(judged) for judged in outcome.changes],
        **({"went_ahead": [change_json(judged) for judged in outcome.went_ahead]} if outcome.went_ahead else {}),
        "unmanaged": list(outcome.unmanaged),
        "left_out": dict(outcome.left_out),
        "error": outcome.error,
        **{name: _plain(getattr(outcome, name)) for name in (*_FURTHER, *further)},
        "checklist": [asdict(each) for each in outcome.checklist],
        "rehearsal": outcome.rehearsal and rehearsal_json(outcome.rehearsal),
        "transformations": [asdict(each) for each in outcome.transformations],
        "paths": {name: str(path) for name, path in outcome.paths.items()},
    }


def rehearsal_json(found: Rehearsal) -> dict[str, Any]:
    """The JSON of what came of a rehearsal."""
    steps = [
        {**asdict(each), "statements": [{"statement": text, "seconds": took} for text, took in each.statements]}
        for each in found.steps
    ]
    return {"ok": found.ok, **asdict(found), "steps": steps}


_FURTHER = (
    "drift",
    "puts_back",
    "names_in_code",
    "warnings",
    "schemas",
    "tables",
    "message",
    "sha256",
    "approved",
    "applied",
    "durations",
    "fingerprint",
    "since",
    "next_command",
    "verified",
    "exit_code",
)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [asdict(each) if is_dataclass(each) and not isinstance(each, type) else each for each in value]
    return value


def change_json(judged: JudgedChange) -> dict[str, Any]:
    """The JSON of one change; a rename tells its former address too, what is retired its new one."""
    change = judged.change
    return {
        "kind": change.kind,
        "address": str(change.address),
        "action": change.action,
        "severity": str(judged.severity),
        "statements": list(judged.statements),
        "effects": [cost_json(cost) for cost in judged.costs],
        "findings": [finding_json(finding) for finding in judged.findings],
        **({"old_address": str(change.old.address)} if isinstance(change, Rename) else {}),
        **({"retired_as": str(change.retired_as)} if isinstance(change, Drop) and change.retired_as else {}),
    }


def cost_json(cost: Cost) -> dict[str, Any]:
    """The JSON of what one statement costs others; `seconds` from and to, of which nobody knows better yet: guessed."""
    effect = cost.effect
    return {
        "locks": [{"table": f"{place.schema}.{place.name}", "mode": str(mode)} for place, mode in effect.locks],
        "blocks": cost.blocks,
        "rewrites": effect.rewrites,
        "scans": effect.scans,
        "rows": cost.size.rows,
        "bytes": cost.size.bytes,
        "seconds": [round(each, 3) for each in cost.seconds],
        "measured": cost.measured,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """The JSON of one finding."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "evidence": finding.evidence,
        "remedy": finding.remedy,
        "query": finding.query,
    }


def history_json(entries: Iterable[HistoryEntry], outcomes: Iterable[Outcome], code: int) -> dict[str, Any]:
    """The JSON of `history`; sources whose history could not be read are told apart."""
    errors = {outcome.source: outcome.error for outcome in outcomes if outcome.error}
    return {"history": [asdict(entry) for entry in entries], "errors": errors, "exit_code": code}


def check_json(check: Doctored) -> dict[str, Any]:
    """The JSON of one check of `doctor`."""
    return asdict(check)

"""A plan written down: the Alembic revision file, and the DDL file that a person reads; pure text, both ways."""

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import accumulate, takewhile
from typing import Any

from dw_migration.changes import Retired
from dw_migration.costs import told
from dw_migration.errors import BrokenHistory
from dw_migration.hand_written import steps_of
from dw_migration.kind import Address
from dw_migration.plan import Batch, JudgedChange, Plan, Proof
from dw_migration.rule import Severity

Batches = tuple[Batch, ...]

LONGEST_MESSAGE = 100
LONGEST_SLUG = 40
ID_LENGTH = 12
FIRST_VERSION = "1.0.0"
_LISTED_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a source's schema in the target: frozen SQL, up and down, and what is known of it."""

    id: str
    """From (source, parent, up, down): the same plan has the same id."""
    parent: str | None
    source: str
    message: str
    version: str
    severity: Severity
    created: datetime
    starts_from: str
    """Digest of the managed objects of the target from which the plan starts."""
    up: Batches
    down: Batches
    sha256: str
    """Of `up`: what consent is bound to."""
    loses_rows: tuple[str, ...] = ()
    hand_written: bool = False
    """Made by `dw-migration revision` or `alembic revision`: its code is its own, and is run by Alembic."""
    proofs: tuple[Proof, ...] = ()
    """What its severity rests on: asked again before it is applied. Files of older versions have none."""
    down_proofs: tuple[Proof, ...] = ()
    """What the rows must prove before it is taken back, or its way down makes other values of them."""
    retired: tuple[Retired, ...] = ()
    """What the way up puts aside with its rows."""

    @property
    def slug(self) -> str:
        """The message as part of a file's name: `[a-z0-9_]`."""
        return re.sub(r"[^a-z0-9]+", "_", self.message.lower())[:LONGEST_SLUG].strip("_") or "revision"

    @property
    def stem(self) -> str:
        """The name of the revision's file, without `.py`."""
        return f"{self.created:%Y%m%d}_{self.slug}_{self.id}"


def revision_of(
    plan: Plan,
    *,
    source: str,
    parent: str | None,
    previous_version: str | None,
    starts_from: str,
    created: datetime,
    message: str | None = None,
) -> Revision:
    """The plan as a revision behind `parent`; without a message it gets one from its changes."""
    return Revision(
        id=id_of(source, parent, plan.up, plan.down),
        parent=parent,
        source=source,
        message=one_line(message) if message else message_of(plan.changes),
        version=next_version(previous_version, plan),
        severity=plan.severity,
        created=created.astimezone(UTC).replace(microsecond=0),
        starts_from=starts_from,
        up=plan.up,
        down=plan.down,
        sha256=sha256_of(plan.up),
        loses_rows=plan.loses_rows,
        proofs=plan.proofs,
        down_proofs=plan.down_proofs,
        retired=plan.retired,
    )


# --- identity ---------------------------------------------------------------------------------------------------------


def batches_json(batches: Iterable[Batch]) -> str:
    """The batches as JSON in ASCII, so that any text comes back as it was."""
    return json.dumps([[batch.transactional, list(batch.statements)] for batch in batches])


def batches_of(text: str) -> Batches:
    """What `batches_json` wrote."""
    return tuple(Batch(tuple(statements), transactional) for transactional, statements in json.loads(text))


def proofs_json(proofs: Iterable[Proof]) -> str:
    """The proofs as JSON in ASCII."""
    return json.dumps([_proof_values(each) for each in proofs])


def _proof_values(proof: Proof) -> list[Any]:
    return [proof.query, proof.counts, list(proof.calls), *(() if proof.at is None else (proof.at,))]


def proofs_from(text: str) -> tuple[Proof, ...]:
    """What `proofs_json` wrote."""
    return frozen_proofs(json.loads(text))


def frozen_proofs(written: Any) -> tuple[Proof, ...]:
    """The proofs that a revision file's PROOFS or DOWN_PROOFS holds. Raises: TypeError, ValueError."""
    return tuple(
        Proof(_text(query), _text(counts), tuple(map(_text, calls)), *map(int, at))
        for query, counts, calls, *at in written
    )


def sha256_of(batches: Iterable[Batch]) -> str:
    """Hash of what runs, to the letter, and of where it is committed."""
    return hashlib.sha256(batches_json(batches).encode()).hexdigest()


def judged_of(revision: Revision) -> str:
    """Hash of what was found out about the statements, and of what they put aside: SHA256 is over none of it."""
    told = [
        revision.sha256,
        str(revision.severity),
        [_proof_values(each) for each in revision.proofs],
        list(revision.loses_rows),
        retired_values(revision.retired),
        *([[_proof_values(each) for each in revision.down_proofs]] if revision.down_proofs else ()),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def id_of(source: str, parent: str | None, up: Iterable[Batch], down: Iterable[Batch]) -> str:
    """The revision's id, which is a hash of what it is."""
    told = json.dumps([source, parent, batches_json(up), batches_json(down)])
    return hashlib.sha256(told.encode()).hexdigest()[:ID_LENGTH]


def next_version(previous: str | None, plan: Plan) -> str:
    """The semantic version behind `previous`: breaking is major, structural is minor, comments alone are a patch."""
    if previous is None:
        return FIRST_VERSION
    major, minor, patch = map(int, previous.split("."))
    if plan.severity is Severity.BREAKING:
        return f"{major + 1}.0.0"
    if plan.changes and all(each.change.kind == "comment" for each in plan.changes):
        return f"{major}.{minor}.{patch + 1}"
    return f"{major}.{minor + 1}.0"


# --- words ------------------------------------------------------------------------------------------------------------

_VERBS = {"create": "add", "drop": "drop", "alter": "alter", "rename": "rename"}


def message_of(changes: Sequence[JudgedChange]) -> str:
    """What changes, in a line: each by its name, or if they are more than three a count by kind."""
    told = [each for each in changes if not getattr(each.change, "again", False)]
    if len(told) <= _LISTED_CHANGES:
        return one_line(", ".join(_named(each) for each in told) or "nothing")
    counts = Counter((_VERBS[each.change.action], each.change.kind) for each in told)
    return one_line(", ".join(f"{verb} {count} {_plural(kind, count)}" for (verb, kind), count in counts.items()))


def _named(judged: JudgedChange) -> str:
    change: Any = judged.change
    verb, kind = _VERBS[change.action], _words(change.kind)
    if change.action == "rename":
        return f"rename {kind} {_short(change.old.address)} to {change.address.name or _short(change.address)}"
    return f"{verb} {kind} {_short(change.address)}"


def _short(address: Any) -> str:
    return ".".join(part for part in (address.owner, address.name) if part) or str(address)


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _plural(kind: str, count: int) -> str:
    words = _words(kind)
    if count == 1:
        return words
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s", "ch")) else f"{words}s"


def one_line(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """The text on one line, what does not print escaped, and cut where it is too long."""
    line = escaped(" ".join(text.split(" ")).strip())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def escaped(text: str) -> str:
    """The text with newlines, control, bidirectional and other unprintable characters written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# --- the DDL file -----------------------------------------------------------------------------------------------------


def ddl_text(revision: Revision, plan: Plan | None = None) -> tuple[str, tuple[int, ...]]:
    """The DDL file, and the line (from 1) on which each statement starts; the plan adds findings and the table."""
    head = "".join(f"-- {escaped(line)}".rstrip() + "\n" for line in _head(revision, plan))
    text = head + body_text(revision.up)
    return text, statement_lines(text, revision.up)


def statement_lines(ddl: str, up: Batches) -> tuple[int, ...]:
    """The line of each statement in a DDL file that holds `up`, whatever stands in its head."""
    pieces = list(_pieces(up))
    above = ddl.count("\n") - sum(piece.count("\n") for _, piece in pieces)
    starts = accumulate((piece.count("\n") for _, piece in pieces), initial=above + 1)
    return tuple(line for line, (is_statement, _) in zip(starts, pieces, strict=False) if is_statement)


def locks_in(ddl: str) -> tuple[str, ...]:
    """What the head of a DDL file says that its statements lock, and who waits; one line each."""
    lines = iter(ddl.splitlines())
    for line in lines:
        if line == "-- locks":
            break
    return tuple(line.removeprefix("--").strip() for line in takewhile(lambda each: each.startswith("--   "), lines))


def body_text(batches: Batches) -> str:
    """The DDL file below its head; of the way down, what its file would be."""
    return "".join(piece for _, piece in _pieces(batches))


def _pieces(batches: Batches) -> Iterator[tuple[bool, str]]:
    """(whether it is a statement, text) of the body."""
    for number, batch in enumerate(batches, 1):
        how = "committed together" if batch.transactional else "in no transaction"
        yield False, f"\n-- batch {number} of {len(batches)}, {how}\n\n"
        for statement in batch.statements:
            yield True, f"{statement};\n"


def _head(revision: Revision, plan: Plan | None) -> Iterator[str]:
    yield revision.message
    yield ""
    yield f"source      {revision.source}"
    yield f"revision    {revision.id}"
    yield f"parent      {revision.parent or 'none'}"
    yield f"version     {revision.version}"
    yield f"severity    {revision.severity}"
    yield f"starts from {revision.starts_from}"
    yield f"sha256      {revision.sha256} (of the statements and their batches)"
    if revision.loses_rows:
        yield f"the way down loses the rows of {', '.join(revision.loses_rows)}"
    if plan is not None:
        yield from _findings(plan)
        yield from _proofs("what the rows proved, and must prove again before it is applied", plan.proofs)
        yield from _proofs("what the rows must prove before the way down", plan.down_proofs)
        yield from _costs(plan)
        yield from _table(plan)


def _findings(plan: Plan) -> Iterator[str]:
    found = [(judged.change, finding) for judged in plan.changes for finding in judged.told]
    if found:
        yield ""
        yield "findings"
    for change, finding in found:
        yield f"  {finding.severity} {finding.rule}: {_words(change.kind)} {change.address}: {finding.message}"
        if finding.evidence:
            yield f"    evidence: {finding.evidence}"
        if finding.remedy:
            yield f"    remedy: {finding.remedy}"


def _proofs(title: str, proofs: Sequence[Proof]) -> Iterator[str]:
    if proofs:
        yield ""
        yield f"{title}: there are no"
    for proof in proofs:
        yield f"  {proof.counts}" + ("" if proof.at is None else f", once batch {proof.at + 1} has its locks")
        yield f"    {proof.query}"


def _costs(plan: Plan) -> Iterator[str]:
    """What each statement costs others, by its number in the file."""
    costs = [cost for judged in plan.changes for cost in judged.costs]
    lines = [f"  statement {number}: {text}" for number, cost in enumerate(costs, 1) if (text := told(cost))]
    if lines:
        yield ""
        yield "locks"
        yield from lines


def _table(plan: Plan) -> Iterator[str]:
    if not plan.transformations:
        return
    rows = [(each.source, each.target, each.what, each.why) for each in plan.transformations]
    shown = [("source", "target", "what", "why"), *(tuple(map(escaped, row)) for row in rows)]
    widths = [min(40, max(len(row[column]) for row in shown)) for column in range(4)]
    yield ""
    for row in shown:
        yield "  " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


# --- the Alembic file -------------------------------------------------------------------------------------------------

_SCRIPT = """\
{doc}

# Written by dw_migration and frozen: the ledger holds the same text, and refuses an edited file.
# A step of your own is a revision of its own: dw-migration revision {source} -m "what it does".

from alembic import op

from dw_migration.live.apply import run

revision = {id}
down_revision = {parent}
branch_labels = None
depends_on = None

SOURCE = {source_literal}
MESSAGE = {message}
VERSION = {version}
SEVERITY = {severity}
CREATED = {created}
STARTS_FROM = {starts_from}
SHA256 = {sha256}
JUDGED = {judged}
LOSES_ROWS = {loses_rows}
{proofs}{down_proofs}
RETIRED = {retired}

# Batches: (in a transaction?, statements)
UP = {up}
DOWN = {down}


def upgrade() -> None:
    run(op.get_context(), SOURCE, revision, "up", UP)


def downgrade() -> None:
    run(op.get_context(), SOURCE, revision, "down", DOWN)
"""


def script_text(revision: Revision) -> str:
    """The revision as a file that Alembic loads; every text in it is a literal, nothing is code."""
    return _SCRIPT.format(
        doc=repr(f"{revision.message}\n\nsource {revision.source}, {revision.version}, {revision.severity}"),
        source=one_line(revision.source),
        id=repr(revision.id),
        parent=repr(revision.parent),
        source_literal=repr(revision.source),
        message=repr(revision.message),
        version=repr(revision.version),
        severity=repr(str(revision.severity)),
        created=repr(revision.created.isoformat()),
        starts_from=repr(revision.starts_from),
        sha256=repr(revision.sha256),
        judged=repr(judged_of(revision)),
        loses_rows=repr(list(revision.loses_rows)),
        proofs=_proofs_literal("PROOFS", "its severity rests on", revision.proofs),
        down_proofs=_proofs_literal("DOWN_PROOFS", "its way down makes other values of", revision.down_proofs),
        retired=repr(retired_values(revision.retired)),
        up=_batches_literal(revision.up),
        down=_batches_literal(revision.down),
    )


def _proofs_literal(name: str, what: str, proofs: tuple[Proof, ...]) -> str:
    if not proofs:
        return ""
    lines = "".join(f"    ({', '.join(map(repr, _proof_values(each)))}),\n" for each in proofs)
    told = "(query, what it counts none of, what it calls, the batch under whose locks it is asked: from 0)"
    return f"\n# What {what}: {told}\n{name} = [\n{lines}]\n"


def _batches_literal(batches: Batches) -> str:
    if not batches:
        return "[]"
    return "[\n" + "".join(_batch_literal(batch) for batch in batches) + "]"


def _batch_literal(batch: Batch) -> str:
    statements = "".join(f"            {_text_literal(text)},\n" for text in batch.statements)
    return f"    (\n        {batch.transactional},\n        [\n{statements}        ],\n    ),\n"


def _text_literal(text: str) -> str:
    """A literal of the text; one of several lines is written line by line."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if len(lines) <= 1:
        return repr(text)
    return "(\n" + "".join(f"                {line!r}\n" for line in lines) + "            )"


@dataclass(slots=True)
class _Parsed:
    name: str
    values: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        try:
            return self.values[key]
        except KeyError:
            raise BrokenHistory(
                f"{self.name}: holds no {key} as a literal: delete the file, it is restored from the ledger"
            ) from None


def parse_script(text: str, name: str = "the revision file") -> Revision:
    """The revision that the text holds, read without importing it; `hand_written` where it is not one of ours.

    One of an older version, whose severity no hash vouches for, is breaking.
    Raises: BrokenHistory where the text is no revision, or one of ours that its SHA256, id or JUDGED does not fit.
    """
    parsed = _Parsed(name, dict(_assignments(text, name)))
    if "SHA256" not in parsed.values and "UP" not in parsed.values:
        return _hand_written(parsed, text)
    try:
        revision = _revision(parsed)
    except (TypeError, ValueError, KeyError) as fault:
        raise BrokenHistory(
            f"{name}: is no revision of ours any more ({one_line(str(fault))}): delete the file, "
            f"it is restored from the ledger"
        ) from None
    _check(revision, parsed)
    if "JUDGED" not in parsed.values:
        return replace(revision, severity=Severity.BREAKING)  # nothing vouches for another
    return revision


def _assignments(text: str, name: str) -> Iterator[tuple[str, Any]]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise BrokenHistory(f"{name}: is not Python: {one_line(str(fault))}: mend or delete the file") from None
    yield "__doc__", ast.get_docstring(module) or ""
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=key)], value=value)
                | ast.AnnAssign(target=ast.Name(id=key), value=ast.expr() as value)
            ):
                yield from _literal(key, value)


def _literal(key: str, value: ast.expr) -> Iterator[tuple[str, Any]]:
    try:
        yield key, ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return


def _revision(parsed: _Parsed) -> Revision:
    return Revision(
        id=_text(parsed["revision"]),
        parent=None if parsed["down_revision"] is None else _text(parsed["down_revision"]),
        source=_text(parsed["SOURCE"]),
        message=_text(parsed["MESSAGE"]),
        version=_text(parsed["VERSION"]),
        severity=Severity[_text(parsed["SEVERITY"]).upper()],
        created=datetime.fromisoformat(_text(parsed["CREATED"])),
        starts_from=_text(parsed["STARTS_FROM"]),
        up=frozen_batches(parsed["UP"]),
        down=frozen_batches(parsed["DOWN"]),
        sha256=_text(parsed["SHA256"]),
        loses_rows=tuple(map(_text, parsed["LOSES_ROWS"])),
        proofs=frozen_proofs(parsed.values.get("PROOFS", ())),
        down_proofs=frozen_proofs(parsed.values.get("DOWN_PROOFS", ())),
        retired=retired_of(parsed.values.get("RETIRED", ())),  # older files do not say it
    )


def retired_values(retired: Iterable[Retired]) -> list[list[list[str]]]:
    """Plain lists, for a file or JSON: `[[kind, schema, owner, name, of], [...]]` each."""
    return [[list(each.was), list(each.kept)] for each in retired]


def retired_of(values: Iterable[Any]) -> tuple[Retired, ...]:
    """What `retired_values` made. Raises: TypeError, ValueError."""
    return tuple(Retired(Address(*map(_text, was)), Address(*map(_text, kept))) for was, kept in values)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text and found {type(value).__name__}")
    return value


def frozen_batches(written: Any) -> Batches:
    """The batches that a revision file's UP or DOWN holds. Raises: TypeError, ValueError."""
    return tuple(
        Batch(tuple(_text(each) for each in statements), bool(transactional)) for transactional, statements in written
    )


def _check(revision: Revision, parsed: _Parsed) -> None:
    found = sha256_of(revision.up)
    if found != revision.sha256:
        raise BrokenHistory(
            f"{parsed.name}: was edited: its UP has the sha256 {found}, and SHA256 says {one_line(revision.sha256)}: "
            f"delete the file, it is restored from the ledger; a step of your own is a revision of its own"
        )
    made = id_of(revision.source, revision.parent, revision.up, revision.down)
    if made != revision.id:
        raise BrokenHistory(
            f"{parsed.name}: was edited: source, parent, UP and DOWN make the id {made}, and revision says "
            f"{one_line(revision.id)}: delete the file, it is restored from the ledger"
        )
    judged, said = judged_of(revision), parsed.values.get("JUDGED", "")
    if said and said != judged:
        raise BrokenHistory(
            f"{parsed.name}: was edited: SEVERITY, PROOFS, DOWN_PROOFS, LOSES_ROWS and RETIRED have the sha256 "
            f"{judged}, and JUDGED says {one_line(str(said))}: delete the file, it is restored from the ledger"
        )
    for each in revision.retired:
        if not each.is_hidden:
            raise BrokenHistory(
                f"{parsed.name}: was edited: RETIRED says {one_line(str(each.kept))}, which is no name of what is put "
                f"aside: delete the file, it is restored from the ledger"
            )


# --- hand-written -----------------------------------------------------------------------------------------------------

_OWN = """\
{doc}

from alembic import op
from dw_migration import batches

revision = {id}
down_revision = {parent}
branch_labels = None
depends_on = None

# It runs as a revision of dw_migration does: once, under the lock of {source}, by `dw-migration apply {source}` or
# `alembic upgrade head`. Names without a schema mean those of {schema}. What it makes is its own: no plan touches it.
# Statements that could lose rows, and code that cannot be judged without running it, wait for `dw-migration approve`.
#
#   batches.execute("CREATE VIEW {schema}.big AS SELECT ...")       one statement, to the letter
#   batches.update("{schema}.orders", "note = trim(note)", where="note <> trim(note)")   with a commit between
#   op.create_index(...)                                            whatever Alembic has, behind the last of these


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
"""


def own_script_text(revision: Revision, schema: str) -> str:
    """An empty revision file, for somebody to fill in."""
    doc = (
        f"{revision.message}\n\nRevision ID: {revision.id}\nRevises: {revision.parent or ''}\n"
        f"Create Date: {revision.created:%Y-%m-%d %H:%M:%S+00:00}\n"
    )
    return _OWN.format(
        doc='"""' + doc.replace("\\", "\\\\").replace('"', "'") + '"""',
        id=repr(revision.id),
        parent=repr(revision.parent),
        source=one_line(revision.source),
        schema=one_line(schema),
    )


def own_revision(source: str, parent: str | None, message: str, created: datetime) -> Revision:
    """A revision whose code somebody is going to write."""
    id_ = hashlib.sha256(json.dumps([source, parent, message, created.isoformat()]).encode()).hexdigest()[:ID_LENGTH]
    created = created.astimezone(UTC).replace(microsecond=0)
    told = one_line(message) or "hand-written"
    return Revision(id_, parent, source, told, "", Severity.SAFE, created, "", (), (), "", hand_written=True)


def steps_text(revision: Revision, script: str) -> str:
    """What a hand-written revision does on its way up, as its DDL file would tell it."""
    lines = [f"-- {revision.message}", "--", f"-- revision    {revision.id}, hand-written"]
    lines += [f"-- severity    {revision.severity}", f"-- sha256      {revision.sha256} (of its file)"]
    if revision.loses_rows:
        lines.append(f"-- the way down loses the rows of {escaped(', '.join(revision.loses_rows))}")
    for each in steps_of(script, "upgrade"):
        lines += ["", f"-- line {each.line}: {each.severity}: {escaped(each.message)}", f"{each.text};"]
    return "\n".join(lines) + "\n"


_CREATED = re.compile(r"^Create Date: (\S+ \S+)", re.MULTILINE)


def _hand_written(parsed: _Parsed, text: str) -> Revision:
    parent = parsed["down_revision"]
    if isinstance(parent, list | tuple):
        raise BrokenHistory(
            f"{parsed.name}: merges {', '.join(map(str, parent))}: a source has one history: delete all branches "
            f"but one, and `alembic revision` your steps anew behind it"
        )
    doc = parsed["__doc__"]
    up, down = steps_of(text, "upgrade"), steps_of(text, "downgrade")
    return Revision(
        id=_text(parsed["revision"]),
        parent=parent,
        source="",
        message=one_line(doc.split("\n")[0]) or "hand-written",
        version="",
        severity=max((each.severity for each in up), default=Severity.SAFE),
        created=_created(doc),
        starts_from="",
        up=(),
        down=(),
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        loses_rows=tuple(dict.fromkeys(each.loses for each in down if each.loses)),
        hand_written=True,
    )


def _created(doc: str) -> datetime:
    """When Alembic's template says that the file was made."""
    found = _CREATED.search(doc)
    try:
        made = datetime.fromisoformat(found[1]) if found else datetime.fromtimestamp(0, UTC)
    except ValueError:
        made = datetime.fromtimestamp(0, UTC)
    return made if made.tzinfo else made.replace(tzinfo=UTC)

"""The whole life of a case on real servers: from nothing, forward, back, and forward again."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
import pytest
from postgast.errors import PgQueryError
from postgast.scan import scan

from dw_migration.catalog import Catalog
from dw_migration.changes import Base, Difference, Drops, Fill, diff
from dw_migration.changes.origins import tables_in
from dw_migration.changes.retire import hidden_in
from dw_migration.config import Config, Objects, load_config
from dw_migration.errors import DwMigrationError
from dw_migration.fills import defaulted, fill_of, filled, said
from dw_migration.kind import Address
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration.live.privileges import Held, Keeper
from dw_migration.live.reader import read_target
from dw_migration.live.settle import compare, settled
from dw_migration.live.sizes import read_sizes
from dw_migration.live.source import Desired, desired_of, read_source
from dw_migration.online import online
from dw_migration.plan import Batch, Plan, plan_of
from dw_migration.sql import names, quoted
from dw_migration.sqlfiles.statements import split

DATABASE = "app"
"""The source's: its schemas are `dw__app__...` in the target."""
CARRIED = {
    **dict.fromkeys(("functions", "triggers", "rules", "policies"), "keep"),
    "security_definer": True,
}
"""What is carried over besides what is by itself."""
SECTIONS = ("before", "rows", "target", "after", "fill", "plan", "error")
OF_JUDGEMENTS = ("before", "after", "rows that break it", "rows that do not", "read")
"""The sections of a file in `judgements/`: see `judgement.py`."""
Rows = Mapping[str, list[dict[str, Any]]]
"""By table of the target, sorted."""

# --- A case as a file -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One file: what is there before, what the application does, what we plan."""

    path: Path
    head: tuple[str, ...]
    """What holds, and remarks: `needs`, `loses`, `keeps`, `rows differ`, `flattened`, `grants kept`,
    `online`, `drops retired`."""
    sections: Mapping[str, str]

    @classmethod
    def of(cls, path: Path) -> "Case":
        """The case that the file tells."""
        head: list[str] = []
        sections: dict[str, list[str]] = {}
        lines = head
        for line in path.read_bytes().decode().split("\n"):  # a plan may hold other ends of lines
            if line.startswith("-- ") and line[3:] in {*SECTIONS, *OF_JUDGEMENTS}:
                lines = sections.setdefault(line[3:], [])
            else:
                lines.append(line)
        return cls(path, tuple(head), {name: "\n".join(text).strip() for name, text in sections.items()})

    def has(self, remark: str) -> bool:
        """Whether the head says so."""
        return any(line.startswith(f"-- {remark}") for line in self.head)

    def remarks(self, word: str) -> tuple[str, ...]:
        """What stands behind `-- word:` in the head, at commas."""
        found = [line.split(":", 1)[1] for line in self.head if line.startswith(f"-- {word}:")]
        return tuple(sorted(part.strip() for text in found for part in text.split(",")))

    @property
    def needs(self) -> int:
        """The oldest major version that knows what is in it."""
        return int((*self.remarks("needs"), "0")[0])

    def accept(self, outcome: "Outcome") -> None:
        """Write down what came of it."""
        sections = {name: text for name, text in self.sections.items() if name not in {"plan", "error"}}
        sections |= {"error": outcome.error} if outcome.error else {"plan": outcome.plan}
        head = [line for line in self.head if line and not line.startswith(("-- loses:", "-- keeps:"))]
        head += [f"-- loses: {', '.join(outcome.loses)}"] if outcome.loses else []
        head += [f"-- keeps: {', '.join(outcome.keeps)}"] if outcome.keeps else []
        parts = ["\n".join(head), *(f"-- {name}\n{sections[name]}" for name in SECTIONS if name in sections)]
        self.path.write_bytes(("\n\n".join(parts) + "\n").encode())


@dataclass
class Outcome:
    """What came of a case."""

    plan: str = ""
    error: str = ""
    loses: tuple[str, ...] = ()
    """Tables and columns whose values are not back after the way down."""
    keeps: tuple[str, ...] = ()
    """What the way down leaves as the way up made it."""


def plan_text(plan: Plan) -> str:
    """Findings and statements, in the order of their changes; a line where a transaction ends."""
    ends = [len(batch.statements) for batch in plan.up][:-1]
    lines, left = [], ends.pop(0) if ends else -1
    for change in plan.changes:
        assert change.findings, f"no rule says anything of {change.change.action} {change.change.kind}"
        lines += [f"-- finding: {each.rule} {each.severity}" for each in change.findings if each.severity]
        for text in change.statements:
            if left == 0:
                lines.append("-- commit")
                left = ends.pop(0) if ends else -1
            lines.append(text + ";")
            left -= 1
    return "\n".join(lines) or "-- nothing"


# --- A source and a target --------------------------------------------------------------------------------------------


@dataclass
class Step:
    """What one look at both sides gives."""

    desired: Desired
    difference: Difference
    plan: Plan


@dataclass(repr=False)  # hypothesis would print a catalog of megabytes
class Stage:
    """One source database and one target database, emptied between the cases."""

    source_server: Server
    target_server: Server
    folder: Path
    naming: str = "{}"
    online: bool = False
    """Whether tables with rows are changed so that nobody waits for them."""
    fills: tuple[str, ...] = ()
    """What rows get, one `table.column=EXPR` a line."""
    opened: ExitStack = field(default_factory=ExitStack)
    base: Base = field(default_factory=Base)
    drops: Drops = field(default_factory=Drops)
    hidden: set[str] = field(default_factory=set)
    """Names of retired columns."""
    there: frozenset[Address] = frozenset()
    """What stood in the target before the way up, also what is not ours."""
    config: Config = field(init=False)
    app: psycopg.Connection[Any] = field(init=False)
    target: psycopg.Connection[Any] = field(init=False)

    def set_up(self) -> None:
        """Make the databases and the connections."""
        for server, name in ((self.source_server, DATABASE), (self.target_server, "warehouse")):
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        path = self.folder / "dw_migration.yaml"
        path.write_text(
            f"target: {{url: '{self.target_server.url('warehouse')}'}}\n"
            f"sources: {{app: {{url: '{self.source_server.url(DATABASE)}'}}}}\nnaming: {self.naming}\n"
        )
        self.config = load_config(path)
        self.app = self.opened.enter_context(psycopg.connect(self.source_server.url(DATABASE), autocommit=True))
        self.target = self.opened.enter_context(connect_target(self.config.target, application_name="tests"))

    def reset(self) -> None:
        """Empty both databases."""
        self.base = Base()
        self.hidden.clear()
        self.app.execute("RESET ALL; SET timezone TO 'UTC'; SET client_min_messages TO warning")
        for connection in (self.app, self.target):
            emptied(connection)
        for connection in (self.app, self.target):
            connection.execute(WITHOUT_ROLES)

    def shape(self, **objects: Any) -> None:
        """Carry the source's objects over as these settings say."""
        self.config = self.config.model_copy(update={"objects": Objects(**{**CARRIED, **objects})})

    def run_app(self, text: str) -> None:
        """Run what the application does, each statement for itself."""
        for each in (statement.text for statement in split(text)):
            self.app.execute(each)

    def run(self, batches: Iterable[Batch]) -> None:
        """Run our statements as `live.batches` does."""
        held: Held = {}
        for batch in batches:
            keeper = Keeper(self.target, sorted(self.schemas()), batch.statements, held)
            with self.target.transaction() if batch.transactional else nullcontext():
                path = f"pg_catalog, {names(sorted(self.schemas()))}, pg_temp" if self.schemas() else "pg_catalog"
                self.target.execute("SELECT set_config('search_path', %s, true)", [path])
                self.target.execute("SET LOCAL check_function_bodies = off")
                for at, statement in enumerate(batch.statements):
                    keeper.before(at)
                    self.target.execute(statement.encode(), binary=True)
                    keeper.after(at)
            held = keeper.held

    def schemas(self) -> set[str]:
        """Ours in the target, as far as base knows."""
        return {address.schema for address in self.base.desired.objects if address.kind == "schema"}

    def desired(self) -> Desired:
        """The source as it is now, under target names."""
        source = self.config.sources["app"]
        return desired_of(self.config, source, read_source(self.config, source, application_name="tests"), self.target)

    def look(self, **options: bool) -> Step:
        """What there is to do, settled as `migrate` does it."""
        desired = self.desired()
        current = self.given(desired)

        def compared(same: Collection[Any] = ()) -> Difference:
            known: dict[str, Any] = {"registered": self.schemas(), "drops": self.drops, **options}
            return diff(self.base, current, desired.catalog, settled=set(same), **known)

        difference = compared()
        same = settled(self.target, difference.doubtful)
        difference = compared(same) if same else difference
        sizes = read_sizes(self.target, tables_in(difference)) if self.online or self.fills else {}
        if self.fills:
            difference = filled(difference, dict(map(_fill, self.fills)), sizes)
        if self.online:
            difference = defaulted(difference, sizes)
            difference = online(difference, sizes, version=self.target.info.server_version)
        return Step(desired, difference, plan_of(difference))

    def given(self, desired: Desired | None = None) -> Catalog:
        """The target as it is now, without what is retired."""
        now = read_target(self.target, {*(desired.schemas if desired else ()), *self.schemas()})
        hidden = hidden_in(now, self.hidden)
        return now.only(now.objects.keys() - hidden) if hidden else now

    def settle_down(self, desired: Desired) -> None:
        """Take what is there now as base, and prove that nothing is left to do."""
        given = self.given(desired)
        compared = compare(self.target, given, desired.catalog)
        assert compared.equal, compared.told()
        self.base = Base(desired.catalog, given)
        again = diff(self.base, given, desired.catalog, registered=self.schemas(), drops=self.drops)
        assert not again.changes, [(each.action, each.address) for each in again.changes]
        assert not again.drift

    def forward(self) -> Step:
        """Go where the source is, and prove it."""
        step = self.look()
        self.run(step.plan.up)
        self.settle_down(step.desired)
        return step

    # -- rows

    def copy_rows(self) -> None:
        """Carry the source's rows over, as they are."""
        desired = self.desired()
        self.target.execute("SET session_replication_role TO replica")
        for table, source in tables_of(desired).items():
            columns = [c for c in desired.catalog.objects if c.kind == "column" and c[1:3] == (table[0], table[1])]
            plain = [c for c in columns if not desired.catalog.objects[c].generated]  # type: ignore[attr-defined]
            there = ", ".join(quoted(desired.originals[c]) for c in plain)
            here = ", ".join(quoted(c.name) for c in plain)
            if not plain:
                continue
            partitioned = desired.catalog.objects[Address("table", *table[:1], name=table[1])].partition_by  # type: ignore[attr-defined]
            only = "" if partitioned or self.config.objects.partitions == "flatten" else "ONLY "
            with (
                self.app.cursor().copy(f"COPY (SELECT {there} FROM {only}{dotted(source)}) TO STDOUT") as out,
                self.target.cursor().copy(f"COPY {dotted(table)} ({here}) FROM STDIN") as into,
            ):
                for block in out:
                    into.write(block)
        self.target.execute("RESET session_replication_role")

    def rows(self) -> Rows:
        """All rows of the target's tables."""
        return {".".join(table): _rows(self.target, table) for table in tables_of(self.desired_base())}

    def desired_base(self) -> Desired:
        """Base's tables, with no names of a source."""
        return Desired(self.base.desired, {}, {}, ())

    def rows_of_source(self, desired: Desired) -> Rows:
        """All rows of the source's tables, under target names."""
        return {".".join(table): _rows(self.app, source) for table, source in tables_of(desired).items()}

    # -- dumps

    def dump_of_source(self, desired: Desired) -> Counter[str]:
        """What pg_dump says of the source, under target names."""
        schemas = {source: target for target, source in desired.schemas.items()}
        return normalised(self._dump(self.source_server, DATABASE), schemas)

    def dump_of_target(self) -> Counter[str]:
        """What pg_dump says of the target."""
        return normalised(self._dump(self.target_server, "warehouse"), {})

    def _dump(self, server: Server, database: str) -> str:
        return dump(server, database, privileges=self.config.objects.grants == "keep")


def _fill(line: str) -> tuple[Address, Fill]:
    found = said(line)
    return Address("column", f"dw__{DATABASE}__public", found.table, found.column), fill_of(found.expression)


def dotted(table: tuple[str, ...]) -> str:
    """A name as SQL."""
    return ".".join(map(quoted, table))


def tables_of(desired: Desired) -> dict[tuple[str, str], tuple[str, str]]:
    """Tables of the target, to those of the source."""
    return {
        (address.schema, address.name): (
            desired.schemas.get(address.schema, ""),
            desired.originals.get(address, ""),
        )
        for address in sorted(desired.catalog.objects)
        if address.kind == "table"
    }


def _rows(connection: psycopg.Connection[Any], table: tuple[str, str]) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT to_jsonb(every_row) FROM {dotted(table)} every_row").fetchall()
    return sorted((_lowered(row) for (row,) in found), key=json.dumps)


def _lowered(value: Any) -> Any:
    """The value with the names in it in lower case: of columns, and of the attributes of composite values."""
    if isinstance(value, list):
        return list(map(_lowered, value))
    if isinstance(value, dict):
        return {name.lower(): _lowered(each) for name, each in sorted(value.items())}
    return value


WITHOUT_ROLES = r"""
    DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT quote_ident(rolname) FROM pg_roles WHERE rolname LIKE 'case\_%' LOOP
        EXECUTE 'DROP ROLE ' || name;
      END LOOP;
    END $$
"""
"""The roles of cases belong to the whole server: each is called `case_...`."""


def emptied(connection: psycopg.Connection[Any]) -> None:
    """Drop all that somebody made; `public` is there again, empty."""
    connection.execute(
        r"""
        DO $$ DECLARE name text; BEGIN
          FOR name IN SELECT quote_ident(nspname) FROM pg_namespace
                      WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' LOOP
            EXECUTE 'DROP SCHEMA ' || name || ' CASCADE';
          END LOOP;
          FOR name IN SELECT quote_ident(extname) FROM pg_extension WHERE extname <> 'plpgsql' LOOP
            EXECUTE 'DROP EXTENSION ' || name || ' CASCADE';
          END LOOP;
          CREATE SCHEMA public;
          COMMENT ON SCHEMA public IS 'standard public schema';
        END $$
        """
    )


# --- pg_dump's word ---------------------------------------------------------------------------------------------------


_MEMBERS = frozenset({"citext", "gin_trgm_ops", "<>", "="})
"""Of extensions, which stand in another schema in the target."""


_NAMED_BY_LITERALS = frozenset({"regclass", "regtype", "regconfig", "regdictionary"})


_EMPTIED = "REVOKE USAGE ON SCHEMA public FROM PUBLIC;"
"""What pg_dump says of a `public` that initdb has not made."""


def dump(server: Server, database: str, *, privileges: bool = False) -> str:
    """The schema as the newest pg_dump writes it: each version has a word of its own, and not each is installed."""
    without = ["--no-owner", *([] if privileges else ["--no-privileges"])]
    command = [newest(found_binaries()).tool("pg_dump"), "-s", *without, "-d", server.url(database)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert not done.returncode, done.stderr
    # Not as text: names may hold other ends of lines.
    lines = done.stdout.decode().split("\n")
    return "\n".join(line for line in lines if not line.startswith("\\") and line != _EMPTIED)


def normalised(text: str, schemas: Mapping[str, str]) -> Counter[str]:
    """The statements, however they are ordered, with names in lower case and the schemas under target names."""
    found, statements = [], [statement.text for statement in split(text)]
    made = {name for each in statements for name in _names_made(each)}
    for statement in statements:
        aliases = schemas.keys() if _VIEW.search(statement) else ()
        tokens = list(_tokens(statement, schemas, dict.fromkeys(aliases, made)))
        if tokens and tokens[0] not in {"set", "select"} and not {"schema", "extension"} & {*tokens[1:2], *tokens[2:3]}:
            found.append(" ".join(_in_any_order(tokens)))
    return Counter(found)


_ABOUT_SCHEMAS = frozenset({"COMMENT", "GRANT", "REVOKE", "ALTER"})
_VIEW = re.compile(r"CREATE (?:MATERIALIZED )?VIEW")


def _names_made(statement: str) -> list[str]:
    """What a statement of pg_dump is about, without its schema; of a range type the multirange too."""
    encoded = statement.encode()
    words = [encoded[token.start : token.end].decode() for token in scan(statement).tokens]
    dot = words.index(".") if "." in words[:-1] else -1
    of_multirange = [at + 4 for at, word in enumerate(words) if word == "multirange_type_name"]
    return [_meant(words[at]) for at in (*([dot + 1] if dot > 0 else ()), *of_multirange)]


def _meant(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def _tokens(
    statement: str, schemas: Mapping[str, str], aliases: Mapping[str, Collection[str]] = MappingProxyType({})
) -> Iterator[str]:
    """The tokens; what may be an alias is a schema only before one of these names."""
    encoded = statement.encode()
    words = [encoded[token.start : token.end].decode() for token in scan(statement).tokens]
    words = [word for word in words if not word.startswith("--")]
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1 : at + 3]
        if (after[:1] == ["."] and _MEMBERS & {*after[1:]}) or (word == "." and _MEMBERS & {*after[:1]}):
            continue
        if re.match(r"\$\D*\$", word):
            yield from ("$$", *_of_body(re.sub(r"\A\$\w*\$|\$\w*\$\Z", "", word), schemas), "$$")
        elif word.startswith("'"):
            is_path = "search_path" in words and before in {"TO", ","} and word[1:-1] in schemas
            literal = f"'{schemas[word[1:-1]]}'" if is_path else word
            yield _regclass(word, schemas) if after[:1] == ["::"] and after[1] in _NAMED_BY_LITERALS else literal
        else:
            name = _meant(word)
            is_schema = after[:1] == ["."] or (before == "SCHEMA" and words[0] in _ABOUT_SCHEMAS)
            is_schema &= name not in aliases or after[:1] != ["."] or _meant(after[1]) in aliases[name]
            yield schemas.get(name, name.lower()) if is_schema else name.lower()


def _of_body(text: str, schemas: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return tuple(_tokens(text, schemas))
    except PgQueryError:  # no names can be told in it
        return (text,)


def _regclass(literal: str, schemas: Mapping[str, str]) -> str:
    return "'" + " ".join(_tokens(literal[1:-1].replace("''", "'"), schemas)) + "'"


def _in_any_order(tokens: list[str]) -> list[str]:
    """The tokens, where columns stand in any order, and NOT NULL has no name.

    In a view, `x AS x` is x: PostgreSQL says it only where the two were spelt otherwise once.
    """
    if "view" in tokens[1:3]:
        said = [at for at, each in enumerate(tokens[:-1]) if each == "as" and tokens[at - 1] == tokens[at + 1]]
        return [each for at, each in enumerate(tokens) if at not in said and at - 1 not in said]
    if tokens[:2] == ["create", "domain"]:
        first, *constraints = " ".join(_unnamed(tokens)).split(" constraint ")
        return [first, *sorted(constraints)]
    if tokens[:2] == ["create", "statistics"] or tokens[:4] == ["create", "text", "search", "dictionary"]:
        return sorted(tokens)
    if tokens[0] != "create" or "table" not in tokens[:3] or "(" not in tokens:
        return tokens
    start, depth, items = tokens.index("("), 0, [list[str]()]
    for at in range(start, len(tokens)):
        depth += (tokens[at] == "(") - (tokens[at] == ")")
        if depth == 0:
            break
        if tokens[at] == "," and depth == 1:
            items.append([])
        elif at > start:
            items[-1].append(tokens[at])
    return [*tokens[:start], *sorted(" ".join(_unnamed(item)) for item in items), *tokens[at:]]


def _unnamed(item: list[str]) -> list[str]:
    for at in range(len(item) - 3):
        # PostgreSQL 18's pg_dump does not quote the name of one that stands by itself.
        for end in range(at + 2, min(at + 6, len(item) - 1)):
            if item[at] == "constraint" and item[end : end + 2] == ["not", "null"]:
                return [*item[:at], *item[end:]]
    return item


# --- The life ---------------------------------------------------------------------------------------------------------


RETIRED = Drops("retire", "0123456789ab")


def live_through(stage: Stage, case: Case, drops: Drops | None = None) -> Outcome:
    """Lead the case through its life, and tell what came of it; whatever does not hold is an AssertionError.

    drops: what becomes of what is dropped, instead of what the case says.
    """
    stage.reset()
    stage.shape(
        partitions="flatten" if case.has("flattened") else "keep",
        grants="keep" if case.has("grants kept") else "skip",
    )
    stage.online, stage.fills = case.has("online"), ()
    stage.run_app(case.sections["before"])
    stage.drops = drops or (RETIRED if case.has("drops retired") else Drops())
    step = stage.forward()
    before, dumped = stage.base, stage.dump_of_target()
    is_like_source = not (case.has("spelt otherwise:") or case.has("flattened") or "target" in case.sections)
    # Each major version has some spellings of its own.
    is_like_source &= stage.source_server.version[0] == stage.target_server.version[0]
    if is_like_source:
        check_same(dumped, stage.dump_of_source(step.desired), "built from nothing")
    fill(stage, case)
    stage.target.execute(case.sections.get("target", "").encode())
    if "target" in case.sections:
        dumped = stage.dump_of_target()
    stage.there = frozenset(stage.given().objects)
    rows = stage.rows()

    stage.run_app(case.sections["after"])
    stage.fills = tuple(case.sections.get("fill", "").splitlines())
    try:
        step = stage.look()
    except DwMigrationError as error:
        return Outcome(error=f"{type(error).__name__}: {error}")
    outcome = Outcome(plan=plan_text(step.plan))
    stage.run(step.plan.up)
    stage.hidden = {each.kept.name for each in step.plan.retired if each.kept.kind == "column"}
    stage.settle_down(step.desired)
    after, dumped_after = stage.base, stage.dump_of_target()
    is_like_source &= stage.drops.policy == "drop"
    if is_like_source:
        check_same(dumped_after, stage.dump_of_source(step.desired), "after the way up")
    if not case.has("rows differ") and stage.drops.policy == "drop":
        assert stage.rows() == stage.rows_of_source(step.desired)

    if case.has("no way back") and stage.drops.policy == "drop":
        with pytest.raises(psycopg.errors.IntegrityError):
            stage.run(step.plan.down)
    else:
        go_back(stage, step, before, outcome, None if case.has("spelt otherwise after the way down") else dumped)
        outcome.loses = tuple(_lost(rows, stage.rows()))
        stage.base = after
        stage.run(step.plan.up)
    stage.settle_down(step.desired)

    emptied(stage.target)
    stage.base, stage.fills = Base(), ()
    stage.forward()
    if "target" not in case.sections and stage.drops.policy == "drop":
        check_same(dumped_after, stage.dump_of_target(), "a fresh build")
    return outcome


def go_back(stage: Stage, step: Step, before: Base, outcome: Outcome, dumped: Counter[str] | None) -> None:
    """Run the way down, and prove that all is as it was."""
    stage.run(step.plan.down)
    back = read_target(stage.target, {*stage.schemas(), *_schemas(before)})
    left = compare(stage.target, back, before.given)
    outcome.keeps = tuple(sorted(f"{new.kind} {new.address}" for _, new in left.different))
    extra = [each for each in back.objects if each not in stage.there and each.kind not in _STAY]
    assert not left.missing, left.told()
    assert not extra, extra
    if not outcome.keeps and dumped is not None:
        check_same(stage.dump_of_target(), dumped, "after the way down")
    stage.base = before


def check_same(found: Counter[str], expected: Counter[str], when: str) -> None:
    """That both dumps say the same."""
    assert found == expected, f"{when}: too much: {list(found - expected)}, too little: {list(expected - found)}"


_STAY = frozenset({"schema", "extension"})
"""Kinds that the way down leaves: others may use them by then."""


def _schemas(base: Base) -> set[str]:
    return {address.schema for address in base.desired.objects if address.kind == "schema"}


def fill(stage: Stage, case: Case) -> None:
    if "rows" in case.sections:
        stage.run_app(case.sections["rows"])
        stage.copy_rows()


def _lost(before: Rows, after: Rows) -> Iterator[str]:
    """Tables and columns whose values are not what they were."""
    for table, rows in before.items():
        now = after.get(table, [])
        if now == rows:
            continue
        short = table.split(".", 1)[1]
        if len(now) != len(rows):
            yield short
        for column in rows[0] if len(now) == len(rows) else ():
            if sorted(json.dumps(row[column]) for row in rows) != sorted(json.dumps(row[column]) for row in now):
                yield f"{short}.{column}"

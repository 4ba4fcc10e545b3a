"""Old and new schemas of others through plan, apply and rollback, judged by an independent oracle.

    python scripts/pairs.py FILE [--suite NAME ...] [--only ID ...] [--workers N] [--oracle FOLDER] [--json FILE]

FILE holds a JSON object a line (`.gz` or not): `corpus` (the suite), `case`, `a` (old) and `b` (new), both SQL. Each
pair runs forward and back. A run of one brings the old schema to an empty target, then makes the source database the
new one, and syncs; it has passed if the oracle finds the target equal to the source after each of these steps, a
second plan is empty, and the rollback of the last revision makes the target equal to the old schema again. Prints
passed, failed and unusable by suite, each failure with its step and what it says, and the most frequent reasons;
exits 1 if one failed. Unusable is only what psql itself refuses, on the newest server and on the older ones.

A way down leaves labels that the way up added to an enum: PostgreSQL cannot take them back. Where the target is not the
old schema again, and the new one has an enum of the old one with more labels and all others in their order, these
labels are added to the source's old schema, each in its place, and the target must equal that, to the letter. The
column `labels` counts how many of the passed passed so.
"""

import argparse
import gzip
import importlib
import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import judge
from judge import LoadError, Oracle, Verdict

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.errors import DwMigrationError
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome

WARM = (
    "alembic.runtime.migration",
    "alembic.script",
    "dw_migration.live.environment",
    "dw_migration.migrate.back",
    "dw_migration.migrate.look",
    "dw_migration.migrate.story",
)
"""What the commands import when they are called: imported once here, and not in every process."""
SHOWN = 160
"""Characters of a reason in a line of the report."""


# --- A pair and what comes of it --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two states of one schema."""

    number: int
    suite: str
    case: str
    old: str
    new: str

    @property
    def id(self) -> str:
        """Suite and case."""
        return f"{self.suite}/{self.case}"


@dataclass(frozen=True)
class Result:
    """What came of one pair in one direction."""

    id: str
    suite: str
    direction: str
    status: str
    """passed, failed, unusable."""
    step: str = ""
    reason: str = ""
    """One line: what the step says."""
    group: str = ""
    """The reason without the names in it."""
    differs: Sequence[str] = ()
    """All that the oracle says."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What the tool itself says that it does not carry over."""
    labels: Sequence[str] = ()
    """What the way down left: `type: label`."""
    seconds: float = 0.0
    server: int = 0


class StepError(Exception):
    """A step did not do what it is for."""

    def __init__(self, step: str, reason: str, group: str, differs: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.step, self.reason, self.group, self.differs = step, reason, group, differs


def pairs_of(path: Path) -> list[Pair]:
    """The pairs of a file; one that has another's name gets a number."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    again: Counter[tuple[str, str]] = Counter()
    pairs = []
    for at, row in enumerate(rows):
        again[row["corpus"], row["case"]] += 1
        times = again[row["corpus"], row["case"]]
        case = row["case"] if times == 1 else f"{row['case']}#{times}"
        pairs.append(Pair(at, row["corpus"], case, row["a"], row["b"]))
    return pairs


# --- The life of a pair -----------------------------------------------------------------------------------------------


@dataclass
class Stage:
    """One source database and one target database, for one pair."""

    pair: Pair
    server: Server
    oracle: Oracle
    folder: Path
    settings: Mapping[str, Any]
    oid: int | None = None
    sides: dict[str, tuple[Any, dict[str, str]]] = field(default_factory=dict)
    """By state what the oracle knows of the source, and the target's names of its schemas."""
    left_out: dict[str, int] = field(default_factory=dict)
    enums: dict[str, dict[tuple[str, str], list[str]]] = field(default_factory=dict)
    """By state the enums of the source, and their labels."""
    labels: list[str] = field(default_factory=list)
    """Which the way down left."""

    @property
    def source(self) -> str:
        """The source database."""
        return f"Pair{self.pair.number}"

    @property
    def target(self) -> str:
        """The target database."""
        return f"target_{self.pair.number}"

    def become(self, state: str) -> None:
        """Make the source database what it is in this state."""
        text = self.pair.old if state == "old" else self.pair.new
        self.oid = judge.load(self.server, self.source, text, oid=self.oid)
        if state not in self.sides:
            mapping = judge.schemas_of(self.server, self.source)
            self.sides[state] = (self.oracle.side(self.server, self.source, mapping), mapping)
            self.enums[state] = judge.enums_of(self.server, self.source)

    def configured(self, direction: str) -> Config:
        """A config of its own, with a workspace of its own."""
        folder = self.folder / direction
        folder.mkdir()
        path = folder / "dw_migration.yaml"
        path.write_text(
            json.dumps(
                {
                    "target": {"url": self.server.url(self.target)},
                    "sources": {"pair": {"url": self.server.url(self.source)}},
                    **self.settings,
                }
            )
        )
        return load_config(path)

    def check(self, step: str, state: str) -> None:
        """Raises StepError where the oracle does not find the target equal to the source in this state."""
        side, mapping = self.sides[state]
        # A way down leaves the schemas that it made: `rollback --drop-schema` takes them, from the base alone.
        verdict = self.oracle.judge(side, self.server, self.target, mapping, empty_stay=step == "down")
        if not verdict.equal:
            raise StepError(step, _short(verdict), ", ".join(verdict.groups), verdict.differs)

    def run(self, direction: str) -> None:
        """From old to new and back, or the other way. Raises: StepError at the first step that fails; LoadError."""
        first, second = ("old", "new") if direction == "forward" else ("new", "old")
        config = self.configured(direction)
        judge.make(self.server, self.target)
        self.become(first)
        self.brought(config, "build")
        self.check("build", first)
        self.become(second)
        changed = self.brought(config, "sync")
        self.check("sync", second)
        again = self.done("second plan", migrate.diff, config)
        if again.changes:
            told = [judge.told(each) for each in again.changes]
            raise StepError("second plan", "; ".join(told), "not empty", told)
        if changed:
            self.done("down", migrate.rollback, config, to=f"-{changed}", allow_breaking=True)
            self.check_down(first, second)

    def check_down(self, first: str, second: str) -> None:
        """Raises StepError where the target is not what it was, but for labels that the way up added."""
        try:
            self.check("down", first)
        except StepError:
            added = list(_added(self.enums[first], self.enums[second]))
            if not added:
                raise
            self.become(first)
            judge.add_labels(self.server, self.source, added)
            with_labels, (_, mapping) = f"{first} with labels", self.sides[first]
            self.sides[with_labels] = (self.oracle.side(self.server, self.source, mapping), mapping)
            self.check("down", with_labels)
            self.labels += [f"{schema}.{name}: {label}" for (schema, name), label, _ in added]

    def brought(self, config: Config, step: str) -> int:
        """How many revisions it took to bring the target where the source is."""
        self.done(f"{step}: plan", migrate.plan, config)
        outcome = self.done(f"{step}: apply", migrate.apply, config, allow_breaking=True)
        return len(outcome.applied)

    def done(self, step: str, act: Callable[..., Outcome], config: Config, **options: Any) -> Outcome:
        """The outcome of a command. Raises: StepError where it fails, or crashes."""
        try:
            outcome = act(config, config.sources["pair"], **options)
        except DwMigrationError as error:
            raise StepError(step, f"{type(error).__name__}: {error}", _group(error)) from error
        except Exception as error:
            raise StepError(step, f"crash: {error!r} at {_place(error)}", f"crash: {_group(error)}") from error
        self.left_out |= dict(outcome.left_out)
        waits = step.endswith("plan") and outcome.status == "held" and outcome.revision  # apply gives the consent
        if not waits and (outcome.error or outcome.status in {"failed", "held"}):
            reason = f"{outcome.status}: {outcome.error or outcome.message}"
            raise StepError(step, reason, _nameless(reason))
        return outcome

    def clear(self) -> None:
        """Drop both databases."""
        for database in (self.source, self.target):
            judge.drop(self.server, database)


def _added(
    old: Mapping[tuple[str, str], list[str]], new: Mapping[tuple[str, str], list[str]]
) -> Iterator[tuple[tuple[str, str], str, str | None]]:
    """Labels that new has more of an enum which has all of old's in their order: each with the one behind it."""
    for enum, labels in old.items():
        now = new.get(enum, [])
        if [label for label in now if label in labels] == labels:
            behind = dict(zip(now, [*now[1:], None], strict=True))
            # The last first, so that the one behind is always there.
            yield from ((enum, label, behind[label]) for label in reversed(now) if label not in labels)


def _short(verdict: Verdict) -> str:
    more = f" (+{len(verdict.differs) - 1})" if len(verdict.differs) > 1 else ""
    return f"{verdict.differs[0]}{more}" if verdict.differs else "differs"


def _group(error: Exception) -> str:
    return f"{type(error).__name__}: {_nameless(str(error))}"


def _nameless(text: str) -> str:
    """The text without names and numbers, so that like reasons are equal."""
    text = re.sub(r"\b\w*dw__\S+", "...", text.split("\n", maxsplit=1)[0])
    return re.sub(r'"[^"]*"|\'[^\']*\'|\b[0-9a-f]{12}\b|\d+', "...", text)[:SHOWN]


def _place(error: BaseException) -> str:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "?"


def results_of(pair: Pair, server: Server, oracle: Oracle, settings: Mapping[str, Any], place: Path) -> list[Result]:
    """One result a direction; two that are unusable where psql refuses one of the schemas."""
    with tempfile.TemporaryDirectory(prefix="pair-", dir=place) as folder:
        stage = Stage(pair, server, oracle, Path(folder), settings)
        try:
            return [_result(stage, direction) for direction in ("forward", "back")]
        except LoadError as error:
            status = {"status": "unusable", "step": "load", "reason": str(error), "group": _nameless(str(error))}
            return [_told(stage, direction, 0.0, **status) for direction in ("forward", "back")]
        finally:
            stage.clear()


def _result(stage: Stage, direction: str) -> Result:
    began = time.monotonic()
    try:
        stage.run(direction)
    except StepError as error:
        told = {"step": error.step, "reason": error.reason, "group": error.group, "differs": error.differs}
        return _told(stage, direction, began, status="failed", **told)
    return _told(stage, direction, began, status="passed")


def _told(stage: Stage, direction: str, began: float, **told: Any) -> Result:
    seconds = round(time.monotonic() - began, 2) if began else 0.0
    version = stage.server.binaries.version[0]
    told |= {"left_out": dict(stage.left_out), "labels": tuple(stage.labels)}
    stage.left_out.clear()
    stage.labels.clear()
    return Result(stage.pair.id, stage.pair.suite, direction, seconds=seconds, server=version, **told)


# --- Many at once: a process a pair, so that one that hangs or dies is its own ----------------------------------------


@dataclass
class Worker:
    """A process that works on one pair."""

    pair: Pair
    process: BaseProcess
    answer: Connection
    until: float


def all_results(
    pairs: Iterable[Pair], server: Server, work: Callable[[Pair], list[Result]], *, workers: int, limit: float
) -> Iterator[list[Result]]:
    """The results of each pair as it is done; who takes longer than the limit, or dies, has failed."""
    waiting, busy = list(reversed(list(pairs))), list[Worker]()
    while waiting or busy:
        while waiting and len(busy) < workers:
            busy.append(_started(waiting.pop(), work, limit))
        wait([each.answer for each in busy], timeout=1)
        for each in list(busy):
            if each.answer.poll() or not each.process.is_alive() or time.monotonic() > each.until:
                busy.remove(each)
                yield _ended(each, server, limit)


def _started(pair: Pair, work: Callable[[Pair], list[Result]], limit: float) -> Worker:
    forked = multiprocessing.get_context("fork")  # everything is imported already
    here, there = forked.Pipe(duplex=False)
    process = forked.Process(target=lambda: there.send(work(pair)))
    process.start()
    there.close()
    return Worker(pair, process, here, time.monotonic() + limit)


def _ended(worker: Worker, server: Server, limit: float) -> list[Result]:
    try:
        answer: list[Result] = worker.answer.recv() if worker.answer.poll() else []
    except EOFError:
        answer = []
    late = not answer and worker.process.is_alive()
    if late:
        worker.process.kill()
    worker.process.join()
    if answer:
        return answer
    reason = f"not done after {limit:.0f} s" if late else f"the process ended with {worker.process.exitcode}"
    for database in (f"Pair{worker.pair.number}", f"target_{worker.pair.number}"):
        judge.drop(server, database)
    return [
        Result(worker.pair.id, worker.pair.suite, direction, "failed", "process", reason, _nameless(reason))
        for direction in ("forward", "back")
    ]


# --- The report -------------------------------------------------------------------------------------------------------


def report(results: Sequence[Result], *, groups: int) -> None:
    """Print failures, their reasons, and the table."""
    for each in results:
        if each.status != "passed":
            print(f"{each.status:8} {each.direction:7} {each.id}: {each.step}: {each.reason[:SHOWN]}")
    reasons = defaultdict[str, list[str]](list)
    for each in results:
        if each.status == "failed":
            reasons[f"{each.step}: {each.group}"].append(f"{each.id} ({each.direction})")
    print("\nThe most frequent reasons")
    for reason, ids in sorted(reasons.items(), key=lambda item: -len(item[1]))[:groups]:
        print(f"{len(ids):5}  {reason}\n         {', '.join(ids[:3])}")
    print()
    print(f"{'suite':12}{'direction':>10}{'passed':>8}{'failed':>8}{'unusable':>10}{'percent':>9}{'labels':>8}")
    for suite in (*sorted({each.suite for each in results}), "all"):
        for direction in ("forward", "back"):
            chosen = [e for e in results if suite in {e.suite, "all"} and e.direction == direction]
            counted = Counter(each.status for each in chosen)
            usable = counted["passed"] + counted["failed"]
            percent = f"{100 * counted['passed'] / usable:.1f} %" if usable else "-"
            numbers = f"{counted['passed']:>8}{counted['failed']:>8}{counted['unusable']:>10}{percent:>9}"
            with_labels = sum(bool(each.labels) for each in chosen if each.status == "passed")
            print(f"{suite:12}{direction:>10}{numbers}{with_labels:>8}")


# --- The command ------------------------------------------------------------------------------------------------------


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--suite", action="append", default=[], help="only these suites")
    parser.add_argument("--only", action="append", default=[], help="only these pairs: SUITE/CASE, or part of it")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--oracle", type=Path, help="the folder of oracle.py; default: `oracle` beside FILE's folder")
    parser.add_argument("--kinds", help="what the oracle judges, at commas; default: everything that it knows")
    parser.add_argument(
        "--default-objects", action="store_true", help="the config's default `objects`: judge with --kinds"
    )
    parser.add_argument("--timeout", type=float, default=120, help="seconds for both directions of a pair")
    parser.add_argument("--json", type=Path, help="where every result is written")
    parser.add_argument("--groups", type=int, default=30, help="how many reasons are told")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """0 where every usable pair passed in both directions."""
    began, options = time.monotonic(), options_of(arguments)
    oracle = Oracle(options.oracle or options.file.resolve().parent.parent / "oracle", _list(options.kinds))
    pairs = [each for each in pairs_of(options.file) if _is_chosen(each, options)]
    settings = {} if options.default_objects else {"objects": judge.EVERYTHING}
    results = sorted(_on_servers(pairs, oracle, settings, options), key=lambda each: (each.suite, each.id))
    report(results, groups=options.groups)
    print(f"{len(pairs)} pairs in {time.monotonic() - began:.0f} s")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1))
    return 1 if any(each.status == "failed" for each in results) else 0


def _list(text: str | None) -> list[str] | None:
    return text.split(",") if text else None


def _is_chosen(pair: Pair, options: argparse.Namespace) -> bool:
    is_named = any(each == pair.id or each in pair.id for each in options.only)
    return (is_named or not options.only) and (pair.suite in options.suite or not options.suite)


def _on_servers(
    pairs: Sequence[Pair], oracle: Oracle, settings: Mapping[str, Any], options: argparse.Namespace
) -> list[Result]:
    """The results, on the newest server; what psql refuses there is tried on the older ones."""
    for name in WARM:
        importlib.import_module(name)
    left, results = list(pairs), dict[int, list[Result]]()
    with judge.place() as folder, ExitStack() as stack:
        for binaries in judge.by_version() if left else ():
            server = stack.enter_context(judge.running(binaries, folder))
            found = _on_one(left, server, oracle, settings, options)
            refused = {number for number, each in found.items() if each[0].status == "unusable"}
            results |= {
                number: each for number, each in found.items() if number not in results or number not in refused
            }
            left = [each for each in left if each.number in refused]
            if not left:
                break
    return [each for both in results.values() for each in both]


def _on_one(
    pairs: Sequence[Pair], server: Server, oracle: Oracle, settings: Mapping[str, Any], options: argparse.Namespace
) -> dict[int, list[Result]]:
    numbers = {each.id: each.number for each in pairs}
    done: dict[int, list[Result]] = {}
    print(f"{len(pairs)} pairs on {server.binaries}", file=sys.stderr)
    ways = all_results(
        pairs,
        server,
        lambda pair: results_of(pair, server, oracle, settings, server.folder.parent),
        workers=options.workers,
        limit=options.timeout,
    )
    for both in ways:
        done[numbers[both[0].id]] = both
        if len(done) % 25 == 0:
            print(f"{len(done)} done", file=sys.stderr, flush=True)
    return done


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

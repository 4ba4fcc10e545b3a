"""Notices: what a person should know of a source, sent to whom `policy.notify` names."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from dw_migration.config import Config
from dw_migration.errors import BadConfig
from dw_migration.live.receiver import refusal
from dw_migration.migrate.outcome import Outcome
from dw_migration.revision import one_line
from dw_migration.rule import Severity

EVENTS = frozenset({"held", "failed", "drifted"})
"""Statuses that a person is told of."""
_LONGEST_REASON, _LONGEST_NAME, _MOST_SCHEMAS = 2_000, 200, 20
_LONGEST_STATEMENT = 350
"""In bytes; JSON doubles some of them, and still no notice is larger than 16 kB."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a person should know of one source; its texts may hold anything until they are sent."""

    event: str
    """held, failed, drifted."""
    source: str
    reason: str
    schemas: tuple[str, ...] = ()
    """Those of the target."""
    revision: str | None = None
    """The one that waits, or else that stands in the target."""
    version: str | None = None
    severity: Severity | None = None
    """Of the changes; None where there are none."""
    message: str = ""
    """The revision's."""
    puts_back: tuple[str, ...] = ()
    """The statements that put back what was changed by hand."""
    changes: Mapping[Severity, int] = field(default_factory=dict)
    """How many of each."""
    next_command: str = ""
    run_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def about(self, outcome: Outcome) -> "Notice":
        """The notice, with what the command found."""
        waits = self.event == "held" and outcome.revision
        return replace(
            self,
            schemas=tuple(sorted(outcome.schemas)) or self.schemas,
            revision=outcome.revision or self.revision,
            version=outcome.version or self.version,
            severity=outcome.severity if waits or outcome.changes else None,
            message=outcome.message if outcome.revision else "",
            puts_back=outcome.puts_back,
            changes=Counter(each.severity for each in outcome.changes),
            next_command=outcome.next_command or self.next_command,
        )

    def document(self) -> dict[str, Any]:
        """What is sent: inert texts of limited length."""
        counts = {str(each): self.changes.get(each, 0) for each in reversed(Severity)}
        return {
            "event": self.event,
            "source": _inert(self.source),
            "target_schemas": [_inert(each) for each in self.schemas[:_MOST_SCHEMAS]],
            "revision": self.revision and _inert(self.revision),
            "version": self.version and _inert(self.version),
            "severity": None if self.severity is None else str(self.severity),
            "message": _inert(self.message),
            "reason": _inert(self.reason, _LONGEST_REASON),
            "puts_back": [_inert(each, _LONGEST_STATEMENT) for each in self.puts_back[:_MOST_NAMED]],
            "changes": {"number": sum(counts.values()), **counts},
            "next_command": _inert(self.next_command, 2 * _LONGEST_NAME),
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "run_id": _inert(self.run_id),
        }


def _inert(text: str, longest: int = _LONGEST_NAME) -> str:
    return one_line(text, longest).encode()[:longest].decode(errors="ignore")


def of_drift(outcome: Outcome, *, run_id: str = "") -> Notice:
    """The notice of what a look found: the source changed, or somebody changed the target by hand."""
    reason = by_hand(outcome.drift) if outcome.drift else f"the source changed: {len(outcome.changes)} changes"
    following = f"dw-migration diff {outcome.source}"
    return Notice("drifted", outcome.source, reason, next_command=following, run_id=run_id).about(outcome)


def by_hand(objects: Sequence[str]) -> str:
    """As in `4 objects of the target were changed by hand: column a.b.c, column a.b.d, index a.b.e and 1 more`."""
    more = f" and {len(objects) - _MOST_NAMED} more" if len(objects) > _MOST_NAMED else ""
    return f"{len(objects)} objects of the target were changed by hand: {', '.join(objects[:_MOST_NAMED])}{more}"


def send(config: Config, notice: Notice, *, seconds: float | None = None) -> str | None:
    """None where it was sent, or nobody is to be told; else why not, without anything that may be secret.

    `seconds`: the most that the receiver gets; a url never gets more than 10, a command never more than 30.
    """
    try:
        receiver = config.receiver()
        body = json.dumps(notice.document(), ensure_ascii=False).encode()
        trouble = refusal(config, receiver, body, seconds=seconds) if receiver else None
    except BadConfig as error:
        trouble = str(error)
    except Exception as error:  # no notice fails a run
        trouble = f"unexpected {type(error).__name__}"
    return trouble and f"the notice ({notice.event}) was not sent: {trouble}: see what `dw-migration doctor` says of it"

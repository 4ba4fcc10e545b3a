"""What a tick tells: its sightings in numbers and names, and each as metadata that a person can read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import dagster as dg

from dw_migration.migrate import Outcome, Sighting, notice
from dw_migration.orchestration import metadata
from dw_migration.orchestration.partitions import Compared
from dw_migration.orchestration.requests import Asked
from dw_migration.orchestration.scene import Scene

IN_SYNC = "in sync"
VERDICTS = {
    "in_sync": IN_SYNC,
    "drifted": "changed",
    "absent": "not brought over yet",
    "unreachable": "unreachable",
    "busy": "being worked on",
    "unseen": "not reached in time",
    "failed": "not to be compared",
}
WAITING = {"held": "held for consent", "pending": "waiting to be applied"}
TAKEN_BACK = "taken back: waiting to be applied"
"""Only a person applies it, or another change of the source."""
LOST = "lost runs (started, and nobody works on their sources: terminate them)"
UNSENT = "notices were not sent, and will not be"
TRIED = "in a state that had its run already (a change, the daily sweep or a person starts the next)"
MOST_NAMES = 10
LOOKING, TELLING = 2 / 3, 5 / 6
"""Of the time of a tick: the first share is for looking at sources, what follows for notices."""


def is_changed(sighting: Sighting) -> bool:
    """Whether there is something to do about it."""
    return sighting.verdict in ("drifted", "absent")


def planned(sightings: Iterable[Sighting]) -> dict[str, str]:
    """The changed sources for whose present state a plan is there already, and what it waits for."""
    found = {
        each.source: TAKEN_BACK if each.taken_back else WAITING.get(each.status) for each in sightings if each.planned
    }
    return {source: said for source, said in found.items() if said}


def summary(sightings: Iterable[Sighting], ask: Asked, found: Compared, waiting: Mapping[str, str]) -> str:
    """As in `200 looked at: 197 in sync; 2 unreachable: a, b; 1 held for consent: c`."""
    of_changed = {
        each.source: waiting[each.source] for each in sightings if is_changed(each) and each.source in waiting
    }
    said = {**dict.fromkeys(ask.tried, TRIED), **of_changed, **dict.fromkeys(ask.underway, VERDICTS["busy"])}
    groups: dict[str, list[str]] = defaultdict(list)
    for each in sightings:
        groups[said.get(each.source, VERDICTS[each.verdict])].append(each.source)
    number = sum(map(len, groups.values()))
    return f"{number:,} looked at{listed({**groups, **left_over(found), LOST: ask.lost})}"


def left_over(found: Compared) -> dict[str, tuple[str, ...]]:
    """What could not be looked at."""
    return {
        "retired (a partition, and no source in the config)": found.retired,
        "patterns whose server does not answer": found.unasked,
    }


def listed(groups: Mapping[str, Iterable[str]]) -> str:
    """As in `: 2 unreachable: a, b; 1 held for consent: c`."""
    parts = [_part(label, tuple(names)) for label, names in groups.items() if names]
    return metadata.inert(": " + "; ".join(parts)) if parts else ""


def _part(label: str, names: tuple[str, ...]) -> str:
    if label == IN_SYNC:
        return f"{len(names):,} {label}"
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{len(names):,} {label}: {', '.join(names[:MOST_NAMES])}{more}"


def log(context: dg.SensorEvaluationContext, said: str, sightings: Iterable[Sighting]) -> None:
    """The same for the tick's log, with the errors."""
    for each in sightings:
        if each.error:
            context.log.warning(metadata.inert(f"{each.source}: {each.error}"))
    context.log.info(said)


def send_notices(context: dg.SensorEvaluationContext, here: Scene, sightings: Iterable[Sighting]) -> None:
    """Tell whom `policy.notify` names of what drifted since the last look; what goes wrong is told in the log.

    None is sent again: the next look knows the drift, and has not read what it is made of.
    """
    drifted = {each.source: each.outcome for each in sightings if each.verdict == "drifted" and each.news}
    troubles = {source: _trouble(here, outcome) for source, outcome in drifted.items() if outcome}
    unsent = {source: trouble for source, trouble in troubles.items() if trouble}
    for trouble in dict.fromkeys(unsent.values()):
        context.log.warning(trouble)
    if unsent:
        context.log.warning(f"{len(unsent)} {UNSENT}: {metadata.inert(', '.join(unsent))}")


def _trouble(here: Scene, outcome: Outcome) -> str | None:
    """Why the notice was not sent, if so."""
    left = here.left(TELLING)
    if left <= 0:
        return "the time of the tick is over"
    return notice.send(here.config, notice.of_drift(outcome), seconds=left)


def metadata_of(sighting: Sighting, told: Mapping[str, dg.MetadataValue]) -> dict[str, dg.MetadataValue]:
    """What was seen, and what to run next; `told` is what the outcome says of it."""
    texts = {
        "status": VERDICTS[sighting.verdict],
        "fingerprint": sighting.fingerprint,
        "since": sighting.since.isoformat(timespec="seconds") if sighting.since else "",
    }
    found = {name: dg.MetadataValue.text(metadata.inert(text)) for name, text in texts.items() if text}
    following = dg.MetadataValue.text(f"dw-migration diff {sighting.source}")
    return {"next command": following, **told, **found}


def differences(outcome: Outcome | None) -> dict[str, dg.MetadataValue]:
    """The changes that a source asks for; its files are those of the revision before."""
    return metadata.of_ddl(replace(outcome, paths={}, revision=None, version=None)) if outcome else {}

"""A function's body may name what is called otherwise in the target."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create
from dw_migration.kinds.function import Function
from dw_migration.rule import Severity, Verdict

_SHOWN = 5


def leaves_names_in_code(change: Change, around: Around) -> Iterator[Verdict]:  # noqa: ARG001 - a change says it all
    """A name that stands in a text, or means what the search_path of its time says, is not rewritten in a body."""
    if isinstance(change, (Create, Alter)) and isinstance(change.new, Function) and change.new.unproven:
        named = ", ".join(change.new.unproven[:_SHOWN])
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"the body of {change.address} names {named}, and nothing proves what is meant: it stays as it was written",
            "call it with the target's schemas on the search_path (ALTER FUNCTION ... SET search_path in the source is "
            "carried over), or leave it behind: objects.functions",
        )

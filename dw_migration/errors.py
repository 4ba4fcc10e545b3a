"""Everything raised on purpose: what was found, what was expected, what to do."""


class DwMigrationError(Exception):
    """The family. A subclass exists for each thing that the *caller* does differently."""

    exit_code = 1
    may_pass = False
    """Whether the same may succeed a little later, with nobody having done anything."""

    @property
    def told_as(self) -> str:
        """The name under which JSON tells it."""
        return type(self).__name__


class BadConfig(DwMigrationError):
    """A setting, an argument or a name is wrong: a person mends the config."""

    exit_code = 2


class UnknownSource(BadConfig):
    """The config names no such source."""

    @property
    def told_as(self) -> str:
        """To other programs it is what it always was."""
        return BadConfig.__name__


class BadNames(BadConfig):
    """Names collide or do not fit: carries every fault found, each with the override that settles it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class BadSqlFiles(BadConfig):
    """Hand-written files cannot be run as they are: carries every fault found, each with file, line and remedy."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class NoConnection(DwMigrationError):
    """A server cannot be reached, or refuses us."""

    def __init__(self, message: str, *, where: str = "", may_pass: bool = False) -> None:
        self.where = where
        """The server's place in the config, as `target` or `sources.shop`; empty where it has none."""
        self.may_pass = may_pass
        super().__init__(message)


class ServerError(DwMigrationError):
    """A server refused a statement; never carries row values or parameters."""

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        self.sqlstate = sqlstate
        self.may_pass = sqlstate in {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout
        super().__init__(message)


class NotAllowed(DwMigrationError):
    """A privilege is missing; the message holds the GRANT that mends it."""


class SourceChanging(DwMigrationError):
    """The source kept changing while it was read: try again later."""

    may_pass = True


class Locked(DwMigrationError):
    """Another run works on this source; carries who."""

    may_pass = True


class StalePlan(DwMigrationError):
    """The target is not in the state that the plan starts from: plan again."""


class ConsentNeeded(DwMigrationError):
    """A breaking change waits for a person."""

    exit_code = 4


class NotOurs(DwMigrationError):
    """What is in the way belongs to somebody else, and is not touched: held, until a person decides."""

    exit_code = 4


class BrokenHistory(DwMigrationError):
    """Revision files and ledger tell different stories, or there is more than one head."""


class HistoryChanged(BrokenHistory):
    """Files that ran are other ones now, or gone, or would have had to run before others: carries which."""


class NotRehearsed(DwMigrationError):
    """There is no scratch database for a rehearsal, or the schema cannot be built in it: nothing was changed."""


class NotConverged(DwMigrationError):
    """The target differs from what was planned although all was applied: our bug."""


class Unsupported(DwMigrationError):
    """An object or a change that cannot be carried over: named, never passed over."""

"""Whether notices could go where `policy.notify` says; none is sent."""

from collections.abc import Iterator

from dw_migration.config import Config, Receiver
from dw_migration.errors import BadConfig
from dw_migration.live.doctor.checks import Doctored, failed, right, wrong
from dw_migration.live.receiver import program


def receiver_checks(config: Config) -> Iterator[Doctored]:
    """One check, where somebody is to be told."""
    try:
        receiver = config.receiver()
    except BadConfig as error:
        yield failed("config", "notify", error)
        return
    if receiver:
        yield _of_url(receiver) if receiver.url else _of_command(config, receiver)


def _of_url(receiver: Receiver) -> Doctored:
    if receiver.is_exposed:
        found = f"notices go to {receiver.host} by http, where others can read along"
        return wrong("config", "notify", found, "write https:// in policy.notify", is_error=False)
    return right("config", "notify", f"a url at {receiver.host}")


def _of_command(config: Config, receiver: Receiver) -> Doctored:
    found = program(config, receiver)
    if found:
        return right("config", "notify", found)
    what = "the command of policy.notify is not there, or may not be run"
    return wrong("config", "notify", what, "install it, mend PATH, or write its path; ./ is the config's folder")

"""A new file, with the next number of its folder."""

import os
import re
from pathlib import Path

from dw_migration.errors import BadConfig
from dw_migration.sqlfiles.filename import Kind, read_name

_TEXT = """\
-- description: {description}
-- requires:

-- migrate:up


-- migrate:down

"""


def new_file(folder: Path, name: str) -> Path:
    """The file, whose number is one more than the last of the folder. Raises: BadConfig."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise BadConfig(f"{name!a}: is not UTF-8: expected words, of which a file's name is made")
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not words:
        raise BadConfig(f"{name!r}: expected words of letters and digits, of which a file's name is made")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = [found for each in folder.iterdir() if (found := read_name(each.name)) and found.kind is Kind.VERSIONED]
        numbers = [each.version for each in known if each.version.numbers]
        last = max(numbers, default=None)
        number = 1 if last is None else last.numbers[0] + 1
        width = max((len(each.label) for each in numbers if each.label.isdigit()), default=3)
        path = folder / f"{number:0{width}d}_{words}.sql"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_TEXT.format(description=name.replace("\n", " ")))
    except OSError as error:
        raise BadConfig(
            f"{folder}: no file can be made there: {error.strerror}: mend its rights, or sql.path"
        ) from None
    return path

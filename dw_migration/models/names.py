"""Python identifiers for names that somebody else chose."""

import re
from collections.abc import Container, Iterable
from itertools import count
from keyword import iskeyword
from unicodedata import normalize

# What SQLAlchemy itself keeps on every mapped class.
RESERVED = frozenset({"metadata", "registry"})


def as_identifier(name: str, *, fallback: str) -> str:
    """A valid identifier as near to the name as can be; equal names give equal ones, different names may too."""
    # Python compares identifiers after NFKC, which alone could make two of them equal behind our back.
    text = "".join(char if ("a" + char).isidentifier() else "_" for char in normalize("NFKC", name))
    if not text.strip("_"):
        return fallback
    if text.startswith(("__", "_sa_")):
        text = fallback + "_" + text.lstrip("_")
    if not text[0].isidentifier():
        text = "_" + text
    if iskeyword(text) or text in RESERVED:
        text += "_"
    return text if text.isidentifier() and normalize("NFKC", text) == text else fallback


def as_class_name(name: str) -> str:
    """The name in PascalCase: `order_items` and `OrderItems` as `OrderItems`, `ORDERS` as `Orders`."""
    words = re.split(r"[\W_]+", normalize("NFKC", name))
    shaped = (word.capitalize() if name.isupper() else word[:1].upper() + word[1:] for word in words)
    return as_identifier("".join(shaped), fallback="Unnamed")


def free(wanted: str, *taken: Container[str]) -> str:
    """The name, or the first of `name_`, `name_2`, `name_3` ... that is not taken."""
    candidates = (wanted if not at else f"{wanted.rstrip('_')}_{at + 1 if at > 1 else ''}" for at in count())
    return next(name for name in candidates if not any(name in those for those in taken))


def unique(wanted: Iterable[str], *taken: Container[str]) -> list[str]:
    """The names, each changed where one before it has the same."""
    given: set[str] = set()
    names = []
    for name in wanted:
        names.append(free(name, given, *taken))
        given.add(names[-1])
    return names

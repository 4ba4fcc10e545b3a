"""sqlacodegen's generator of declarative classes, imported without inflect."""

import sys
from types import ModuleType

# It imports inflect for an option that is off here; typeguard rewrites each of inflect's functions at that, which was
# 1.8 s of the 2.0 s of CPU that a models.py took.
_nothing = ModuleType("inflect")
vars(_nothing)["engine"] = lambda: None
_known = sys.modules.setdefault("inflect", _nothing)

from sqlacodegen.generators import DeclarativeGenerator  # noqa: E402 - the reason stands above

if _known is _nothing:
    del sys.modules["inflect"]

__all__ = ["DeclarativeGenerator"]

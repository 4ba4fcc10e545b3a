"""For hand-written revisions: an UPDATE in batches with a commit between, and single statements before it.

`from dw_migration import batches`, and in `upgrade()` or `downgrade()`: `batches.execute("ALTER TABLE ...")`,
`batches.update("dw__shop__public.orders", "note = trim(note)", where="note <> trim(note)")`.
"""

from dw_migration.live.updating import Updated, update
from dw_migration.live.updating import execute_once as execute

__all__ = ["Updated", "execute", "update"]

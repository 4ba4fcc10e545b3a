"""`python -m dw_migration`: the same as `dw-migration`."""

import sys

from dw_migration.cli import main

if __name__ == "__main__":
    sys.exit(main())

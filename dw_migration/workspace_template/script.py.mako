## What `alembic revision` starts from: such a revision is run by Alembic, and what it makes is unmanaged (docs/own.md).
"""${message.replace(chr(92), chr(92) * 2).replace(chr(34), chr(39))}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
from dw_migration import batches
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}

"""Tokens of desks: what one opens, who made it, when it was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXTS = ("scope", "made_by")


def upgrade() -> None:
    with op.batch_alter_table("token", schema=None) as batch_op:
        for name in _TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("used_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("token", schema=None) as batch_op:
        for name in _TEXTS:
            batch_op.alter_column(name, server_default=None)

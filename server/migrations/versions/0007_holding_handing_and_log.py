"""Tracks that are stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("track", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("held_by", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("track", schema=None) as batch_op:
        batch_op.alter_column("held_by", server_default=None)

"""Tracks that are stopped, and who has the call of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

_MEMBERS = ("held_by", "caller", "handed_by")


def upgrade() -> None:
    with op.batch_alter_table("track", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("caller_since", sa.BigInteger(), nullable=True))
        for name in _MEMBERS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("track", schema=None) as batch_op:
        for name in _MEMBERS:
            batch_op.alter_column(name, server_default=None)

"""Tracks that the clock calls: who switched that on, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("track", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rolling_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("rolling_at", sa.BigInteger(), nullable=True))

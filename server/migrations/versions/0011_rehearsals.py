"""Rehearsals: a line of the sheet run on another clock, and how long its rows took."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    op.create_table(
        "rehearsal",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("on", sa.String(), nullable=False),
        sa.Column("cue", sa.String(), nullable=False),
        sa.Column("shift_ms", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("results", document, nullable=False),
        sa.Column("before", document, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    with op.batch_alter_table("rehearsal", schema=None) as batch_op:
        batch_op.create_index("rehearsal_track", ["event_id", "track"], unique=False)

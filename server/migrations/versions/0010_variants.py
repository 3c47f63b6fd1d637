"""Rain plans and other variants of the run sheet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )


def upgrade() -> None:
    texts = ("group", "group_en", "plan", "name", "name_en", "day", "announce", "announce_en", "state")
    op.create_table(
        "variant",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("decide_at", sa.BigInteger(), nullable=True),
        sa.Column("decider", sa.String(), nullable=True),
        sa.Column("switched_at", sa.BigInteger(), nullable=True),
        sa.Column("switched_by", sa.String(), nullable=False),
        *(sa.Column(name, _json(), nullable=False) for name in ("skip", "changes", "before", "versions")),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )

"""Publishing: what waits in rows, the sheet's versions, and what people are told of changes."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("cue") as batch_op:
        batch_op.add_column(sa.Column("published", DOCUMENT, nullable=True))
        batch_op.add_column(sa.Column("leaving", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("cue") as batch_op:
        batch_op.alter_column("leaving", server_default=None)
    op.create_table(
        "sheet",
        *_entity(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("live_at", sa.BigInteger(), nullable=True),
        sa.Column("live_by", sa.String(), nullable=False),
        sa.Column("editors", DOCUMENT, nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("threshold_s", sa.Integer(), nullable=False),
        sa.Column("versions", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_table(
        "edition",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("sheet", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
    op.create_table(
        "notice",
        *_entity(),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("cue", "number", "title", "title_en")),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        *(sa.Column(name, DOCUMENT, nullable=False) for name in ("changes", "to", "acked", "reminded")),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("told", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )


def _entity() -> list[sa.Column[Any]]:
    """What every row of event data carries."""
    return [
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
    ]

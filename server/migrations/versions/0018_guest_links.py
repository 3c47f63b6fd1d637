"""Links by which guests read the published sheet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    texts = ("event_id", "id", "audience", "name", "hash", "level", "locale", "made_by")
    op.create_table(
        "guest_link",
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        *(
            sa.Column(name, DOCUMENT, nullable=False)
            for name in ("tracks", "shows", "columns", "team_columns")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("expires_at", "made_at")),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_index("ix_guest_link_hash", "guest_link", ["hash"], unique=True)

"""One-time codes by which a signed-in browser adds another one of the same person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browser_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("opened", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("browser_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_code_code_hash"), ["code_hash"], unique=True)
        batch_op.create_index(batch_op.f("ix_browser_code_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_code_session_id"), ["session_id"], unique=False)

"""Webhooks and what was delivered to them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    json = sa.JSON(none_as_null=True).with_variant(
        sa.dialects.postgresql.JSONB(none_as_null=True), "postgresql"
    )
    op.create_table(
        "webhook",
        *_texts("event_id", "id", "audience"),
        *_numbers("version"),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        *_texts("name", "url", "locale", "secret", "secret_before", "state", "made_by"),
        sa.Column("groups", json, nullable=False),
        *_numbers("before_until", "cursor", "made_at", "leased_until"),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_table(
        "webhook_delivery",
        *_texts("event_id", "id", "webhook", "kind", "state", "error"),
        *_numbers("first_seq", "last_seq", "made_at", "next_at"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("count", "tries", "took_ms")),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_index("webhook_delivery_of", "webhook_delivery", ["event_id", "webhook", "made_at"])
    op.create_index("ix_webhook_delivery_state", "webhook_delivery", ["state"])

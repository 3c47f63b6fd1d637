"""How names are read aloud."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cue", schema=None) as batch_op:
        for name in ("reading", "reading_en"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
            batch_op.alter_column(name, server_default=None)

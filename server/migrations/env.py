"""Alembic's entry: runs the migrations on the connection that `server.core.migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """SQLModel's own text type is plain text in a migration."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, render_item=render
)
with context.begin_transaction():
    context.run_migrations()

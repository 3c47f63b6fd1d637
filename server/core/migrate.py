"""Brings a database's schema to this version's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from server.core.db import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def configured(connection: Connection) -> Config:
    """Alembic's settings for a connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(db: Database) -> None:
    """Run the migrations that the database lacks."""
    with db.writer.begin() as connection:
        command.upgrade(configured(connection), "head")

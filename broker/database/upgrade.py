"""Bringing a database up to date, which few starts have to do: who only opens one need not load Alembic."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from domain.errors import ConfigError


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file; the migrations are found inside this package."""
    config = Config()
    config.set_main_option("script_location", "broker.database:migrations")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run every migration that is missing; ConfigError when a newer version than this wrote the database."""
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise ConfigError(
            f"The database does not fit this version: {error}.",
            remedy="It was written by a newer version: install that one, or restore a copy from before.",
        ) from error

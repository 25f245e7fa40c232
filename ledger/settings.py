"""What can be set from outside: environment variables `SEATLEDGER_…`, or arguments instead."""

from pathlib import Path
from typing import Annotated

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCALHOST = "127.0.0.1"
"""The only address that is served until keys and tokens exist."""


class Settings(BaseSettings):
    """Where the ledger is and how it is served.

    `database_url`: any PostgreSQL of version 15 or later, as the role that serves; None brings one
    of our own, whose data lies in `data_folder` (None: the user's data folder). `migration_url`:
    the same, as the role that makes and owns the log's tables; None: the one that serves does.
    `port` 0 means any that is free. `smtp_url`: the mail server, `smtp://…` or `smtps://…`; None
    puts letters as files into `mail_folder` (None: beside the user's data).
    """

    model_config = SettingsConfigDict(env_prefix="SEATLEDGER_", extra="ignore")

    database_url: str | None = None
    migration_url: str | None = None
    data_folder: Path | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    connections: Annotated[int, Field(ge=1, le=200)] = 10
    smtp_url: str | None = None
    mail_folder: Path | None = None
    mail_from: str = "no-reply@localhost.localdomain"
    tick_seconds: Annotated[int, Field(ge=1, le=86400)] = 60
    body_limit: Annotated[int, Field(ge=1024)] = 8_000_000

    @field_validator("database_url", "migration_url")
    @classmethod
    def _address(cls, given: str | None) -> str | None:
        """`ValueError` for what leads to no PostgreSQL, without the password that may be in it."""
        try:
            conninfo_to_dict(given or "")
        except ProgrammingError:
            raise ValueError("no address of a PostgreSQL, as in postgresql://host/name") from None
        return given

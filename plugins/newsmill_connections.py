"""Reads the connections of Airflow that sources name as {conn:ID}, from its database or any secrets backend."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

if TYPE_CHECKING:
    from newsmill.runs import Run


log = logging.getLogger(__name__)


def keep_connections(run: Run, names: Iterable[str]) -> None:
    """Read the connections that some sources name, for the fetch; one that cannot be read costs its own source alone.

    Of an error only the class is shown: a message of a secrets backend may quote what it read.
    """
    from newsmill import pipeline
    from newsmill.sources import credentials, locations

    dumps = pipeline.select_dumps(run)
    for name in sorted({name for dump in names for name in locations.connections_of(dumps[dump])}):
        try:
            parts = _list_parts(Connection.get(name))
        except AirflowNotFoundException:
            continue  # the fetch of the source says so
        except Exception as error:
            log.warning("the connection %s cannot be read: %s", name, type(error).__name__)
            continue
        credentials.keep_connection(name, parts)


def _list_parts(connection: Connection) -> dict[str, str]:
    from newsmill.sources import credentials

    scalars = {key: value for key, value in connection.extra_dejson.items() if isinstance(value, str | int | float)}
    extra = {f"extra.{key}": str(value) for key, value in scalars.items()}
    own = {name: getattr(connection, name) for name in ("login", "password", "host", "port", "schema")}
    parts = {name: str(value) for name, value in (own | extra).items() if value}
    for value in (value for name, value in parts.items() if credentials.is_secret(name, value)):
        mask_secret(value)
    return parts

"""Reads the connections of Airflow that sources name as {conn:ID}, from its database or any secrets backend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

if TYPE_CHECKING:
    from newsmill.runs import Run


def keep_connections(run: Run, names: Iterable[str]) -> None:
    """Read the connections that some sources name, for the fetch; one that is missing costs its own source alone."""
    from newsmill import pipeline
    from newsmill.sources import credentials, locations

    dumps = pipeline.select_dumps(run)
    for name in sorted({name for dump in names for name in locations.connections_of(dumps[dump])}):
        try:
            connection = Connection.get(name)
        except AirflowNotFoundException:
            continue  # the fetch of the source says so
        credentials.keep_connection(name, _list_parts(connection))


def _list_parts(connection: Connection) -> dict[str, str]:
    extra = {f"extra.{key}": value for key, value in connection.extra_dejson.items() if isinstance(value, str)}
    own = {name: getattr(connection, name) for name in ("login", "password", "host", "port", "schema")}
    parts = {name: str(value) for name, value in (own | extra).items() if value}
    for value in (value for name, value in parts.items() if name == "password" or name in extra):
        mask_secret(value)
    return parts

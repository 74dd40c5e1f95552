"""Fills secrets into texts: environment variables, and the parts of connections that a task of Airflow has read."""

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from newsmill.errors import Permanent

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ENV = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_CONNECTION = re.compile(r"conn:([A-Za-z0-9_-]+)(?:\.(login|password|host|port|schema|extra\.[A-Za-z0-9_-]+))?")
_PASSWORD = "password"
_QUOTED = ("login", _PASSWORD, "extra.")
"""The parts that are percent-encoded in an address; host, port and schema are written as they are."""
SECRET_CHARS = 8
"""A shorter extra is no secret: to remove such a word would change addresses and logs that only happen to have it."""
_connections: dict[str, dict[str, str]] = {}
"""The parts of connections by id. newsmill opens no store of secrets: a task of Airflow reads them and keeps them here.
"""


def keep_connection(name: str, parts: Mapping[str, str]) -> None:
    """Keep the parts of a connection for this process and its forks, in place of those kept before."""
    _connections[name] = {part: value for part, value in parts.items() if value}


def list_connections(text: str) -> set[str]:
    """Return the ids of the connections that a text names."""
    matches = map(_CONNECTION.fullmatch, PLACEHOLDER.findall(text))
    return {match[1] for match in matches if match}


def is_placeholder(name: str) -> bool:
    """Report whether a placeholder, without its braces, names a secret."""
    return bool(_ENV.fullmatch(name) or _CONNECTION.fullmatch(name))


def has_placeholder(text: str) -> bool:
    """Report whether a text names a secret."""
    return any(map(is_placeholder, PLACEHOLDER.findall(text)))


def fill_secrets(text: str) -> str:
    """Replace {env:NAME} and {conn:ID} placeholders by secrets; the result may be sent and never shown."""

    def read_secret(placeholder: re.Match) -> str:
        if match := _ENV.fullmatch(placeholder[1]):
            return _read_variable(match[1])
        if match := _CONNECTION.fullmatch(placeholder[1]):
            part = match[2] or _PASSWORD
            value, is_in_address = _read_part(match[1], part), "://" in text[: placeholder.start()]
            return quote(value, safe="") if is_in_address and part.startswith(_QUOTED) else value
        return placeholder[0]

    return PLACEHOLDER.sub(read_secret, text)


def find_secrets(text: str) -> Iterator[tuple[str, str]]:
    """Yield value and placeholder of each secret of a text that this process can read.

    Login, host, port and schema of a connection, and a short extra, are no secrets: such a word may be part of any
    address.
    """
    for placeholder in PLACEHOLDER.findall(text):
        if match := _ENV.fullmatch(placeholder):
            value = os.environ.get(match[1])
        elif match := _CONNECTION.fullmatch(placeholder):
            part = match[2] or _PASSWORD
            value = _connections.get(match[1], {}).get(part)
            value = value if value and is_secret(part, value) else None
        else:
            continue
        if value:
            yield value, f"{{{placeholder}}}"


def is_secret(part: str, value: str) -> bool:
    """Report whether the value of a part of a connection is a secret."""
    return part == _PASSWORD or (part.startswith("extra.") and len(value) >= SECRET_CHARS)


def _read_variable(name: str) -> str:
    if name not in os.environ:
        message = f"the environment variable {name} is not set; set it where newsmill runs"
        raise Permanent(f"{{env:{name}}}: {message}")
    return os.environ[name]


def _read_part(name: str, part: str) -> str:
    parts = _connections.get(name)
    if parts is None:
        remedy = "add it under Admin → Connections or to the secrets backend; a command has none, so write {env:NAME}"
        raise Permanent(f"{{conn:{name}}}: there is no connection {name} of Airflow; {remedy}")
    if part not in parts:
        known = ", ".join(sorted(parts)) or "nothing"
        raise Permanent(f"{{conn:{name}.{part}}}: the connection {name} has no {part}; it has {known}")
    return parts[part]

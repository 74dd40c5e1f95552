"""Fills night and secrets into a location; redacts addresses for logs, tables and messages."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.sources.credentials import PLACEHOLDER, find_secrets, is_placeholder, list_connections
from newsmill.url_secrets import SECRET_PARAMETER

WEB = ("http", "https")
STORES = ("s3", "gs", "sftp")
DATE_LETTERS = "YmdyjbBGVu"
"""The strftime letters allowed in {night:%…}: letters of dates only."""
_DATE_FORMAT = re.compile(rf"([-_./ ]|%[{DATE_LETTERS}])*%[{DATE_LETTERS}]([-_./ ]|%[{DATE_LETTERS}])*")
"""A format of date letters and separators only."""

_NIGHT = re.compile(r"night(?::(.*))?", re.DOTALL)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_SECRET_NAME = re.compile(
    r"(^|[-_.])(sig|signature|token|secret|password|passwd|pwd|credentials?|auth|authorization|key|apikey|jwt|session)"
    rf"($|[-_.])|^x-(amz|goog|ms)-|access_?key|access_?token|auth_?token|{SECRET_PARAMETER.pattern}",
    re.IGNORECASE,
)
"""Query names that carry secrets; wider than the list for pages, since dump addresses identify no page."""
_SECRET_VALUE = re.compile(r"[A-Za-z0-9+=_]{32,}")
_REDACTED = "…"
_BLANK = "\0"


def scheme_of(location: str) -> str:
    """Return the scheme of an address in lower case; `file` for a path."""
    match = _SCHEME.match(location)
    return match[1].lower() if match else "file"


def is_dated(dump: Dump) -> bool:
    """Return whether the source's location contains {night}: then each night has separate files."""
    return any(_NIGHT.fullmatch(piece) for text in _placeholder_texts(dump) for piece in PLACEHOLDER.findall(text))


def takes_new(dump: Dump) -> bool:
    """Return whether a night takes only files not landed by other nights."""
    return dump.take == "new" if dump.take else not is_dated(dump)


def placeholder_error(text: str) -> str | None:
    """Return an error message for the first invalid placeholder of a text, or None."""
    for placeholder in PLACEHOLDER.findall(text):
        night = _NIGHT.fullmatch(placeholder)
        if not night and not is_placeholder(placeholder):
            return f"{{{placeholder}}} is unknown; write {{night}}, {{night:%Y/%m/%d}}, {{env:NAME}} or {{conn:ID}}"
        if night and night[1] is not None and not _is_date_format(night[1]):
            return _date_format_error(placeholder)
    return None


def fill_night(text: str, night: date) -> str:
    """Replace {night} placeholders by the date; leave {env:…} and {conn:…} placeholders."""

    def format_night(placeholder: re.Match) -> str:
        match = _NIGHT.fullmatch(placeholder[1])
        if not match:
            return placeholder[0]
        if match[1] is None:
            return night.isoformat()
        if not _is_date_format(match[1]):
            raise Permanent(f"{text}: {_date_format_error(placeholder[1])}")
        return night.strftime(match[1])

    return PLACEHOLDER.sub(format_night, text)


def _is_date_format(spec: str) -> bool:
    """Return whether a format yields only a date, without hidden path steps or steps upwards."""
    return _DATE_FORMAT.fullmatch(spec) is not None and not any(step.startswith(".") for step in spec.split("/"))


def _date_format_error(placeholder: str) -> str:
    allowed = f"of the letters {DATE_LETTERS} and - _ . / between them"
    example = f"write for instance {{night:%Y/%m/%d}}, {allowed}"
    return f"{{{placeholder}}} is no date; {example}; write other words outside of it"


def secrets_of(dump: Dump) -> Iterator[tuple[str, str]]:
    """Yield (value, placeholder) of each secret in a source's location, longest value first."""
    values = {value: name for text in _placeholder_texts(dump) for value, name in find_secrets(text)}
    yield from sorted(values.items(), key=lambda pair: -len(pair[0]))


def connections_of(dump: Dump) -> set[str]:
    """Return the ids of Airflow's connections that a source names."""
    return {name for text in _placeholder_texts(dump) for name in list_connections(text)}


def redact_address(address: str, dump: Dump | None = None) -> str:
    """Return an address without user, password, signature and secrets, safe for logs and tables."""
    for value, name in secrets_of(dump) if dump else ():
        address = name.join(_match_encoded(value).split(address))
    if scheme_of(address) == "file":
        return address
    parts = urlsplit(address)
    query = "&".join(
        f"{name}={_REDACTED if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value) else value}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


@lru_cache(maxsize=100)
def _match_encoded(value: str) -> re.Pattern[str]:
    """Return a pattern of a text in an address: a library may encode any of its characters, in either case."""
    return re.compile("".join(map(_match_character, value)), re.IGNORECASE)


def _match_character(character: str) -> str:
    encoded = "".join(f"%{byte:02x}" for byte in character.encode("utf8", "surrogateescape"))
    return f"(?:{re.escape(character)}|{encoded}{'|[+]' if character == ' ' else ''})"


def find_secret(address: str) -> str | None:
    """Return a description of a plain-text secret in an address, or None."""
    parts = urlsplit(address)
    user_info = PLACEHOLDER.sub(_blank_placeholder, parts.netloc.rpartition("@")[0])
    if user_info.partition(":")[2] not in ("", _BLANK):
        return "a password"
    for name, value in parse_qsl(parts.query):
        if _SECRET_NAME.search(name) and value and not PLACEHOLDER.search(value):
            return f"the secret {name}"
    return None


def _blank_placeholder(placeholder: re.Match[str]) -> str:
    return _BLANK if is_placeholder(placeholder[1]) else placeholder[0]


def origin_of(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port_of(address)


def port_of(address: str) -> int | None:
    """Return the port of an address, or the scheme's default port."""
    parts = urlsplit(address)
    try:
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
    except ValueError as error:
        raise Permanent(
            f"{redact_address(address)}: the port is no number from 1 to 65535; correct the address"
        ) from error


def folder_of(address: str) -> str:
    """Return the folder of a file's address with a trailing slash, without query and fragment."""
    path = address if scheme_of(address) == "file" else re.split(r"[?#]", address, maxsplit=1)[0]
    return path if path.endswith("/") else path.rpartition("/")[0] + "/"


def landing_name(address: str, base: str, dump: Dump | None = None) -> str:
    """Return the landing name for an address: the safe path below `base`, else host and path.

    Addresses with different queries get distinct names; a signature in the query does not change the name.
    """
    plain = redact_address(address, dump)
    path = plain.removeprefix(base) if plain.startswith(base) else plain.partition("://")[2]
    path, _, query = path.partition("?")
    steps = [safe_step(unquote(step)) for step in path.split("/") if step not in ("", ".", "..")]
    name = "/".join(steps) or "index"
    return add_hash_suffix(name, query) if query else name


def add_hash_suffix(name: str, source: str) -> str:
    """Insert a hash of `source` before a name's extension, to make the name unique."""
    folder, _, last = name.rpartition("/")
    stem, dot, extension = last.partition(".")
    suffix = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return (f"{folder}/" if folder else "") + f"{stem}-{suffix}{dot}{extension}"


def safe_step(step: str) -> str:
    """Return a safe path step: no way out of the folder, visible, short enough for every file system."""
    step = re.sub(r"[\x00-\x1f\x7f/\\\ud800-\udfff]", "_", step)
    step = f"_{step[1:]}" if step.startswith(".") else step
    if len(step.encode()) > 200:
        suffix = hashlib.sha256(step.encode()).hexdigest()[:8]
        step = f"{step.encode()[:120].decode(errors='ignore')}-{suffix}{step.encode()[-60:].decode(errors='ignore')}"
    return step


def _placeholder_texts(dump: Dump) -> Iterator[str]:
    yield from (text for text in (dump.location, dump.base, dump.pattern) if text)
    yield from _nested_strings(dump.options)


def _nested_strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _nested_strings(item)

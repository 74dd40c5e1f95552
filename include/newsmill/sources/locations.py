"""What a location stands for on a night, and how much of an address may be shown to anyone."""

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from newsmill.errors import Permanent
from newsmill.landing import Dump
from newsmill.url_secrets import SECRET_PARAMETER

WEB = ("http", "https")
STORES = ("s3", "gs", "sftp")
PIECES = "YmdyjbBGVu"
"""The letters that {night:%…} may hold: those of dates."""
_DATE_FORMAT = re.compile(rf"([-_./ ]|%[{PIECES}])*%[{PIECES}]([-_./ ]|%[{PIECES}])*")
"""A format that gives nothing but pieces of a date and what separates them."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NIGHT = re.compile(r"night(?::(.*))?", re.DOTALL)
_ENV = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_SECRET_NAME = re.compile(
    r"(^|[-_.])(sig|signature|token|secret|password|passwd|pwd|credentials?|auth|authorization|key|apikey|jwt|session)"
    rf"($|[-_.])|^x-(amz|goog|ms)-|access_?key|access_?token|auth_?token|{SECRET_PARAMETER.pattern}",
    re.IGNORECASE,
)
"""Names that carry secrets in addresses of dumps: nothing is known by these, so more names are held back."""
_SECRET_VALUE = re.compile(r"[A-Za-z0-9+=_]{32,}")
_HIDDEN = "…"


def scheme_of(location: str) -> str:
    """Return the scheme of an address in small letters; a path has `file`."""
    found = _SCHEME.match(location)
    return found[1].lower() if found else "file"


def is_dated(dump: Dump) -> bool:
    """Tell whether the dump's place names the night, so that each night has files of its own."""
    return any(_NIGHT.fullmatch(piece) for text in _texts(dump) for piece in PLACEHOLDER.findall(text))


def takes_new(dump: Dump) -> bool:
    """Tell whether a night takes only what no other night has landed."""
    return dump.take == "new" if dump.take else not is_dated(dump)


def complaint(text: str) -> str | None:
    """Say what is wrong with the pieces in braces of a text, if anything is."""
    for piece in PLACEHOLDER.findall(text):
        night = _NIGHT.fullmatch(piece)
        if not night and not _ENV.fullmatch(piece):
            return f"{{{piece}}} is unknown; write {{night}}, {{night:%Y/%m/%d}} or {{env:NAME}}"
        if night and night[1] is not None and not _is_date_format(night[1]):
            return _no_date(piece)
    return None


def dated(text: str, night: date) -> str:
    """Put the night into a text; secrets stay named."""

    def filled(match: re.Match) -> str:
        found = _NIGHT.fullmatch(match[1])
        if not found:
            return match[0]
        if found[1] is None:
            return night.isoformat()
        if not _is_date_format(found[1]):
            raise Permanent(f"{text}: {_no_date(match[1])}")
        return night.strftime(found[1])

    return PLACEHOLDER.sub(filled, text)


def _is_date_format(spec: str) -> bool:
    """Return whether a format gives a date alone, without a step of a path that is hidden or leads upwards."""
    return _DATE_FORMAT.fullmatch(spec) is not None and not any(step.startswith(".") for step in spec.split("/"))


def _no_date(piece: str) -> str:
    known = f"of the letters {PIECES} and - _ . / between them"
    return f"{{{piece}}} is no date; write for instance {{night:%Y/%m/%d}}, {known}; write other words outside of it"


def opened(text: str) -> str:
    """Put secrets of the environment into a text; what comes back may be sent and never shown."""

    def told(piece: re.Match) -> str:
        found = _ENV.fullmatch(piece[1])
        if found and found[1] not in os.environ:
            raise Permanent(f"{piece[0]}: the environment variable {found[1]} is not set; set it where newsmill runs")
        return os.environ[found[1]] if found else piece[0]

    return PLACEHOLDER.sub(told, text)


def secrets_of(dump: Dump) -> Iterator[tuple[str, str]]:
    """Yield (value, name as written) of the secrets that a dump's place names, longest first."""
    names = {name for text in _texts(dump) for piece in PLACEHOLDER.findall(text) for name in _ENV.findall(piece)}
    values = {os.environ[name]: f"{{env:{name}}}" for name in names if os.environ.get(name)}
    yield from sorted(values.items(), key=lambda pair: -len(pair[0]))


def shown(address: str, dump: Dump | None = None) -> str:
    """Return an address as it may be written anywhere: without user, password, signature or secret."""
    for value, name in secrets_of(dump) if dump else ():
        address = address.replace(quote(value, safe=""), name).replace(value, name)
    if scheme_of(address) == "file":
        return address
    parts = urlsplit(address)
    query = "&".join(
        f"{name}={_HIDDEN if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value) else value}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def holds_secret(address: str) -> str | None:
    """Say what in an address is a secret in plain, if anything is."""
    parts = urlsplit(address)
    if ":" in parts.netloc.rpartition("@")[0] and "{env:" not in parts.netloc:
        return "a password"
    for name, value in parse_qsl(parts.query):
        if _SECRET_NAME.search(name) and value and not PLACEHOLDER.search(value):
            return f"the secret {name}"
    return None


def origin(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port_of(address)


def port_of(address: str) -> int | None:
    """Return the port of an address, that of its scheme where none is named."""
    parts = urlsplit(address)
    try:
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
    except ValueError as error:
        raise Permanent(f"{shown(address)}: the port is no number from 1 to 65535; correct the address") from error


def folder_of(address: str) -> str:
    """Return the folder in which a file lies, with a slash at its end; a query is no part of it."""
    path = address if scheme_of(address) == "file" else re.split(r"[?#]", address, maxsplit=1)[0]
    return path if path.endswith("/") else path.rpartition("/")[0] + "/"


def landing_name(address: str, base: str, dump: Dump | None = None) -> str:
    """Return the name under which an address lands: its path below `base`, else its host and path, made safe.

    Addresses that differ in their query only get names of their own; a signature in the query changes no name.
    """
    plain = shown(address, dump)
    path = plain.removeprefix(base) if plain.startswith(base) else plain.partition("://")[2]
    path, _, query = path.partition("?")
    steps = [safe_step(unquote(step)) for step in path.split("/") if step not in ("", ".", "..")]
    name = "/".join(steps) or "index"
    return tagged(name, query) if query else name


def tagged(name: str, told: str) -> str:
    """Tell a name from others by a hash of what it stands for; what ends the name still ends it."""
    folder, _, last = name.rpartition("/")
    stem, dot, ends = last.partition(".")
    mark = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return (f"{folder}/" if folder else "") + f"{stem}-{mark}{dot}{ends}"


def safe_step(step: str) -> str:
    """Return one step of a name so that it stays inside its folder, is visible and fits every file system."""
    step = re.sub(r"[\x00-\x1f\x7f/\\\ud800-\udfff]", "_", step)
    step = f"_{step[1:]}" if step.startswith(".") else step
    if len(step.encode()) > 200:
        mark = hashlib.sha256(step.encode()).hexdigest()[:8]
        step = f"{step.encode()[:120].decode(errors='ignore')}-{mark}{step.encode()[-60:].decode(errors='ignore')}"
    return step


def _texts(dump: Dump) -> Iterator[str]:
    yield from (text for text in (dump.location, dump.base, dump.pattern) if text)
    yield from _strings(dump.options)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)

"""The user's list of dumps: the keys of sources.toml, and a dump made from a path on the command line."""

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsmill.errors import Permanent
from newsmill.formats import AUTO, format_names
from newsmill.landing import Dump, Publisher
from newsmill.sources import locations
from newsmill.sources.remote_files import GB, MB, Limits

FORMATS = (AUTO, *format_names())
CONTENTS = ("page", "article")
LISTS = ("files", "links", "manifest")
TAKES = ("all", "new")
MAX_NAME_CHARS = 60
_LOCATION_HASH_CHARS = 8
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BY_NAME = "and write {env:NAME} for it"
_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")

_DUMP_KEYS = {
    "location": "a text: a folder, a file, a pattern or an address, {night} standing for the date",
    "format": f"one of {', '.join(FORMATS)}",
    "content": f"one of {', '.join(CONTENTS)}",
    "publisher": 'a table, such as { name = "Harbor Wire", domain = "harborwire.example" }',
    "separator": "a text: the line that stands between two pages of a text file",
    "max_reject_share": "a number from 0 to 1",
    "list": f"one of {', '.join(LISTS)}",
    "base": "a text: the folder or address that entries of the list start from",
    "pattern": "a text such as *.warc.gz, which picks entries of the list",
    "take": f"one of {', '.join(TAKES)}",
    "allow_private": "true or false",
    "limits": 'a table, such as { file_bytes = "20 GB", files = 500000 }',
    "options": "a table for the library that reaches the place, such as { anon = true }",
}
_LIMIT_KEYS = {
    field.name: 'a number of bytes, or a text such as "20 GB"' if field.name.endswith("_bytes") else "a whole number"
    for field in fields(Limits)
}
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": MB, "gb": GB, "tb": 1024 * GB}
_SIZE = re.compile(r"(\d+)\s*([kmgt]?b)?", re.IGNORECASE)
_SECRET_OPTION = re.compile(r"secret|passw|token|(^|_)key$|authorization|cookie", re.IGNORECASE)
_PUBLISHER_KEYS = {
    "name": "a text: the name people know it by",
    "domain": "a host such as harborwire.example, with no scheme and no path",
    "country_code": "two capital letters, as in ISO 3166-1, such as GB",
    "is_wire": "true or false",
    "owner": "a text",
}
_FITS = {
    "location": lambda value: isinstance(value, str) and value.strip() != "",
    "format": lambda value: value in FORMATS,
    "content": lambda value: value in CONTENTS,
    "publisher": lambda value: isinstance(value, dict),
    "separator": lambda value: isinstance(value, str) and value.strip() != "" and "\n" not in value,
    "max_reject_share": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "list": lambda value: value in LISTS,
    "base": lambda value: isinstance(value, str) and value.strip() != "",
    "pattern": lambda value: isinstance(value, str) and value.strip() != "",
    "take": lambda value: value in TAKES,
    "allow_private": lambda value: isinstance(value, bool),
    "limits": lambda value: isinstance(value, dict),
    "options": lambda value: isinstance(value, dict),
    **{
        name: (lambda value: _parse_bytes(value) is not None)
        if name.endswith("_bytes")
        else (lambda value: type(value) is int and value >= 0)
        for name in _LIMIT_KEYS
    },
    "name": lambda value: isinstance(value, str) and value.strip() != "",
    "domain": lambda value: isinstance(value, str) and _DOMAIN.fullmatch(value) is not None,
    "country_code": lambda value: isinstance(value, str) and re.fullmatch("[A-Z]{2}", value) is not None,
    "is_wire": lambda value: isinstance(value, bool),
    "owner": lambda value: isinstance(value, str) and value.strip() != "",
}


def catalog(path: Path) -> dict[str, Dump]:
    """Read the list of dumps; a Permanent error names the file, the entry, the key and the expected value."""
    return {name: _build_dump(path, name, entry) for name, entry in _parse_toml(path).items()}


def adhoc(location: str, content: str) -> Dump:
    """Make a dump of a location, with a name derived from the location; all files are taken."""
    _refuse_secrets(f"--source {locations.redact_address(location)}", location)
    path = location if locations.scheme_of(location) == "file" else urlsplit(location).path
    steps = [step for step in path.replace("\\", "/").split("/") if step and not re.search(r"[*?\[{]", step)]
    stem = steps[-1].split(".")[0] if steps else ""
    name = f"{_make_slug(stem) or 'dump'}-{_hash_location(location)}"
    return Dump(name=name, location=location, content=content, take="all")


def _hash_location(location: str) -> str:
    place = location
    if locations.scheme_of(location) == "file":
        place = os.path.normpath(Path(location.removeprefix("file://")).expanduser())
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:_LOCATION_HASH_CHARS]


def _parse_toml(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; write the list of dumps there, one [name] a dump") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the list of dumps as a file") from error


def _build_dump(path: Path, name: str, entry: object) -> Dump:
    where = f"{path}: [{name}]"
    if not isinstance(entry, dict):
        raise Permanent(f"{where} is {entry!r}; expected a table with the keys {', '.join(_DUMP_KEYS)}")
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        near = f", such as {_make_slug(name)}" if _make_slug(name) else ""
        raise Permanent(f"{where}: a dump is named by at most {MAX_NAME_CHARS} of a-z, 0-9 and single hyphens{near}")
    _check_keys(where, entry, _DUMP_KEYS, required="location")
    if "publisher" in entry:
        entry = entry | {"publisher": _parse_publisher(f"{where} publisher", entry["publisher"])}
    if "limits" in entry:
        entry = entry | {"limits": _parse_limits(f"{where} limits", entry["limits"])}
    _check_location(where, entry)
    return Dump(name=name, **entry)


def _check_location(where: str, entry: Mapping) -> None:
    """Check location, list and options for consistency and secrets."""
    for key in ("location", "base", "pattern"):
        if key in entry and (wrong := locations.placeholder_error(entry[key])):
            raise Permanent(f"{where}: {key}: {wrong}")
        _refuse_secrets(f"{where}: {key}", entry.get(key, ""))
    if entry.get("list", "files") == "files" and (extra := [key for key in ("base", "pattern") if key in entry]):
        expected = "expected with list = 'links' or 'manifest' only; of files, location holds the pattern"
        raise Permanent(f"{where}: {extra[0]} is {entry[extra[0]]!r}; {expected}")
    if entry.get("list") == "links" and "pattern" not in entry:
        raise Permanent(f"{where}: the key 'pattern' is missing; expected {_DUMP_KEYS['pattern']}")
    for name, value in _flatten_options(entry.get("options", {})):
        if isinstance(value, str) and (wrong := locations.placeholder_error(value)):
            raise Permanent(f"{where} options: {name}: {wrong}")
        if isinstance(value, str) and _SECRET_OPTION.search(name) and "{env:" not in value and value != "anon":
            raise Permanent(f"{where} options: {name} is a secret in plain; put it into the environment, {_BY_NAME}")


def _refuse_secrets(where: str, address: str) -> None:
    if "://" in address and (secret := locations.find_secret(address)):
        raise Permanent(f"{where}: holds {secret} in plain; put it into the environment, {_BY_NAME}")


def _flatten_options(options: Mapping) -> Iterator[tuple[str, object]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flatten_options(value)
        else:
            yield name, value


def _parse_limits(where: str, entry: Mapping) -> dict[str, int]:
    _check_keys(where, entry, _LIMIT_KEYS)
    sizes = ((name, _parse_bytes(value)) for name, value in entry.items())
    return {name: size for name, size in sizes if size is not None}  # _check_keys raised on any other value


def _parse_bytes(value: object) -> int | None:
    """Return a number, or a text such as 20 GB in bytes; None for any other value."""
    if type(value) is int:
        return value if value >= 0 else None
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(match[1]) * _UNITS[(match[2] or "").lower()] if match else None


def _parse_publisher(where: str, entry: dict[str, Any]) -> Publisher:
    _check_keys(where, entry, _PUBLISHER_KEYS, required="name")
    if "domain" in entry:
        entry = entry | {"domain": entry["domain"].lower().removeprefix("www.")}
    return Publisher(**entry)


def _check_keys(where: str, entry: Mapping, keys: Mapping[str, str], required: str | None = None) -> None:
    for key, value in entry.items():
        if key not in keys:
            near = get_close_matches(key, keys, n=1, cutoff=0.0)[0]
            raise Permanent(f"{where}: unknown key {key!r}; did you mean {near!r}? known keys: {', '.join(keys)}")
        if not _FITS[key](value):
            raise Permanent(f"{where}: {key} is {value!r}; expected {keys[key]}")
    if required and required not in entry:
        raise Permanent(f"{where}: the key {required!r} is missing; expected {keys[required]}")


def _make_slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[: MAX_NAME_CHARS - _LOCATION_HASH_CHARS - 1].strip("-")

"""The user's list of sources: the entries of sources.toml, and a source made from a path on the command line."""

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from newsmill.errors import Permanent
from newsmill.landing import Dump, Publisher
from newsmill.runs import MAX_REJECT_SHARE
from newsmill.sources import locations
from newsmill.sources.credentials import has_placeholder
from newsmill.sources.source_schema import DUMP_KEYS, parse_dump

MAX_NAME_CHARS = 60
_LOCATION_HASH_CHARS = 8
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BY_NAME = "and write {env:NAME} for it, or into a connection of Airflow, and write {conn:ID}"
_SECRET_OPTION = re.compile(r"secret|passw|token|(^|_)key$|authorization|cookie", re.IGNORECASE)


def catalog(path: Path) -> dict[str, Dump]:
    """Read the list of sources; a Permanent error names the file, the entry, the key and the expected value."""
    return dict(_build_dumps(path, _read_text(path)))


@lru_cache(maxsize=1)  # a list of 3,000 sources takes 0.3 s, and each fetch needs the list
def _build_dumps(path: Path, text: str) -> dict[str, Dump]:
    return {name: _build_dump(path, name, entry) for name, entry in _parse_toml(path, text).items()}


def adhoc(location: str, content: str, max_reject_share: float = MAX_REJECT_SHARE) -> Dump:
    """Make a source of a location, with a name derived from the location; all files are taken."""
    _refuse_secrets(f"--source {locations.redact_address(location)}", location)
    path = location if locations.scheme_of(location) == "file" else urlsplit(location).path
    steps = [step for step in path.replace("\\", "/").split("/") if step and not re.search(r"[*?\[{]", step)]
    stem = steps[-1].split(".")[0] if steps else ""
    name = f"{_make_slug(stem) or 'dump'}-{_hash_location(location)}"
    return Dump(name=name, location=location, content=content, max_reject_share=max_reject_share, take="all")


def _hash_location(location: str) -> str:
    place = location
    if locations.scheme_of(location) == "file":
        place = os.path.normpath(Path(location.removeprefix("file://")).expanduser())
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:_LOCATION_HASH_CHARS]


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; write the list of sources there, one [name] each") from error
    except UnicodeDecodeError as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the list of sources as a file") from error


def _parse_toml(path: Path, text: str) -> dict:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error


def _build_dump(path: Path, name: str, entry: object) -> Dump:
    where = f"{path}: [{name}]"
    if not isinstance(entry, dict):
        raise Permanent(f"{where} is {entry!r}; expected a table with the keys {', '.join(DUMP_KEYS)}")
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        near = f", such as {_make_slug(name)}" if _make_slug(name) else ""
        raise Permanent(f"{where}: a source is named by at most {MAX_NAME_CHARS} of a-z, 0-9 and single hyphens{near}")
    values = parse_dump(where, entry)
    _check_location(where, values)
    if "publisher" in values:
        values["publisher"] = Publisher(**values["publisher"])
    return Dump(name=name, **values)


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
        raise Permanent(f"{where}: the key 'pattern' is missing; expected {DUMP_KEYS['pattern']}")
    for name, value in _flatten_options(entry.get("options", {})):
        if isinstance(value, str) and (wrong := locations.placeholder_error(value)):
            raise Permanent(f"{where} options: {name}: {wrong}")
        if isinstance(value, str) and _SECRET_OPTION.search(name) and not has_placeholder(value) and value != "anon":
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


def _make_slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[: MAX_NAME_CHARS - _LOCATION_HASH_CHARS - 1].strip("-")

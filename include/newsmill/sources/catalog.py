"""The user's list of dumps: what sources.toml may say, and a dump made up from one path on the command line."""

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from newsmill.errors import Permanent
from newsmill.landing import Dump, Publisher

FORMATS = ("auto", "text", "jsonl")
CONTENTS = ("page", "article")
MAX_NAME_CHARS = 60
_PLACE_ID_CHARS = 8
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")

_DUMP_KEYS = {
    "location": "a text: a folder, a file or a pattern, {night} standing for the date",
    "format": f"one of {', '.join(FORMATS)}",
    "content": f"one of {', '.join(CONTENTS)}",
    "publisher": 'a table, such as { name = "Harbor Wire", domain = "harborwire.example" }',
    "max_reject_share": "a number from 0 to 1",
}
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
    "max_reject_share": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "name": lambda value: isinstance(value, str) and value.strip() != "",
    "domain": lambda value: isinstance(value, str) and _DOMAIN.fullmatch(value) is not None,
    "country_code": lambda value: isinstance(value, str) and re.fullmatch("[A-Z]{2}", value) is not None,
    "is_wire": lambda value: isinstance(value, bool),
    "owner": lambda value: isinstance(value, str) and value.strip() != "",
}


def catalog(path: Path) -> dict[str, Dump]:
    """Read the list of dumps; a Permanent error names the file, the entry, the key and what was expected."""
    return {name: _dump(path, name, entry) for name, entry in _parsed(path).items()}


def adhoc(location: str, content: str) -> Dump:
    """Make a dump of one path or pattern; its name tells the place."""
    steps = [step for step in location.replace("\\", "/").split("/") if step and not re.search(r"[*?\[{]", step)]
    stem = steps[-1].split(".")[0] if steps else ""
    return Dump(name=f"{_slug(stem) or 'dump'}-{_place_id(location)}", location=location, content=content)


def _place_id(location: str) -> str:
    place = os.path.normpath(Path(location.removeprefix("file://")).expanduser())
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:_PLACE_ID_CHARS]


def _parsed(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; write the list of dumps there, one [name] a dump") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the list of dumps as a file") from error


def _dump(path: Path, name: str, entry: object) -> Dump:
    where = f"{path}: [{name}]"
    if not isinstance(entry, dict):
        raise Permanent(f"{where} is {entry!r}; expected a table with the keys {', '.join(_DUMP_KEYS)}")
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        near = f", such as {_slug(name)}" if _slug(name) else ""
        raise Permanent(f"{where}: a dump is named by at most {MAX_NAME_CHARS} of a-z, 0-9 and single hyphens{near}")
    _check(where, entry, _DUMP_KEYS, required="location")
    if "publisher" in entry:
        entry = entry | {"publisher": _publisher(f"{where} publisher", entry["publisher"])}
    return Dump(name=name, **entry)


def _publisher(where: str, entry: Mapping) -> Publisher:
    _check(where, entry, _PUBLISHER_KEYS, required="name")
    if "domain" in entry:
        entry = entry | {"domain": entry["domain"].lower().removeprefix("www.")}
    return Publisher(**entry)


def _check(where: str, entry: Mapping, keys: Mapping[str, str], required: str) -> None:
    for key, value in entry.items():
        if key not in keys:
            near = get_close_matches(key, keys, n=1, cutoff=0.0)[0]
            raise Permanent(f"{where}: unknown key {key!r}; did you mean {near!r}? known keys: {', '.join(keys)}")
        if not _FITS[key](value):
            raise Permanent(f"{where}: {key} is {value!r}; expected {keys[key]}")
    if required not in entry:
        raise Permanent(f"{where}: the key {required!r} is missing; expected {keys[required]}")


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[: MAX_NAME_CHARS - _PLACE_ID_CHARS - 1].strip("-")

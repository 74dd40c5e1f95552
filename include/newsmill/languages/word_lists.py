"""Read the word lists: files `<language code>/<topic>.toml` in the folder of the module, each read once in a process.

A line in a form that could never match a text is an error with file and line.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from newsmill.errors import Permanent
from newsmill.languages.topics import TOPICS, Shape

FOLDER = Path(__file__).parent


class Place(NamedTuple):
    """A place in a file: `name` of the list, `key` of a group or empty, the entry or None for the head of the list."""

    name: str
    key: str = ""
    entry: Any = None


@cache
def list_languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the codes of all languages with word lists."""
    return tuple(sorted({path.parent.name for path in folder.glob("*/*.toml")}))


def read_words(language: str, topic: str, name: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """Return a list of a language."""
    return _select(language, topic, name, folder)


def read_table(language: str, topic: str, name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return a table of a language: groups as tuples by key, or values by entry."""
    return dict(_select(language, topic, name, folder))


def join_words(topic: str, name: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """Return a list of all languages together, each entry once."""
    lists = (read_topic(language, topic, folder).get(name, ()) for language in list_languages(folder))
    return tuple(dict.fromkeys(entry for entries in lists for entry in entries))


def any_of(phrases: Iterable[str]) -> str:
    """Return the inside of a pattern for one of several phrases, tried in their order."""
    return "|".join(map(re.escape, phrases))


def join_groups(topic: str, name: str, folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Return the groups of a table of all languages together by key, each entry once in a group."""
    groups: dict[str, dict[str, None]] = {}
    for language in list_languages(folder):
        for key, entries in read_topic(language, topic, folder).get(name, {}).items():
            groups.setdefault(key, {}).update(dict.fromkeys(entries))
    return {key: tuple(entries) for key, entries in groups.items()}


@cache
def read_topic(language: str, topic: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return all lists of a file by name; none where the language has no such file."""
    path = folder / language / f"{topic}.toml"
    if not path.exists():
        return {}
    document = parse_file(path)
    for name, key, entries in _list_lists(document, topic):
        form = TOPICS[topic][name].form
        wrong = [entry for entry in entries if not (isinstance(entry, str) and form.accepts(entry))]
        if wrong:
            place = locate(path, Place(name, key, wrong[0]))
            raise Permanent(f"{place}: {wrong[0]!r} can match nothing: write it {form.rule}")
    return {name: _freeze(content) for name, content in document.items()}


def parse_file(path: Path) -> dict[str, Any]:
    """Return the content of a file after checking the names and shapes of the lists."""
    topic = TOPICS.get(path.stem)
    if topic is None:
        raise Permanent(f"{path}: no topic {path.stem!r}; the topics are {', '.join(TOPICS)}")
    try:
        document = tomllib.loads(path.read_text("utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        remedy = 'Write each entry on a line of its own, in double quotes, with a comma behind it: "entry",'
        raise Permanent(f"{path} is not TOML: {error}", remedy) from error
    for name, content in document.items():
        if name not in topic:
            place = locate(path, Place(name))
            raise Permanent(f"{place}: no list {name!r} belongs to {path.stem}; its lists are {', '.join(topic)}")
        _check_shape(path, name, content)
    return document


def _list_lists(document: dict[str, Any], topic: str) -> Iterator[tuple[str, str, Iterable[Any]]]:
    """Yield (name, key of the group or empty, entries) of each list of a parsed file, in the order of the file."""
    for name, content in document.items():
        if TOPICS[topic][name].shape is Shape.GROUPS:
            yield from ((name, key, entries) for key, entries in content.items())
        else:
            yield name, "", content


def locate(path: Path, place: Place) -> str:
    """Return file and line of a place; if the file lacks the entry, the line of the list's head."""
    table = array = ""
    head = 0
    written = json.dumps(place.entry, ensure_ascii=False)
    for number, line in enumerate(map(str.strip, path.read_text("utf8").splitlines()), 1):
        start = line.partition("=")[0].strip()
        if line.startswith("["):
            table, array = line.strip("[]"), ""
        elif line.endswith("["):
            array = start
        if (table, array) not in ((place.name, place.key), ("", place.name)):
            continue
        head = head or number
        if place.entry is not None and (line.rstrip(",") == written or start.strip('"') == place.entry):
            return f"{path}, line {number}"
    return f"{path}, line {head}"


def find_disorder(path: Path) -> list[str]:
    """Return the faults in the order of a file, with line numbers: entries written twice, lists not sorted."""
    faults = []
    for name, key, entries in _list_lists(parse_file(path), path.stem):
        ordered = sorted(set(entries), key=sort_key)
        pairs = zip_longest(entries, ordered)
        wrong = next((entry for entry, expected in pairs if entry != expected), None)
        if wrong is not None:
            faults.append(f"{locate(path, Place(name, key, wrong))}: {wrong!r} is written twice or out of order")
    return faults


def sort_key(text: str) -> tuple[str, str]:
    """Return the sort key of an entry: small and capital letters together."""
    return text.casefold(), text


def _select(language: str, topic: str, name: str, folder: Path) -> Any:
    lists = read_topic(language, topic, folder)
    if name not in lists:
        raise Permanent(f"{folder / language / topic}.toml lacks the list {name!r}, which the code reads")
    return lists[name]


def _check_shape(path: Path, name: str, content: Any) -> None:
    kind = TOPICS[path.stem][name]
    is_table = isinstance(content, dict)
    fits = is_table if kind.shape is not Shape.ENTRIES else isinstance(content, list)
    if fits and kind.shape is Shape.GROUPS:
        fits = all(isinstance(entries, list) for entries in content.values())
    if not fits:
        raise Permanent(f"{locate(path, Place(name))}: the list {name!r} must be {kind.shape.value}")
    if kind.keys is not None and (unknown := set(content) - kind.keys):
        key = min(unknown)
        allowed = ", ".join(sorted(kind.keys))
        raise Permanent(f"{locate(path, Place(name, key))}: {name} has no {key!r}; it may have {allowed}")


def _freeze(content: Any) -> Any:
    if isinstance(content, list):
        return tuple(content)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}

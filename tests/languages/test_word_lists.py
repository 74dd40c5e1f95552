"""The word lists: every file is in order, a phrase is one line, and a bad line is an error with file and line."""

import ast
import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from newsmill.cleaning import phrases
from newsmill.compiled import KERNELS
from newsmill.errors import Permanent
from newsmill.extractors import extractors
from newsmill.languages.topics import BOILERPLATE, TOPICS
from newsmill.languages.word_lists import (
    FOLDER,
    find_disorder,
    join_groups,
    join_words,
    list_languages,
    parse_file,
    read_table,
    read_topic,
    read_words,
)

FILES = sorted(FOLDER.rglob("*.toml"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")


def write_list(folder: Path, text: str, name: str = "nl/boilerplate.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf8")
    return path


def read_error(folder: Path, text: str, name: str = "nl/boilerplate.toml") -> str:
    """Return the message on reading a file with this text, without the path of its folder."""
    path = write_list(folder, text, name)
    with pytest.raises(Permanent) as error:
        read_topic(path.parent.name, path.stem, folder)
    return str(error.value).replace(f"{folder}/", "")


@every_file
def test_a_file_holds_known_lists_of_entries_that_can_match(path):
    assert path.parent.parent == FOLDER, "a file belongs into the folder of its language"
    assert read_topic(path.parent.name, path.stem)


@every_file
def test_lists_are_sorted_and_hold_each_entry_once(path):
    assert not find_disorder(path)


@every_file
def test_each_list_has_its_meaning_in_a_comment_above(path):
    lines = path.read_text(encoding="utf8").splitlines()
    assert lines[0].startswith("# ")
    first_table = next((i for i, line in enumerate(lines) if line.startswith("[")), len(lines))
    needs_comment = [
        i
        for i, line in enumerate(lines)
        if line.startswith("[") or (line.endswith("= [") and (i < first_table or path.stem == "boilerplate"))
    ]
    assert needs_comment
    assert not [lines[i] for i in needs_comment if not lines[i - 1].startswith("# ")]


@every_file
def test_each_entry_of_a_list_has_a_line_of_its_own(path):
    for line in path.read_text(encoding="utf8").splitlines():
        is_value = "dates" in path.name and "=" in line
        assert is_value or line.count('",') <= 1, line


def test_folders_are_codes_of_languages():
    codes = list_languages()
    assert {"de", "en", "es", "fr", "it", "mul", "nl", "pl", "pt", "sv"} <= set(codes)
    assert all(len(code) == 2 or code == "mul" for code in codes)


def test_every_list_of_a_topic_is_in_use():
    for topic, lists in TOPICS.items():
        listed = {name for code in list_languages() for name in read_topic(code, topic)}
        assert listed == set(lists), topic


def test_a_dutch_phrase_is_one_line_in_one_file(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "languages")
    path = tmp_path / "languages" / "nl" / "boilerplate.toml"
    text = path.read_text(encoding="utf8")
    before, head, behind = text.partition("[comments]")
    behind = behind.replace("whole_line = [\n", 'whole_line = [\n  "lees onze huisregels",\n', 1)
    path.write_text(before + head + behind, encoding="utf8")
    assert "lees onze huisregels" in join_groups("boilerplate", "comments", tmp_path / "languages")["whole_line"]
    assert "lees onze huisregels" not in join_groups("boilerplate", "comments")["whole_line"]


def test_a_language_is_a_folder_that_nothing_else_needs_to_know(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "languages")
    write_list(tmp_path / "languages", '# Words.\nby_words = [\n  "av",\n  "le",\n]\n', "fo/line_words.toml")
    assert "fo" in list_languages(tmp_path / "languages")
    assert "av" in join_words("line_words", "by_words", tmp_path / "languages")


def test_a_phrase_of_two_languages_is_joined_once():
    assert "escrito por" in read_table("es", "boilerplate", "byline")["opening"]
    assert "escrito por" in read_table("pt", "boilerplate", "byline")["opening"]
    assert join_groups("boilerplate", "byline")["opening"].count("escrito por") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[comments]\nwhole_line = [\n  "reageer",\n  "Reageer nu!",\n]\n',
            "nl/boilerplate.toml, line 4: 'Reageer nu!' can match nothing: write it in small letters, words only",
        ),
        (
            '[comments]\nwhole_line = [\n  "404 fout",\n]\n',
            "nl/boilerplate.toml, line 3: '404 fout' can match nothing",
        ),
        ("[comments]\nwhole_line = [\n  404,\n]\n", "nl/boilerplate.toml, line 3: 404 can match nothing"),
        (
            '[coments]\nwhole_line = [\n  "reageer",\n]\n',
            "nl/boilerplate.toml, line 1: no list 'coments' belongs to boilerplate; its lists are error_banner",
        ),
        (
            '[caption]\n\nanywhere = [\n  "foto",\n]\n',
            "nl/boilerplate.toml, line 3: caption has no 'anywhere'; it may have opening, whole_line",
        ),
        (
            'comments = [\n  "reageer",\n]\n',
            "nl/boilerplate.toml, line 1: the list 'comments' must be a table of arrays",
        ),
        ('[comments]\nwhole_line = [\n  "reageer"\n  "reacties",\n]\n', "nl/boilerplate.toml is not TOML: "),
    ],
)
def test_a_bad_line_is_an_error_that_names_file_and_line(tmp_path, text, message):
    assert read_error(tmp_path, text).startswith(message)


def test_an_error_in_the_notation_names_the_line_and_shows_how_to_write_it(tmp_path):
    message = read_error(tmp_path, '[comments]\nwhole_line = [\n  "reageer"\n  "reacties",\n]\n')
    assert "line 4" in message and '"entry",' in message


def test_an_unknown_topic_is_an_error_with_the_known_ones(tmp_path):
    path = write_list(tmp_path, "", "nl/boilerplates.toml")
    with pytest.raises(Permanent, match="no topic 'boilerplates'; the topics are abbreviations, agencies, anonymity"):
        parse_file(path)


def test_a_list_that_the_code_reads_and_the_file_lacks_is_an_error(tmp_path):
    write_list(tmp_path, '# Words.\ntimes = [\n  "Monday",\n]\n', "en/names.toml")
    with pytest.raises(Permanent, match=r"names\.toml lacks the list 'ranks'"):
        read_words("en", "names", "ranks", tmp_path)


@pytest.mark.parametrize("entries", ['"a",\n  "c",\n  "b",', '"a",\n  "b",\n  "b",'])
def test_disorder_is_reported_with_its_line(tmp_path, entries):
    path = write_list(tmp_path, f"# Words.\nexcuses = [\n  {entries}\n]\n", "nl/line_words.toml")
    (fault,) = find_disorder(path)
    assert fault.startswith(f"{path}, line 4: ")


def test_a_language_without_a_file_has_no_words(tmp_path):
    assert read_topic("nl", "boilerplate", tmp_path) == {}


def test_every_reason_has_its_place_in_the_order_of_precedence():
    for kind, reasons in phrases.PRECEDENCE.items():
        assert sorted(reasons) == sorted(reason for reason, kinds in BOILERPLATE.items() if kind in kinds.split())


def test_of_a_phrase_with_two_reasons_the_finer_one_counts():
    sections = join_groups("boilerplate", "navigation")["whole_line"]
    assert "latest news" in sections and "latest news" in join_groups("boilerplate", "related")["whole_line"]
    whole_lines = [phrase for phrase in phrases.list_phrases() if phrase.kind == "whole_line"]
    assert next(phrase.reason for phrase in whole_lines if phrase.text == "latest news") == "related"


@pytest.mark.parametrize("room", [extractor.name for extractor in extractors()])
def test_an_extractor_splits_no_words_of_a_language_from_a_text(room):
    """Write such words into languages/<code>/<topic>.toml; names of classes of the grammar are in capitals."""
    for path in (FOLDER.parent / room).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Attribute) and node.attr == "split" and isinstance(node.value, ast.Constant):
                assert str(node.value.value).isupper(), f"{path.name}, line {node.lineno}"


def test_no_compiled_function_holds_words():
    """Compiled code freezes globals, and its cache hashes only `*.py`: words must come as arguments."""
    for module in ("citations", "dates.dates", "mentions.mentions", "places.places", "quotes.quotes"):
        importlib.import_module(f"newsmill.{module}")
    held = [
        f"{kernel.py_func.__module__}.{kernel.py_func.__name__}: {name}"
        for kernel in KERNELS
        for name in kernel.py_func.__code__.co_names
        for value in [kernel.py_func.__globals__.get(name)]
        if isinstance(value, set | frozenset | dict) or (isinstance(value, np.ndarray) and value.dtype == np.uint64)
    ]
    assert not held

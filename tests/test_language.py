"""The law of words: no private dialect in names, docstrings and comments, and no function that fills a screen twice."""

import ast
import io
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("include", "plugins", "dags", "scripts", "benchmarks", "tests")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PRODUCT = [path for path in FILES if path.relative_to(ROOT).parts[0] in ("include", "plugins", "dags")]
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("language_exceptions.toml").read_text(encoding="utf8"))
BANNED = frozenset(
    """
    told tell tells telling untold stand stands standing stood beside laid lay lend lent brought bring brings abreast
    mend mended mends furniture strange slip slips crowd crowds lane lanes heard hear hears prints sieve
    fate fates settle settled settles island islands kin sighting sightings surely weigh weighed touched touches voices
    tape belief barred faint effort patience patiently seal sealed sweep borne lies lie
    """.split()
)
"""Words of the dialect that the project spoke before; docs/language.md has the words of the field for them."""
ONLY_AS_NAME = frozenset({"found"})
"""Words that are banned as names of variables, parameters, functions and classes, and fine in a sentence."""
PRONOUNS = frozenset(
    """
    what which that it one its this those these they them their who whom whose there ones itself themselves
    """.split()
)
MAX_PRONOUN_SHARE = 0.04
"""Of the words of docstrings. Three well-kept codebases have 1 to 2 %; this one had 11 %."""
MAX_FUNCTION_LINES = 50


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstrings(tree: ast.AST) -> Iterator[str]:
    """Yield every string that is a statement: docstrings and sentences below constants, without code in backticks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield re.sub(r"`[^`]*`", "", node.value.value)


def names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a file gives: variables, parameters, functions but tests, classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("test_"):
            yield node.name


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def parts(name: str) -> list[str]:
    return [part.lower() for part in re.split(r"_+|(?<=[a-z])(?=[A-Z])", name) if part]


def comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def banned_words(source: str) -> Counter:
    """Count the banned words of a file."""
    tree = ast.parse(source)
    spoken = [word for text in (*docstrings(tree), *comments(source)) for word in words(text)]
    named = [part for name in names(tree) for part in parts(name)]
    return Counter(word for word in spoken if word in BANNED) + Counter(
        word for word in named if word in BANNED | ONLY_AS_NAME
    )


@pytest.mark.parametrize("path", [path for path in FILES if path != Path(__file__)], ids=name_of)
def test_a_file_speaks_the_words_of_the_field(path):
    found = dict(banned_words(path.read_text(encoding="utf8")))
    allowed = EXCEPTIONS["words"].get(name_of(path), {})
    assert found == allowed, "reword it, or, where a word is gone, take it from tests/language_exceptions.toml"


def test_docstrings_name_their_subjects():
    spoken = [
        word for path in PRODUCT for text in docstrings(ast.parse(path.read_text("utf8"))) for word in words(text)
    ]
    assert sum(word in PRONOUNS for word in spoken) / len(spoken) < MAX_PRONOUN_SHARE


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_no_function_is_longer_than_a_screen(path):
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf8"))) if isinstance(node, ast.FunctionDef))
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions}
    long = {name for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}
    allowed = set(EXCEPTIONS["long_functions"].get(name_of(path), []))
    assert long == allowed, "split it, or, where a function is short now, take it from tests/language_exceptions.toml"


def test_a_banned_word_is_found_wherever_it_is_written():
    source = (
        'def tell_slip(told):\n    """Tell what `stands` there."""\n    found = told  # it lies\n    return found\n'
    )
    assert banned_words(source) == {"tell": 2, "slip": 1, "told": 1, "found": 1, "lies": 1}

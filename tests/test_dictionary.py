"""The data dictionary in docs is what the contracts say today."""

from pathlib import Path

from newsmill.warehouse import dictionary

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "dictionary.md"


def test_the_dictionary_is_up_to_date():
    assert DOCUMENT.read_text(encoding="utf8") == dictionary.markdown(), "make it anew: make dictionary"

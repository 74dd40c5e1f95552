"""The explanation of why a speaker is not named ends with its clause."""

import pytest

from newsmill.quotes.anonymity import find_anonymity_reasons


@pytest.mark.parametrize(
    ("sentence", "reasons"),
    [
        (
            "An aide spoke on condition of anonymity because talks go on.",
            ["on condition of anonymity because talks go on"],
        ),
        ("An aide spoke on the condition of anonymity, and left.", ["on the condition of anonymity"]),
        ("The nurse, who asked not to be named, said so.", ["asked not to be named"]),
        ("An official requested anonymity to discuss the list.", ["requested anonymity to discuss the list"]),
        ("He was not authorized to speak publicly.", ["was not authorized to speak publicly"]),
        ("A diplomat declined to be identified as talks go on.", ["declined to be identified as talks go on"]),
        ("The ship will be named on Sunday.", []),
    ],
)
def test_a_reason_runs_to_the_end_of_its_clause(sentence, reasons):
    assert [sentence[slice(*span)] for span in find_anonymity_reasons(sentence)] == reasons

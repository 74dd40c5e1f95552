"""The language of a text, and the answer for a text that is too short."""

import pytest

from newsmill.nlp.language import UNDETERMINED, detect_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The harbour council voted on Tuesday to close the old ferry quay for two years.", "en"),
        ("Der Hafenrat hat am Dienstag beschlossen, den alten Fähranleger für zwei Jahre zu sperren.", "de"),
        ("El consejo del puerto decidió el martes cerrar el viejo muelle durante dos años.", "es"),
        ("港务委员会星期二决定将旧渡轮码头关闭两年，工程师在四十根桩中发现十一根有裂缝，维修费用约为九百万。", "zh"),
    ],
)
def test_the_language_comes_with_its_share_of_the_text(text, code):
    language, share = detect_language(text)
    assert language == code
    assert 0.8 < share <= 1.0


@pytest.mark.parametrize("text", ["", "ok", "1234 5678 9012 3456 7890 1234 5678", "\x00" * 50])
def test_too_little_text_is_of_no_language(text):
    assert detect_language(text) == UNDETERMINED


def test_of_two_languages_of_a_text_the_one_that_its_dump_declares_counts():
    text = (
        "The results of Sunday's matches are these, as the clubs of the valley told us last night. "
        "Der Hafenrat hat am Dienstag beschlossen, den alten Fähranleger für zwei Jahre zu sperren, und die "
        "Ingenieure fanden Risse in elf von vierzig Pfählen."
    )
    assert detect_language(text)[0] == "de"
    assert detect_language(text, "en-GB")[0] == "en"
    assert detect_language(text, "fr") == detect_language(text)

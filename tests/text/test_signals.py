"""Measures of a text, against figures counted by hand."""

import pytest

from newsmill.text.blocks import WORD
from newsmill.text.signals import measures


def measured(text: str) -> dict:
    return measures(text, WORD.findall(text))


def test_the_signals_follow_redpajamas_definitions():
    found = measured("NATO said the #quay isn't safe...\nThe quay stays closed!\n")
    # normalised: nato said the quay isnt safe the quay stays closed; raw words: 11 of letters, # ' ... ! of signs
    assert found["rps_doc_word_count"] == 10
    assert found["rps_doc_mean_word_length"] == pytest.approx(4.1)
    assert found["rps_doc_frac_unique_words"] == pytest.approx(0.8)
    assert found["rps_doc_frac_all_caps_words"] == pytest.approx(1 / 15)
    assert found["rps_doc_frac_lines_end_with_ellipsis"] == pytest.approx(0.5)
    assert found["rps_doc_symbol_to_word_ratio"] == pytest.approx(2 / 15)
    assert found["rps_doc_stop_word_fraction"] == pytest.approx(3 / 15)


def test_sentences_are_counted_by_their_final_punctuation():
    assert measured('He left. "Why?" she asked. Nobody knew...')["sentence_count"] == 4
    assert measured("The price rose 3.5 percent")["sentence_count"] == 1
    assert measured("他走了。没人知道。")["sentence_count"] == 2


def test_an_empty_text_measures_nothing():
    assert set(measured("").values()) == {0}

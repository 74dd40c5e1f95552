"""Measures of a text, compared with counts by hand and with RedPajama's definitions in plain Python."""

import math
import re
import string
import unicodedata
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsmill.cleaning.quality_signals import NAMES, PAGE_PREFIX, STOP_WORDS, measure_before_and_after, measure_texts
from newsmill.glossary import MEASURES, PAGE_MEASURES

BULLETS = tuple("•‣▶◀◦■□▪▫–")
SENTENCE = re.compile(r"[.!?…。！？؟।]+(?=[\"”’')\]»]*(?:\s|$))|[。！？]")


def measured(text: str | None) -> dict:
    return {name: values[0].item() for name, values in measure_texts(pa.array([text], pa.string())).items()}


# -- RedPajama's definitions, one text at a time ---------------------------------------------------------------------


def normal(text: str) -> str:
    # but for the sigma that ends a word, which is spelt as any other
    plain = "".join(char for char in text if char not in string.punctuation).lower().replace("ς", "σ")
    return unicodedata.normalize("NFD", " ".join(plain.split()))


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def runs(words: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def top_share(words: list[str], size: int) -> float:
    counts = Counter(runs(words, size))
    best = max(counts, key=counts.__getitem__, default=())  # the first of equals
    return share(len("".join(best)) * counts[best], len("".join(words))) if counts[best] > 1 else 0.0


def dupe_share(words: list[str], size: int) -> float:
    counts = Counter(runs(words, size))
    covered = {place for at, run in enumerate(runs(words, size)) if counts[run] > 1 for place in range(at, at + size)}
    return share(sum(len(words[place]) for place in covered), len("".join(words)))


def reference(text: str) -> dict:
    raw, plain = re.findall(r"\w+|[^\w\s]+", text), normal(text)
    words, lines = plain.split(), re.findall(r"[^\n]*\n|[^\n]+", text)
    tally = Counter(words)
    sentences = len(SENTENCE.findall(text)) or int(bool(text.strip()))
    return {
        "word_count": len(re.findall(r"\w+", text)),
        "sentence_count": sentences,
        "rps_doc_word_count": len(words),
        "rps_doc_num_sentences": len(re.findall(r"\b[^.!?]+[.!?]*", text)),
        "rps_lines_javascript_counts": words.count("javascript"),
        "rps_doc_mean_word_length": mean(list(map(len, words))),
        "rps_doc_frac_unique_words": share(len(tally), len(words)),
        "rps_doc_unigram_entropy": -sum(n / len(words) * math.log(n / len(words)) for n in tally.values()),
        "rps_doc_frac_all_caps_words": mean([word.isupper() for word in raw]),
        "rps_doc_frac_no_alph_words": mean([not re.search("[a-zA-Z]", word) for word in raw]),
        "rps_doc_stop_word_fraction": mean([word in STOP_WORDS for word in raw]),
        "rps_doc_symbol_to_word_ratio": share(sum(map(text.count, ("#", "...", "…"))), len(raw)),
        "rps_doc_frac_lines_end_with_ellipsis": mean([line.rstrip().endswith(("...", "…")) for line in lines]),
        "rps_doc_curly_bracket": share(text.count("{") + text.count("}"), len(text)),
        "rps_doc_lorem_ipsum": share(plain.count("lorem ipsum"), len(plain)),
        "rps_lines_ending_with_terminal_punctution_mark": mean([line.rstrip()[-1:] in {*".!?”"} for line in lines]),
        "rps_lines_start_with_bulletpoint": mean([line.lstrip().startswith(BULLETS) for line in lines]),
        "rps_lines_num_words": mean([len(normal(line).split()) for line in lines]),
        "rps_lines_numerical_chars_fraction": mean(
            [share(sum(map(str.isnumeric, normal(line))), len(normal(line))) for line in lines]
        ),
        "rps_lines_uppercase_letter_fraction": mean([share(sum(map(str.isupper, line)), len(line)) for line in lines]),
        **{f"rps_doc_frac_chars_top_{size}gram": top_share(words, size) for size in (2, 3, 4)},
        **{f"rps_doc_frac_chars_dupe_{size}grams": dupe_share(words, size) for size in range(5, 11)},
    }


WORDS = (
    "the quay isn't SAFE naïve Straße ΟΔΟΣ οδος дом 他走了。 ข่าว 한국 №5 ½ x² … ... .. #x {a} “no” ” • – -- _ _a "
    'LOREM lorem ipsum Ipsum lo-rem JavaScript said: Ⓐ ǅ İ 3.5 1,000 。 。” ！？ . ! ?" .) \ufeff \U000e0001 '
    "\U0001d400 é\u0323"
).split(" ")
SPACES = (" ", " ", " ", "\n", "\n\n", "\t", "\u00a0", "\u2028", " \n ", "")
news = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), max_size=60).map(
    lambda pairs: "".join(map("".join, pairs))
)
echoes = st.lists(st.sampled_from("ab c aa. B\n".split(" ")), max_size=80).map(" ".join)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
texts = st.one_of(news, echoes, anything).map(lambda text: unicodedata.normalize("NFC", text))


@given(texts)
@example("lorem lorem ipsum lorem\nipsum lorem ipsumlorem ipsum")
@example("lo em ipsum, LO EM ipsum, lorem psum, LOREM PSUM")
@example("a.。b")
@example("他走了。”。没人")
@example("a\n")
@example("\n")
@example("no newline at the end...")
@settings(max_examples=400, deadline=None)
def test_every_signal_is_what_the_definition_says(text):
    measured_signals = measured(text)
    assert measured_signals == pytest.approx(reference(text), abs=2e-8)


@given(st.lists(st.one_of(texts, st.none()), max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_text_measures_the_same_in_any_batch(batch):
    measured_signals = measure_texts(pa.array(batch, pa.string()).slice(len(batch) // 2))
    for i, text in enumerate(batch[len(batch) // 2 :]):
        assert {name: values[i].item() for name, values in measured_signals.items()} == measured(text or "")


# -- by hand ---------------------------------------------------------------------------------------------------------


def test_the_signals_follow_redpajamas_definitions():
    measured_signals = measured("NATO said the #quay isn't safe...\nThe quay stays closed!\n")
    # normalised: nato said the quay isnt safe the quay stays closed; raw words: 11 of letters, # ' ... ! of signs
    assert measured_signals["rps_doc_word_count"] == 10
    assert measured_signals["rps_doc_mean_word_length"] == pytest.approx(4.1)
    assert measured_signals["rps_doc_frac_unique_words"] == pytest.approx(0.8)
    assert measured_signals["rps_doc_frac_all_caps_words"] == pytest.approx(1 / 15)
    assert measured_signals["rps_doc_frac_no_alph_words"] == pytest.approx(4 / 15)
    assert measured_signals["rps_doc_frac_lines_end_with_ellipsis"] == pytest.approx(0.5)
    assert measured_signals["rps_lines_ending_with_terminal_punctution_mark"] == pytest.approx(1.0)
    assert measured_signals["rps_doc_symbol_to_word_ratio"] == pytest.approx(2 / 15)
    assert measured_signals["rps_doc_stop_word_fraction"] == pytest.approx(3 / 15)
    assert measured_signals["rps_doc_frac_chars_top_2gram"] == pytest.approx(2 * len("thequay") / 41)


def test_what_is_said_again_is_counted_once_where_runs_overlap():
    measured_signals = measured("one two three four five six. And one two three four five six")
    assert measured_signals["rps_doc_frac_chars_dupe_5grams"] == pytest.approx(44 / 47)
    assert measured_signals["rps_doc_frac_chars_dupe_6grams"] == pytest.approx(44 / 47)
    assert measured_signals["rps_doc_frac_chars_dupe_7grams"] == 0


def test_sentences_are_counted_by_their_final_punctuation():
    assert measured('He left. "Why?" she asked. Nobody knew...')["sentence_count"] == 4
    assert measured("The price rose 3.5 percent")["sentence_count"] == 1
    assert measured("他走了。没人知道。")["sentence_count"] == 2


@pytest.mark.parametrize("text", ["", None])
def test_an_empty_text_measures_nothing(text):
    assert measured(text) == dict.fromkeys(NAMES, 0)


def test_an_empty_batch_has_every_signal():
    assert {name: len(values) for name, values in measure_texts(pa.array([], pa.string())).items()} == dict.fromkeys(
        NAMES, 0
    )


def test_the_glossary_defines_every_measure_and_no_other():
    assert {column.name for column in MEASURES} == set(NAMES)
    assert {column.name for column in PAGE_MEASURES} == {f"{PAGE_PREFIX}{name}" for name in NAMES}


def test_a_page_is_measured_before_repair_and_after():
    pages = ["Menu\nThe ferry is late.", "The ferry is late."]
    measured_signals = measure_before_and_after(pa.array(pages), pa.array(["The ferry is late.", "The ferry is late."]))
    assert measured_signals["word_count"].tolist() == [4, 4]
    assert measured_signals[f"{PAGE_PREFIX}word_count"].tolist() == [5, 4]
    before = measure_texts(pa.array(pages))
    assert all((measured_signals[f"{PAGE_PREFIX}{name}"] == before[name]).all() for name in NAMES)

"""Verdicts and warnings: rejected texts with reasons, and accepted news of every kind."""

import gzip
import json
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.cleaning.body import extract_body
from newsmill.cleaning.cleaned_batch import PageBatch, clean_batch
from newsmill.cleaning.completeness import Completeness
from newsmill.cleaning.quality_signals import NAMES, measure_texts
from newsmill.cleaning.verdicts import MIN_ARTICLE_WORDS, VERDICTS, WARNING_NAMES, WARNINGS, find_warnings, judge_pages

VOLUME = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "volume"
SAMPLE = 1500
FLASH = "The Vesterhavn ferry quay was closed on Tuesday. Ferries sail from the fish market until further notice."
THAI = "สภาท่าเรือลงมติเมื่อวันอังคารให้ปิดท่าเรือเฟอร์รีเก่าเป็นเวลาสองปี วิศวกรพบรอยร้าวในเสาเข็มสิบเอ็ดต้นจากสี่สิบต้น"
CHINESE = "港务委员会星期二决定将旧渡轮码头关闭两年，工程师在四十根桩中发现十一根有裂缝。市长说，现在搬走渡轮更好。"
RESULTS = "Fjord league, round 4\n" + "\n".join(f"Vesterhavn {goals} - {goals + 1} Nordby" for goals in range(9))
NEWS = (
    "The harbour council of Vesterhavn voted on Tuesday to close the old ferry quay for two years.\n"
    "Engineers found cracks in eleven of forty concrete piles. The mayor said that boats would be moved at once.\n"
    "Repair will cost about nine million crowns and begin in autumn. Passengers to outer islands sail from the fish "
    "market, twice a day and once on Sundays. Nobody has been hurt, but fishermen complain of how little room is left."
)
POEM = "The quay is old,\nthe quay is grey,\nthe ferry sails\nanother way;\n" * 3


def judged(*pages: str, whole: bool = False) -> list[tuple[str | None, str | None]]:
    """Return reason and detail of each page, judged by the kept text as in the stage."""
    is_whole = np.full(len(pages), whole)
    done = clean_batch(PageBatch(pa.array(pages, pa.string()), pa.nulls(len(pages), pa.string()), is_whole))
    kept = extract_body(done.labels, done.blocks, done.scanned)
    texts = [
        "".join(page[start:end] for start, end, _ in kept.ranges[kept.page_range[i] : kept.page_range[i + 1]])
        for i, page in enumerate(pages)
    ]
    kinds = np.zeros(len(pages), np.int8)
    reasons, details = judge_pages(pages, is_whole, done, kept, measure_texts(pa.array(texts, pa.string())), kinds)
    return list(zip(reasons.to_pylist(), details.to_pylist(), strict=True))


def make_whole(count: int) -> Completeness:
    """Return the estimate of texts that are neither truncated nor overcomplete."""
    return Completeness(np.zeros(count, np.int64), np.zeros(count, bool), np.zeros(count, bool))


def warned(text: str, language: str) -> list[str]:
    return find_warnings(measure_texts(pa.array([text])), [language], make_whole(1)).to_pylist()[0]


def test_each_record_of_a_batch_has_its_own_verdict():
    verdicts = judged("", FLASH, "Page not found", "Home\nNews\nSport", FLASH)
    assert [reason for reason, _ in verdicts] == ["empty", None, "error_page", "not_an_article", None]
    assert [detail is None for _, detail in verdicts] == [False, True, False, False, True]


def test_an_empty_batch_has_no_verdict():
    assert judged() == []
    assert find_warnings(measure_texts(pa.array([], pa.string())), [], make_whole(0)).to_pylist() == []


def test_an_error_page_quotes_its_message():
    ((_, detail),) = judged("404\nPage not found")
    assert '"404' in detail and "expected an article" in detail


def test_an_error_banner_with_a_line_that_is_too_short_for_an_article_is_an_error_page():
    line = "The old quay was closed on Tuesday by the council of Vesterhavn."
    ((reason, detail),) = judged(f"404\nPage not found\n\n{line}")
    assert reason == "error_page"
    assert "12 words of other text" in detail


def test_an_article_below_an_error_banner_is_no_error_page():
    assert judged(f"404\nPage not found\n\n{FLASH} {FLASH.replace('closed', 'opened')}") == [(None, None)]


def test_a_message_that_speaks_of_the_site_only_is_an_error_page():
    excuse = "We are working on our website and will be back online in a few minutes, so please try again later."
    assert judged(f"503 Service Unavailable\n\n{excuse}")[0][0] == "error_page"


def test_placeholder_text_and_code_are_no_articles_and_the_reason_names_the_signal():
    filler = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore."
    code = "The function of the quay is { return { value } } and it { calls } the next of them { twice } a day."
    for text, reason, signal in (
        (filler, "placeholder", "rps_doc_lorem_ipsum"),
        (code, "source_code", "curly_bracket"),
    ):
        ((judged_reason, detail),) = judged(text)
        assert judged_reason == reason
        assert signal in detail and "expected at most" in detail and "release it" in detail


def test_an_article_that_breaks_off_in_a_sentence_is_kept():
    assert judged(NEWS.replace("\n", " ").removesuffix(".")) == [(None, None)]


def test_an_article_that_mentions_placeholder_text_is_kept():
    days = (f"In its edition of day {n} the paper of the harbour printed what its readers had sent." for n in range(20))
    assert judged(f"{' '.join(days)} One page said lorem ipsum.") == [(None, None)]


@pytest.mark.parametrize("text", [RESULTS, POEM, THAI, "{ lorem ipsum }", "▶ Ferge!"])
def test_a_record_given_as_an_article_is_rejected_only_without_a_word(text):
    assert judged(text, whole=True) == [(None, None)]
    assert judged("▶ … — !!!", whole=True)[0][0] == "empty"


@pytest.mark.parametrize("text", [FLASH, CHINESE, THAI.replace(" ", "。\n") + "。"])
def test_short_news_in_any_script_is_kept(text):
    assert judged(text) == [(None, None)]


@pytest.mark.parametrize(("text", "language"), [(THAI, "th"), (CHINESE, "zh")])
def test_what_measures_words_says_nothing_of_scripts_without_spaces(text, language):
    assert warned(text, language) == []
    assert {"few_words", "few_sentences"} <= set(warned(text, "en"))


def test_stop_words_are_asked_of_english_only():
    german = "Der Hafenrat beschloss am Dienstag, den alten Fähranleger für zwei Jahre zu schließen."
    assert "few_stop_words" not in warned(german, "de")
    assert "few_stop_words" in warned("Vesterhavn 2 Nordby 3 Sandvik 4 Fjellby 5", "en")


def test_a_table_a_poem_and_a_repetition_are_warned_of_by_name():
    assert {"few_stop_words", "open_lines"} <= set(warned(RESULTS, "en"))
    assert {"dupe_5grams", "dupe_10grams"} <= set(warned(POEM, "en"))


def test_plain_news_is_warned_of_nothing():
    assert warned(NEWS, "en") == []


def test_each_threshold_has_a_name_of_its_own_and_speaks_of_a_signal():
    names = [threshold.name for threshold in (*VERDICTS, *WARNINGS)]
    assert len(set(names)) == len(names)
    assert {threshold.signal for threshold in (*VERDICTS, *WARNINGS)} <= set(NAMES)
    assert all((threshold.at_least > -np.inf) != (threshold.at_most < np.inf) for threshold in (*VERDICTS, *WARNINGS))


@given(st.lists(st.lists(st.floats(0, 200), min_size=len(NAMES), max_size=len(NAMES)), max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_warning_is_given_exactly_where_its_threshold_is_crossed(rows):
    values = np.array(rows).reshape(-1, len(NAMES)).T
    measured = dict(zip(NAMES, values, strict=True))
    warnings = find_warnings(measured, ["en"] * len(rows), make_whole(len(rows))).to_pylist()
    for row, names in zip(rows, warnings, strict=True):
        signals = dict(zip(NAMES, row, strict=True))
        assert names == [t.name for t in WARNINGS if not t.at_least <= signals[t.signal] <= t.at_most]
    assert set(WARNING_NAMES.to_pylist()) >= {name for names in warnings for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["reuters21578", "bbc", "fnc1_bodies", "wikinews"])
def test_no_real_news_crosses_a_threshold_that_is_a_verdict(corpus):
    path = VOLUME / f"{corpus}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there: the corpora are next to the checkout")
    with gzip.open(path, "rt", encoding="utf8") as rows:
        texts = [row.get("body") or row.get("text") or "" for row in map(json.loads, islice(rows, SAMPLE))]
    texts = [text for text in texts if len(text.split()) >= 2 * MIN_ARTICLE_WORDS]
    reasons = [reason for reason, _ in judged(*texts)]
    assert len(texts) > 200
    assert not {threshold.name for threshold in VERDICTS} & set(reasons)
    assert [reason for reason, _ in judged(*texts[:300], whole=True)] == [None] * min(300, len(texts))
